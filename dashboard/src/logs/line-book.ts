/** Lines of one window of the book. */
export const pageLines = 500;
/** Pages that are kept; the least recently used ones go. */
const keptPages = 80;

/**
 * Lines of a log by their numbers, as far as they were read: a log of a million lines is never here as a whole. Pages that nobody looked at for the
 * longest time are let go, and are read again when somebody does.
 */
export class LineBook<Line> {
  /** In the order of their last use. */
  readonly #pages = new Map<number, Map<number, Line>>();

  /** The line of a number, counted from 1; undefined: it is not here. */
  get(number: number): Line | undefined {
    return this.#pages.get(pageOf(number))?.get(number);
  }

  put(number: number, line: Line): void {
    const page = pageOf(number);
    const lines = this.#pages.get(page) ?? new Map<number, Line>();
    this.#pages.delete(page);
    this.#pages.set(page, lines.set(number, line));
    if (this.#pages.size <= keptPages) return;
    const [oldest] = this.#pages.keys();
    if (oldest !== undefined) this.#pages.delete(oldest);
  }

  /** The first of some lines that is missing; null: all are here. Those that are here count as used. */
  firstMissing(numbers: readonly number[]): number | null {
    for (const page of new Set(numbers.map(pageOf))) {
      const lines = this.#pages.get(page);
      if (lines === undefined) continue;
      this.#pages.delete(page);
      this.#pages.set(page, lines);
    }
    return numbers.find((number) => this.get(number) === undefined) ?? null;
  }
}

function pageOf(number: number): number {
  return Math.floor((number - 1) / pageLines);
}

/**
 * What to ask for so that a missing line and its neighbours come: up to the end of its page. Where lines between those in sight are folded, only what
 * stands together.
 */
export function windowFor(
  missing: number,
  total: number,
  inSight: readonly number[],
): { from: number; count: number } {
  const [first = missing, last = missing] = [inSight[0], inSight.at(-1)];
  let end = Math.min(total, (pageOf(missing) + 1) * pageLines);
  if (last - first >= inSight.length) {
    const at = inSight.indexOf(missing);
    const together = inSight.findIndex((line, i) => i > at && line !== missing + i - at);
    end = Math.min(end, missing + (together === -1 ? inSight.length : together) - at - 1);
  }
  return { from: missing, count: Math.max(1, end - missing + 1) };
}
