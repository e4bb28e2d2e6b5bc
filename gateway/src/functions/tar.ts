import { ProblemError } from "@pulse/schema/problem";

/** One regular file of a bundle. */
export interface BundleFile {
  path: string;
  content: Uint8Array<ArrayBuffer>;
}

export const bundleMost = { files: 2000, bytes: 50 * 2 ** 20, pathBytes: 255 };

const block = 512;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Refuses a path that is absolute, climbs out, is not plain, or is too long. Throws `invalid_bundle`. */
export function checkPath(path: string): void {
  const shown = JSON.stringify(path.slice(0, 120));
  const parts = path.split("/");
  if (path === "" || path.startsWith("/") || /^[a-zA-Z]:/.test(path)) {
    throw new ProblemError("invalid_bundle", `paths must be relative, got ${shown}`);
  }
  if (parts.some((part) => part === ".." || part === "." || part === "")) {
    throw new ProblemError("invalid_bundle", `paths may not contain "..", "." or empty parts, got ${shown}`);
  }
  if (/[\u0000-\u001f\u007f\\]/.test(path)) {
    throw new ProblemError(
      "invalid_bundle",
      `paths may not contain control characters or backslashes, got ${shown}`,
    );
  }
  if (encoder.encode(path).length > bundleMost.pathBytes) {
    throw new ProblemError(
      "invalid_bundle",
      `paths may have at most ${bundleMost.pathBytes} bytes, got ${shown}`,
    );
  }
}

