import type { LogFile } from "./spool/log-file.ts";
import { LogTail } from "./spool/log-tail.ts";
import type { CapturedLine } from "./work.ts";

const headShare = 0.2;
const lineMostChars = 32_768;

/** Holds a log within its limit: the first fifth passes at once, of what comes later the end is kept, with a marker between them. */
export class LogKeeper {
  readonly #headBytes: number;
  readonly #tail: LogTail;
  #headSize = 0;

  /** The tail lies on the disk beside `file`. */
  constructor(mostBytes: number, file: LogFile) {
    this.#headBytes = Math.floor(mostBytes * headShare);
    this.#tail = new LogTail(mostBytes - this.#headBytes, file);
  }

  /** The line to send now, cut to 32 Ki characters; null when it belongs to the tail. */
  keep(line: CapturedLine): CapturedLine | null {
    const cut =
      line.d.length > lineMostChars ? { ...line, d: `${line.d.slice(0, lineMostChars)}… (cut)` } : line;
    const size = sizeOf(cut);
    if (this.#tail.isEmpty && this.#headSize + size <= this.#headBytes) {
      this.#headSize += size;
      return cut;
    }
    this.#tail.add(cut, size);
    return null;
  }

  /** The marker, when lines were left out, and the tail, a part at a time; each is forgotten as it is given. */
  async *rest(): AsyncGenerator<CapturedLine[]> {
    let isFirst = true;
    for await (const lines of this.#tail.rest()) {
      // How many are missing is known when the first that is there has been read.
      if (isFirst && this.#tail.dropped > 0) yield [this.#marker(lines[0]?.t ?? Date.now())];
      isFirst = false;
      yield lines;
    }
    if (isFirst && this.#tail.dropped > 0) yield [this.#marker(Date.now())];
  }

  #marker(t: number): CapturedLine {
    const d = `… ${this.#tail.dropped} lines left out: the log is over its limit …`;
    return { t, s: "system", d };
  }

  /** Nobody wants what is left. */
  forget(): Promise<void> {
    return this.#tail.remove();
  }
}

function sizeOf(line: CapturedLine): number {
  return Buffer.byteLength(line.d) + 1 + (line.f === undefined ? 0 : JSON.stringify(line.f).length);
}
