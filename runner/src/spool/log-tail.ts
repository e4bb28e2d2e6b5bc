import type { CapturedLine } from "../work.ts";
import type { ChunkPlace, LogFile } from "./log-file.ts";

const blockMostBytes = 2 ** 18;
/** Sealed blocks up to this many bytes of text stay in memory. */
const heldMostBytes = 2 ** 20;

/** Lines of the tail that come and go together. */
interface Block {
  lines: CapturedLine[];
  count: number;
  bytes: number;
  /** It takes no more lines and is in memory. */
  isHeld: boolean;
  /** Where its lines are, when they are not in memory. */
  stored: { file: LogFile; place: ChunkPlace } | null;
}

/**
 * The last lines of a log, up to a size: the newest in memory, older ones on the disk, the oldest forgotten block by block. Files are written
 * one after the other, each as long as the tail may be, so that two of them always hold it and the oldest goes as a whole.
 */
export class LogTail {
  readonly #mostBytes: number;
  readonly #blockBytes: number;
  readonly #log: LogFile;
  readonly #blocks: Block[] = [];
  #files: { file: LogFile; bytes: number; blocks: number }[] = [];
  #filesMade = 0;
  #bytes = 0;
  #heldBytes = 0;
  #storing: Promise<void> = Promise.resolve();
  /** Lines that were forgotten. */
  dropped = 0;

  /** The files lie beside `log`. */
  constructor(mostBytes: number, log: LogFile) {
    this.#mostBytes = mostBytes;
    this.#blockBytes = Math.min(blockMostBytes, Math.floor(mostBytes / 16));
    this.#log = log;
  }

  get isEmpty(): boolean {
    return this.#blocks.length === 0 && this.dropped === 0;
  }

  add(line: CapturedLine, bytes: number): void {
    let block = this.#blocks.at(-1);
    if (block === undefined || block.bytes >= this.#blockBytes) {
      if (block !== undefined) this.#seal(block);
      block = { lines: [], count: 0, bytes: 0, isHeld: false, stored: null };
      this.#blocks.push(block);
    }
    block.lines.push(line);
    block.count += 1;
    block.bytes += bytes;
    this.#bytes += bytes;
    while (this.#bytes > this.#mostBytes) this.#dropFirst();
  }

  #dropFirst(): void {
    const gone = this.#blocks.shift();
    if (gone === undefined) return;
    this.#bytes -= gone.bytes;
    this.dropped += gone.count;
    this.#letGo(gone);
  }

  #letGo(block: Block): void {
    if (block.isHeld) this.#heldBytes -= block.bytes;
    block.isHeld = false;
    if (block.stored === null) return;
    const { file } = block.stored;
    const known = this.#files.find((one) => one.file === file);
    if (known === undefined || --known.blocks > 0 || known === this.#files.at(-1)) return;
    this.#files = this.#files.filter((one) => one !== known);
    this.#storing = this.#storing.then(() => file.remove());
  }

  #seal(block: Block): void {
    block.isHeld = true;
    this.#heldBytes += block.bytes;
    if (this.#heldBytes <= heldMostBytes) return;
    this.#storing = this.#storing.then(() => this.#store());
  }

  /** Writes sealed blocks to the disk, oldest first; one that it does not take is forgotten with all before it. */
  async #store(): Promise<void> {
    for (const block of [...this.#blocks]) {
      if (this.#heldBytes <= heldMostBytes / 2 || block === this.#blocks.at(-1)) return;
      if (!block.isHeld) continue;
      const to = this.#fileFor(block.bytes);
      const gzip = Buffer.from(JSON.stringify(block.lines));
      const place = await to.file.append({ firstSeq: 0, lastSeq: 0, gzip });
      // Forgotten while it was written.
      if (!block.isHeld) continue;
      if (place === null) {
        while (this.#blocks.includes(block)) this.#dropFirst();
        continue;
      }
      block.lines = [];
      block.isHeld = false;
      block.stored = { file: to.file, place };
      to.blocks += 1;
      this.#heldBytes -= block.bytes;
    }
  }

  #fileFor(bytes: number): { file: LogFile; bytes: number; blocks: number } {
    let last = this.#files.at(-1);
    if (last === undefined || last.bytes > this.#mostBytes) {
      this.#filesMade += 1;
      last = { file: this.#log.beside(`${this.#filesMade}.tail`), bytes: 0, blocks: 0 };
      this.#files.push(last);
    }
    last.bytes += bytes;
    return last;
  }

  /** The lines, a block at a time, each forgotten as it is given. */
  async *rest(): AsyncGenerator<CapturedLine[]> {
    await this.#storing;
    for (let block = this.#blocks.shift(); block !== undefined; block = this.#blocks.shift()) {
      const { stored } = block;
      // Written by this process a moment ago, as a list of such lines.
      if (stored !== null)
        yield JSON.parse((await stored.file.read(stored.place)).toString()) as CapturedLine[];
      else yield block.lines;
      this.#letGo(block);
    }
    await this.remove();
  }

  /** Nobody wants it any more. */
  async remove(): Promise<void> {
    await this.#storing;
    for (const { file } of this.#files.splice(0)) await file.remove();
  }
}
