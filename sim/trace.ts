/** What happened, line by line: kept when asked for, and always as a digest, so that two runs of a seed can be compared. */
export class Trace {
  readonly #now: () => number;
  readonly #startedAt: number;
  /** Null: only the digest is kept. */
  readonly lines: string[] | null;
  #high = 0x811c9dc5;
  #low = 0x2545f491;

  constructor(now: () => number, keepsLines: boolean) {
    this.#now = now;
    this.#startedAt = now();
    this.lines = keepsLines ? [] : null;
  }

  /** Adds a line, with the seconds since the start before it. */
  note(text: string): void {
    const line = `${((this.#now() - this.#startedAt) / 1000).toFixed(3).padStart(9)}  ${text}`;
    for (let i = 0; i < line.length; i++) {
      this.#high = Math.imul(this.#high ^ line.charCodeAt(i), 0x01000193);
      this.#low = Math.imul(this.#low ^ line.charCodeAt(i), 0x5bd1e995) ^ (this.#low >>> 13);
    }
    this.lines?.push(line);
  }

  /** Sixteen hex digits that all lines so far decide. */
  get digest(): string {
    return [this.#high, this.#low].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
  }
}
