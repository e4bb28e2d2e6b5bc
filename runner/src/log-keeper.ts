import type { CapturedLine } from "./work.ts";

const headShare = 0.2;
const lineMostChars = 32_768;

/** Holds a log within its limit: the first fifth passes at once, of what comes later the end is kept, with a marker between them. */
export class LogKeeper {
  readonly #headBytes: number;
  readonly #tailBytes: number;
  #headSize = 0;
  #tail: CapturedLine[] = [];
  #tailSize = 0;
  /** Index of the first line of the tail that is still kept: shifting a long array for every line is slow. */
  #from = 0;
  #dropped = 0;

  constructor(mostBytes: number) {
    this.#headBytes = Math.floor(mostBytes * headShare);
    this.#tailBytes = mostBytes - this.#headBytes;
  }

  /** The line to send now, cut to 32 Ki characters; null when it belongs to the tail. */
  keep(line: CapturedLine): CapturedLine | null {
    const cut =
      line.d.length > lineMostChars ? { ...line, d: `${line.d.slice(0, lineMostChars)}… (cut)` } : line;
    const size = sizeOf(cut);
    if (this.#tail.length === 0 && this.#dropped === 0 && this.#headSize + size <= this.#headBytes) {
      this.#headSize += size;
      return cut;
    }
    this.#tail.push(cut);
    this.#tailSize += size;
    while (this.#tailSize > this.#tailBytes) this.#dropFirst();
    return null;
  }

  #dropFirst(): void {
    const gone = this.#tail[this.#from];
    if (gone === undefined) return;
    this.#tailSize -= sizeOf(gone);
    this.#dropped += 1;
    this.#from += 1;
    if (this.#from < 64) return;
    this.#tail.splice(0, this.#from);
    this.#from = 0;
  }

  /** The marker, when lines were left out, and the tail; each is forgotten as it is given. */
  *rest(): Generator<CapturedLine> {
    if (this.#dropped > 0) {
      const d = `… ${this.#dropped} lines left out: the log is over its limit …`;
      yield { t: this.#tail[this.#from]?.t ?? Date.now(), s: "system", d };
    }
    yield* this.#tail.splice(this.#from);
  }
}

function sizeOf(line: CapturedLine): number {
  return Buffer.byteLength(line.d) + 1 + (line.f === undefined ? 0 : JSON.stringify(line.f).length);
}
