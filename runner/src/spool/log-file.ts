import { type FileHandle, open, rm } from "node:fs/promises";
import { recordOf, recordOverhead, recordsIn, recordTypes } from "./records.ts";
import { isDiskTrouble, type SpoolSpace } from "./space.ts";

const rangeBytes = 8;

/** Lines that go together. Its borders never change, so sent again it is the same chunk. */
export interface Chunk {
  firstSeq: number;
  lastSeq: number;
  gzip: Buffer<ArrayBuffer>;
}

/** Where a chunk is in its file. */
export interface ChunkPlace {
  at: number;
  length: number;
}

/** Whose log a file holds. */
export interface LogOwner {
  execution: string;
  fence: number;
}

/** The name of the file that holds an attempt's log; an id never reaches the path as it came. */
export function logNameOf({ execution, fence }: LogOwner): string {
  return `${encodeURIComponent(execution)}.${fence}.log`;
}

/** Whose log a file of this name holds; null when it is no log. */
export function ownerOf(name: string): LogOwner | null {
  const [, execution, fence] = /^(.+)\.(\d+)\.log$/.exec(name) ?? [];
  if (execution === undefined || fence === undefined) return null;
  return { execution: decodeURIComponent(execution), fence: Number(fence) };
}

/** The chunks of one attempt's log on the disk, in order, from the first chunk on until the attempt is settled. */
export class LogFile {
  readonly #path: string;
  readonly #space: SpoolSpace;
  #handle: Promise<FileHandle> | null = null;
  #bytes: number;
  #last: Promise<unknown> = Promise.resolve();
  #isDirty = false;
  #isGone = false;

  /** `bytes`: what is in the file already. */
  constructor(path: string, space: SpoolSpace, bytes = 0) {
    this.#path = path;
    this.#space = space;
    this.#bytes = bytes;
  }

  /** Another file of the same attempt, which no later process reads. */
  beside(name: string): LogFile {
    return new LogFile(`${this.#path}.${name}`, this.#space);
  }

  /** Writes a chunk; null when the disk has no room for it. One at a time, in order. */
  append(chunk: Chunk): Promise<ChunkPlace | null> {
    const written = this.#last.then(() => this.#append(chunk));
    this.#last = written.catch(() => undefined);
    return written;
  }

  async #append({ firstSeq, lastSeq, gzip }: Chunk): Promise<ChunkPlace | null> {
    if (this.#isGone) return null;
    const range = Buffer.alloc(rangeBytes);
    range.writeUInt32LE(firstSeq, 0);
    range.writeUInt32LE(lastSeq, 4);
    const bytes = recordOf(recordTypes.chunk, range, gzip);
    if (!this.#space.hasRoomFor(bytes.length)) return null;
    const at = this.#bytes;
    try {
      const file = await this.#open();
      for (let done = 0; done < bytes.length; ) {
        done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
      }
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      this.#space.tighten(`a log cannot be written to the disk (${String(error)})`);
      return null;
    }
    this.#bytes += bytes.length;
    this.#isDirty = true;
    this.#space.use(bytes.length);
    return { at: at + recordOverhead + range.length, length: gzip.length };
  }

  /** The chunk at a place, as it was written. */
  async read({ at, length }: ChunkPlace): Promise<Buffer<ArrayBuffer>> {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await (await this.#open()).read(bytes, 0, length, at);
    if (bytesRead !== length) throw new Error(`${this.#path} ends before ${at + length}`);
    return bytes;
  }

  #open(): Promise<FileHandle> {
    this.#handle ??= open(this.#path, this.#bytes === 0 ? "w+" : "r+", 0o600).catch((error: unknown) => {
      this.#handle = null;
      throw error;
    });
    return this.#handle;
  }

  /** What was appended so far outlives the machine when this resolves. */
  async sync(): Promise<void> {
    await this.#last;
    if (!this.#isDirty || this.#isGone) return;
    this.#isDirty = false;
    await (await this.#open()).datasync();
  }

  /** Nobody wants it any more. */
  async remove(): Promise<void> {
    if (this.#isGone) return;
    this.#isGone = true;
    await this.#last;
    if (this.#bytes === 0 && this.#handle === null) return;
    try {
      await this.close();
      await rm(this.#path, { force: true });
    } catch (error) {
      // A disk that broke keeps the file; the next process asks the gateway about it, and drops it.
      if (!isDiskTrouble(error)) throw error;
    }
    this.#space.use(-this.#bytes);
    this.#bytes = 0;
  }

  /** Leaves the file as it is. */
  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.then(
      (file) => file.close(),
      () => undefined,
    );
  }
}

/** A chunk that an earlier process wrote. */
export interface StoredChunk {
  firstSeq: number;
  lastSeq: number;
  place: ChunkPlace;
}

/** The chunks in the bytes of a log file, and how many of its bytes are damaged. */
export function chunksIn(file: Buffer): { chunks: StoredChunk[]; damagedBytes: number } {
  const { records, damagedBytes } = recordsIn(file);
  const chunks: StoredChunk[] = [];
  for (const { type, payload, at } of records) {
    if (type !== recordTypes.chunk || payload.length < rangeBytes) continue;
    const place = { at: at + rangeBytes, length: payload.length - rangeBytes };
    chunks.push({ firstSeq: payload.readUInt32LE(0), lastSeq: payload.readUInt32LE(4), place });
  }
  return { chunks, damagedBytes };
}
