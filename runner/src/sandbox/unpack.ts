import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { ProblemError } from "@pulse/schema/problem";
import { type Extract, extract } from "tar-stream";

export interface UnpackLimits {
  files: number;
  bytes: number;
}

/** What a file may take in an archive beside its bytes: its header, its padding, a long name. */
const overheadBytes = 2048;
const nameMostBytes = 255;
const smallBytes = 65_536;
const sideBySide = 16;

interface EntryKind {
  isExecutable: boolean;
  size: number;
}

/**
 * Unpacks a tar.gz of plain files into a folder; refuses links, devices, absolute paths, paths that climb out, names that no system agrees on,
 * names that come twice, and what is over the limits, before any of it is written. Throws `invalid_bundle`.
 */
export async function unpack(archive: string, folder: string, limits: UnpackLimits): Promise<string[]> {
  const reader = extract();
  const taken = takeEntries(reader, folder, limits);
  try {
    const source = [createReadStream(archive), createGunzip()] as const;
    await Promise.all([pipeline(...source, (bytes) => limited(bytes, limits), reader), taken]);
    return await taken;
  } catch (error) {
    // What was wrong with an entry says more than the broken pipe that follows from it.
    const known = error instanceof ProblemError ? error : await taken.catch((reason: unknown) => reason);
    if (known instanceof ProblemError) throw known;
    const words = error instanceof Error ? error.message : String(error);
    throw refused(`the archive cannot be read: ${words}`);
  }
}

async function takeEntries(reader: Extract, folder: string, limits: UnpackLimits): Promise<string[]> {
  const paths: string[] = [];
  const seen = new Set<string>();
  const writes = new Writes(folder);
  let entries = 0;
  let bytes = 0;
  try {
    for await (const entry of reader) {
      const { name, type, size = 0, mode = 0 } = entry.header;
      const path = pathOf(name);
      bytes += size;
      entries += 1;
      if (entries > limits.files || bytes > limits.bytes) throw overLimits(limits);
      if (type === "directory") {
        entry.resume();
        continue;
      }
      if (type !== "file" || path === "" || path === ".")
        throw refused(`plain files only, ${JSON.stringify(path)} is a ${type}`);
      if (seen.has(path)) throw twice(path);
      seen.add(path);
      await writes.add(path, { isExecutable: (mode & 0o111) !== 0, size }, entry);
      paths.push(path);
    }
  } finally {
    await writes.settled();
  }
  writes.throwIfFailed();
  return paths;
}

/** A name as it is written; a folder's ends without its slash. */
function pathOf(name: string): string {
  if (/[\\\u0000-\u001f\u007f]/.test(name))
    throw refused(`the name ${JSON.stringify(name)} holds a backslash or a control character`);
  const path = name.replace(/^(\.\/)+/, "").replace(/\/$/, "");
  const parts = path.split("/");
  // An archive of a folder itself begins with "./".
  if (name !== "." && name !== "./" && parts.some((part) => part === ".." || part === "." || part === ""))
    throw refused(`the path ${JSON.stringify(name)} leaves the bundle`);
  const long = parts.find((part) => Buffer.byteLength(part) > nameMostBytes);
  if (long !== undefined)
    throw refused(
      `the name ${JSON.stringify(`${long.slice(0, 40)}…`)} is longer than ${nameMostBytes} bytes`,
    );
  return path;
}

/** Files on their way to the disk: small ones side by side, for each waits on the disk several times; a large one as it streams. */
class Writes {
  readonly #folder: string;
  readonly #folders = new Map<string, Promise<unknown>>();
  readonly #pending = new Set<Promise<void>>();
  #failure: { error: unknown } | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Takes one file's bytes; throws what an earlier one failed with. */
  async add(path: string, { isExecutable, size }: EntryKind, chunks: AsyncIterable<unknown>): Promise<void> {
    this.throwIfFailed();
    // Code must not write its own files, but execution bits of installed tools are kept.
    const mode = isExecutable ? 0o755 : 0o644;
    if (size > smallBytes) return this.#write(path, mode, chunks);
    const parts: Buffer[] = [];
    for await (const chunk of chunks) parts.push(chunk as Buffer);
    const written = this.#write(path, mode, [Buffer.concat(parts)])
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#pending.delete(written));
    this.#pending.add(written);
    if (this.#pending.size >= sideBySide) await Promise.race(this.#pending);
  }

  /** Resolves when nothing is being written any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }

  throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  async #write(
    path: string,
    mode: number,
    chunks: AsyncIterable<unknown> | Iterable<unknown>,
  ): Promise<void> {
    const target = join(this.#folder, path);
    let file: FileHandle;
    try {
      await this.#folderOf(target);
      file = await open(target, "wx", mode);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : null;
      if (code === "EEXIST" || code === "ENOTDIR" || code === "EISDIR") throw twice(path);
      throw error;
    }
    try {
      for await (const chunk of chunks) await file.write(chunk as Buffer);
    } finally {
      await file.close();
    }
  }

  /** Makes the folder of a file, once. */
  #folderOf(target: string): Promise<unknown> {
    const folder = dirname(target);
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    const made = mkdir(folder, { recursive: true });
    this.#folders.set(folder, made);
    return made;
  }
}

/** Ends a stream that unpacks to more than the entries may be, whatever they say of themselves. */
async function* limited(bytes: AsyncIterable<Buffer>, limits: UnpackLimits): AsyncGenerator<Buffer> {
  const most = limits.bytes + limits.files * overheadBytes + 65_536;
  let seen = 0;
  for await (const chunk of bytes) {
    seen += chunk.length;
    if (seen > most) throw overLimits(limits);
    yield chunk;
  }
}

function overLimits({ files, bytes }: UnpackLimits): ProblemError {
  return refused(`at most ${files} files and folders of ${bytes} bytes in all`);
}

function twice(path: string): ProblemError {
  return refused(`${JSON.stringify(path)} comes twice, or as a file and as a folder`);
}

function refused(message: string): ProblemError {
  return new ProblemError("invalid_bundle", message);
}
