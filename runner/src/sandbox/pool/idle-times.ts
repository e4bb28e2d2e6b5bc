import { addGap, type Gaps, keepAliveOf, noGaps } from "./keep-alive.ts";

const versionsMost = 500;

interface Known {
  gaps: Gaps;
  /** Since when a cell was idle that has ended meanwhile; null: none has. */
  goneSince: number | null;
}

/** How long versions are idle between calls, as it was seen here, of the 500 that were called last. */
export class IdleTimes {
  readonly #known = new Map<string, Known>();

  /** A call came to a cell that was idle since then (`performance.now()`). */
  called(key: string, idleSince: number, now: number): void {
    const gaps = this.#known.get(key)?.gaps ?? noGaps();
    this.#keep(key, { gaps: addGap(gaps, now - idleSince), goneSince: null });
  }

  /** A call came and there was no idle cell; one may have ended too soon. */
  missed(key: string, now: number): void {
    const { gaps, goneSince } = this.#known.get(key) ?? { gaps: noGaps(), goneSince: null };
    this.#keep(key, { gaps: goneSince === null ? gaps : addGap(gaps, now - goneSince), goneSince: null });
  }

  #keep(key: string, known: Known): void {
    this.#known.delete(key);
    this.#known.set(key, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > versionsMost && oldest !== undefined) this.#known.delete(oldest);
  }

  /** An idle cell ended before a call came. */
  ended(key: string, idleSince: number): void {
    const known = this.#known.get(key);
    if (known !== undefined) known.goneSince = idleSince;
  }

  /** How long an idle cell stays, milliseconds, at most `mostMs`. */
  keepAlive(key: string, mostMs: number): number {
    return keepAliveOf(this.#known.get(key)?.gaps ?? noGaps(), mostMs);
  }
}
