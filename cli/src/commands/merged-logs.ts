import type { LogLinesView } from "@pulse/schema/wire/log-lines";

type Line = LogLinesView["items"][number];

/** A line with whose it is. */
export interface TakenLine {
  /** The execution. */
  id: string;
  runner: string;
  /** The place of its host among all, from 0. */
  place: number;
  item: Line;
}

interface Log {
  runner: string;
  place: number;
  /** The number of the next line to ask for. */
  next: number;
  /** Whether more are stored than were taken. */
  hasMore: boolean;
  held: Line[];
  /** Where it stands in time, epoch milliseconds: its lines keep their order whatever the clock did. */
  atMs: number;
}

/**
 * The lines of several logs put together in the order of time while only some of each are here: a line is given out once every log that has more stored has
 * one here that comes later. Of lines of one moment that of the log that was added first is first.
 */
export class MergedLogs {
  readonly #logs = new Map<string, Log>();
  readonly #places = new Map<string, number>();

  /** Adds a log, once. */
  add(id: string, runner: string): void {
    if (this.#logs.has(id)) return;
    const place = this.#places.get(runner) ?? this.#places.size;
    this.#places.set(runner, place);
    const atMs = Number.NEGATIVE_INFINITY;
    this.#logs.set(id, { runner, place, next: 1, hasMore: true, held: [], atMs });
  }

  get count(): number {
    return this.#logs.size;
  }

  /** How long the longest name of a host is. */
  get room(): number {
    return Math.max(0, ...[...this.#places.keys()].map((runner) => runner.length));
  }

  /** Looks at every log again: more may be stored by now. */
  begin(): { id: string; from: number }[] {
    for (const log of this.#logs.values()) log.hasMore = true;
    return this.wanted();
  }

  /** What to ask for before another line can be given out. */
  wanted(): { id: string; from: number }[] {
    return [...this.#logs]
      .filter(([, { hasMore, held }]) => hasMore && held.length === 0)
      .map(([id, { next }]) => ({ id, from: next }));
  }

  /** Takes an answer: lines from where it was asked, and how many there are. */
  take(id: string, items: readonly Line[], total: number): void {
    const log = this.#logs.get(id);
    if (log === undefined) return;
    log.held.push(...items);
    const last = items.at(-1);
    if (last !== undefined) log.next = last.line + 1;
    log.hasMore = last !== undefined && last.line < total;
  }

  /** Gives out the lines of which it is known that none comes before them. */
  *ready(): Generator<TakenLine> {
    for (;;) {
      let first: { id: string; log: Log; item: Line; atMs: number } | null = null;
      for (const [id, log] of this.#logs) {
        const [item] = log.held;
        if (item === undefined) {
          if (log.hasMore) return;
          continue;
        }
        const atMs = Math.max(log.atMs, Date.parse(item.time));
        if (first === null || atMs < first.atMs) first = { id, log, item, atMs };
      }
      if (first === null) return;
      const { id, log, item, atMs } = first;
      log.held.shift();
      log.atMs = atMs;
      yield { id, runner: log.runner, place: log.place, item };
    }
  }
}
