/** What a line says about groups: it begins one of a title, or ends one. GitHub's syntax, which people's scripts have already. */
export type GroupMark = { is: "head"; title: string } | { is: "end" };

/** Lines of a group: its head, and the last that is hidden when it is folded. */
export interface Group {
  head: number;
  last: number;
}

/** What both marks have: a search for it finds them. */
export const groupMark = "group::";

/** What a line says about groups; null: nothing. */
export function markOf(text: string): GroupMark | null {
  if (text.startsWith("::group::")) return { is: "head", title: text.slice("::group::".length) };
  return text.startsWith("::endgroup::") ? { is: "end" } : null;
}

/**
 * The groups of a log, by the lines that have marks, in order. A group ends before the head of the next one at the latest, for there is none in
 * another; one that has no end is none while lines come (`total` null), and goes on to the end once all are there.
 */
export function groupsOf(marks: readonly { line: number; text: string }[], total: number | null): Group[] {
  const groups: Group[] = [];
  let head: number | null = null;
  const end = (last: number) => {
    if (head !== null && last > head) groups.push({ head, last });
    head = null;
  };
  for (const { line, text } of marks) {
    const mark = markOf(text);
    if (mark?.is === "head") {
      end(line - 1);
      head = line;
    } else if (mark?.is === "end") {
      end(line);
    }
  }
  if (total !== null) end(total);
  return groups;
}

/** Where lines stand while some groups are folded: rows are counted from 0, lines from 1. */
export class Folds {
  readonly #folded: readonly Group[];
  /** How many lines are hidden before each of them. */
  readonly #before: readonly number[];

  /** `folded` is in order. */
  constructor(folded: readonly Group[]) {
    this.#folded = folded;
    let hidden = 0;
    this.#before = folded.map(({ head, last }) => {
      const before = hidden;
      hidden += last - head;
      return before;
    });
  }

  /** How many rows so many lines make. */
  rows(lines: number): number {
    const at = this.#lastFrom((one) => one.head <= lines);
    const one = this.#folded[at];
    if (one === undefined) return lines;
    return lines - (this.#before[at] ?? 0) - (Math.min(one.last, lines) - one.head);
  }

  /** The line of a row. */
  lineOf(row: number): number {
    const at = this.#lastFrom((one, before) => one.head - before <= row);
    const one = this.#folded[at];
    if (one === undefined) return row + 1;
    const before = this.#before[at] ?? 0;
    const line = row + 1 + before;
    return line > one.head ? line + one.last - one.head : line;
  }

  /** The row of a line; that of its group's head where it is hidden. */
  rowOf(line: number): number {
    const at = this.#lastFrom((one) => one.head < line);
    const one = this.#folded[at];
    if (one === undefined) return line - 1;
    const before = this.#before[at] ?? 0;
    return line <= one.last ? one.head - 1 - before : line - 1 - before - (one.last - one.head);
  }

  /** How many lines a head hides; 0: it is none that is folded. */
  hiddenBy(line: number): number {
    const one = this.#folded[this.#lastFrom(({ head }) => head <= line)];
    return one?.head === line ? one.last - one.head : 0;
  }

  /** The place of the last one that passes, of which all before pass too; -1: none does. */
  #lastFrom(passes: (one: Group, before: number) => boolean): number {
    let [low, high] = [0, this.#folded.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const one = this.#folded[middle];
      if (one !== undefined && passes(one, this.#before[middle] ?? 0)) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