/** Checks number, size and paths of a bundle's files, of which it needs at `least` so many; sorts them by path. Throws `invalid_bundle`. */
export function checkFiles(files: readonly BundleFile[], least = 1): BundleFile[] {
  if (files.length < least) throw new ProblemError("invalid_bundle", "the bundle has no files");
  if (files.length > bundleMost.files) {
    throw new ProblemError(
      "invalid_bundle",
      `a bundle may have at most ${bundleMost.files} files, got ${files.length}`,
    );
  }
  const bytes = files.reduce((sum, file) => sum + file.content.length, 0);
  if (bytes > bundleMost.bytes) {
    throw new ProblemError(
      "invalid_bundle",
      `a bundle may have at most 50 MiB unpacked, got ${(bytes / 2 ** 20).toFixed(1)} MiB`,
    );
  }
  checkTwins(files);
  return [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** Some file systems take two spellings for one name, and no file is a folder too: what is unpacked must be what was packed. */
function checkTwins(files: readonly BundleFile[]): void {
  const seen = new Map<string, string>();
  const folders = new Map<string, string>();
  for (const { path } of files) {
    checkPath(path);
    const folded = path.normalize("NFC").toLowerCase();
    const twin = seen.get(folded);
    if (twin !== undefined) {
      const both = twin === path ? "" : `, also as ${JSON.stringify(twin)}`;
      throw new ProblemError("invalid_bundle", `the path ${JSON.stringify(path)} stands in it twice${both}`);
    }
    seen.set(folded, path);
    for (let at = folded.indexOf("/"); at >= 0; at = folded.indexOf("/", at + 1)) {
      folders.set(folded.slice(0, at), path);
    }
  }
  for (const [folded, path] of seen) {
    if (!folders.has(folded)) continue;
    throw new ProblemError("invalid_bundle", `the path ${JSON.stringify(path)} is a file and a folder`);
  }
}

/** Packs files into a tar (ustar, with pax records for long paths) that is the same for the same files. */
export function writeTar(files: readonly BundleFile[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const { path, content } of files) {
    if (encoder.encode(path).length > 100) {
      const record = paxRecord("path", path);
      parts.push(header("pax", record.length, "x"), padded(record));
    }
    parts.push(
      header(encoder.encode(path).length > 100 ? "long" : path, content.length, "0"),
      padded(content),
    );
  }
  parts.push(new Uint8Array(block * 2));
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function paxRecord(key: string, value: string): Uint8Array {
  const rest = encoder.encode(` ${key}=${value}\n`);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return encoder.encode(`${length} ${key}=${value}\n`);
}

function header(name: string, size: number, type: string): Uint8Array {
  const bytes = new Uint8Array(block);
  const put = (text: string, at: number) => bytes.set(encoder.encode(text), at);
  put(name, 0);
  put("0000644\0", 100);
  put("0000000\0", 108);
  put("0000000\0", 116);
  put(`${size.toString(8).padStart(11, "0")}\0`, 124);
  put("00000000000\0", 136);
  put("        ", 148);
  put(type, 156);
  put("ustar\u000000", 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return bytes;
}

function padded(content: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(content.length / block) * block);
  whole.set(content);
  return whole;
}

/** How a tar is read that is no bundle. */
export interface TarReading {
  /** Links and whatever else is no file or folder are left out, and not refused. */
  skipsOthers: boolean;
  filesMost: number;
  /** Is given the records that stand before everything, as they are. */
  onGlobal(records: string): void;
}

const asBundle: TarReading = {
  skipsOthers: false,
  filesMost: bundleMost.files,
  onGlobal: () => undefined,
};

/** Reads the regular files of a tar. Links, devices and whatever else is no file or folder are refused, unless it is said otherwise. Throws `invalid_bundle`. */
export function readTar(tar: Uint8Array<ArrayBuffer>, reading: TarReading = asBundle): BundleFile[] {
  const files: BundleFile[] = [];
  let longPath: string | null = null;
  for (let at = 0; at + block <= tar.length; ) {
    const head = tar.subarray(at, at + block);
    if (head.every((byte) => byte === 0)) {
      if (tar.subarray(at).every((byte) => byte === 0)) break;
      throw new ProblemError("invalid_bundle", "something follows the end of the archive");
    }
    if (octal(head, 148, 8) !== checksum(head)) {
      throw new ProblemError("invalid_bundle", "the archive is damaged or is no tar");
    }
    const size = octal(head, 124, 12);
    const body = tar.subarray(at + block, at + block + size);
    if (!(size >= 0) || body.length < size)
      throw new ProblemError("invalid_bundle", "the archive is cut off or is no tar");
    const type = String.fromCharCode(head[156] ?? 0);
    const prefix = text(head, 257, 5) === "ustar" ? text(head, 345, 155) : "";
    const name = longPath ?? (prefix === "" ? text(head, 0, 100) : `${prefix}/${text(head, 0, 100)}`);
    at += block + Math.ceil(size / block) * block;
    if (type === "x" || type === "L") {
      longPath = type === "L" ? text(body, 0, body.length) : (paxPath(body) ?? longPath);
      continue;
    }
    longPath = null;
    const path = name.replace(/^(\.\/)+/, "");
    if (type === "g") reading.onGlobal(text(body, 0, body.length));
    if (type === "5" || type === "g") continue;
    if (type !== "0" && type !== "\0") {
      if (reading.skipsOthers) continue;
      const kind = type === "1" || type === "2" ? "a link" : `an entry of type ${JSON.stringify(type)}`;
      throw new ProblemError(
        "invalid_bundle",
        `a bundle holds plain files only, ${JSON.stringify(path)} is ${kind}`,
      );
    }
    if (files.length >= reading.filesMost) {
      throw new ProblemError("invalid_bundle", `a bundle may have at most ${reading.filesMost} files`);
    }
    files.push({ path, content: body.slice() });
  }
  return files;
}

/** A number of a header; NaN for what is none. An empty field is zero. */
function octal(head: Uint8Array, from: number, length: number): number {
  const digits = text(head, from, length).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || "0", 8) : Number.NaN;
}

/** The sum of a header's bytes, where its own field counts as spaces (POSIX.1-1988). */
function checksum(head: Uint8Array): number {
  return head.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte), 0);
}

function text(bytes: Uint8Array, from: number, length: number): string {
  const part = bytes.subarray(from, from + length);
  const end = part.indexOf(0);
  try {
    return decoder.decode(end < 0 ? part : part.subarray(0, end));
  } catch {
    throw new ProblemError("invalid_bundle", "a path in the archive is not valid UTF-8");
  }
}

function paxPath(body: Uint8Array): string | null {
  if (body.includes(0)) throw new ProblemError("invalid_bundle", "a path in the archive has a NUL");
  return /^\d+ path=(.*)$/m.exec(text(body, 0, body.length))?.[1] ?? null;
}
