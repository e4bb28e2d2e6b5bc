import type { PlacedLine } from "./log-lines.ts";

/** A log that is read piece by piece. */
export interface PiecedLog {
  /** The lines that follow those that were read; none: there are no more. */
  next(): Promise<readonly PlacedLine[]>;
}

/** A line with the place of its log among all, from 0. */
export interface MergedLine {
  log: number;
  placed: PlacedLine;
}

interface Reading {
  log: number;
  lines: readonly PlacedLine[];
  at: number;
  /** Where its next line stands in time, epoch milliseconds: its lines keep their order whatever the clock did. */
  atMs: number;
}

/** Logs whose first lines are asked for at a time. */
const askedMost = 8;

/**
 * The lines of several logs in the order of time, some at a time, with one piece of each log held; of one moment those of the first log first. A piece is asked for
 * once the one before it was given out.
 */
export async function* mergedLines(logs: readonly PiecedLog[]): AsyncGenerator<MergedLine[]> {
  /** By what comes next: the first one is the last, so that it is taken off the end. */
  const waiting: Reading[] = [];
  const put = (one: Reading) => {
    const line = one.lines[one.at];
    if (line === undefined) return;
    one.atMs = Math.max(one.atMs, line.line.t);
    waiting.splice(placeFor(waiting, one), 0, one);
  };
  const readings = logs.map((_, log): Reading => ({ log, lines: [], at: 0, atMs: Number.NEGATIVE_INFINITY }));
  const fill = async (one: Reading) => {
    one.at = 0;
    one.lines = (await logs[one.log]?.next()) ?? [];
  };
  for (let from = 0; from < readings.length; from += askedMost) {
    const some = readings.slice(from, from + askedMost);
    await Promise.all(some.map(fill));
    for (const one of some) put(one);
  }
  let out: MergedLine[] = [];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    const placed = one.lines[one.at];
    if (placed !== undefined) out.push({ log: one.log, placed });
    one.at += 1;
    if (one.at >= one.lines.length) {
      yield out;
      out = [];
      await fill(one);
    }
    put(one);
  }
  if (out.length > 0) yield out;
}

/** Where a reading belongs in a list whose last one comes next. */
function placeFor(waiting: readonly Reading[], one: Reading): number {
  let [low, high] = [0, waiting.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = waiting[middle];
    if (other !== undefined && isBefore(one, other)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isBefore(one: Reading, other: Reading): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.log < other.log);
}
