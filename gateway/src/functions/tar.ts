import { ProblemError } from "@pulse/schema/problem";

/** One regular file of a bundle. */
export interface BundleFile {
  path: string;
  content: Uint8Array<ArrayBuffer>;
}

export const bundleMost = { files: 2000, bytes: 50 * 2 ** 20, pathBytes: 255 };

/** Bytes of which a tar is made. */
export const block = 512;
const encoder = new TextEncoder();

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
  const entries = files.flatMap(({ path, content }) => {
    const isLong = encoder.encode(path).length > 100;
    const record = isLong ? paxRecord("path", path) : null;
    return [
      ...(record === null ? [] : [{ head: header("pax", record.length, "x"), content: record }]),
      { head: header(isLong ? "long" : path, content.length, "0"), content },
    ];
  });
  const size = entries.reduce((sum, { content }) => sum + block + paddedLength(content.length), block * 2);
  // At once: with a copy of each part beside it, a bundle would be in memory twice more.
  const whole = new Uint8Array(size);
  let at = 0;
  for (const { head, content } of entries) {
    whole.set(head, at);
    whole.set(content, at + block);
    at += block + paddedLength(content.length);
  }
  return whole;
}

/** So many bytes of a tar the content of an entry takes: blocks of 512. */
export function paddedLength(bytes: number): number {
  return Math.ceil(bytes / block) * block;
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
