import { nextTick, type Timing } from "./timing.ts";

/** A tick that comes late by no more than this is on time. */
export const onTimeMs = 60_000;
/** Ticks that become rows in one go; what is left is looked at right after. */
export const ticksAtOnce = 100;

/** Ticks of one schedule that are caught up at once, about: what came before is missed. */
export const caughtUpMost = 1000;

/** What has come of a schedule since it was last looked at. */
export interface Due {
  /** Ticks to be started now, or later by their jitter. */
  ticks: number[];
  /** Ticks that nothing was started for, from the first to the last of them. */
  missed: { from: number; to: number; count: number | null } | null;
  /** Whether some were missed because too many would have been caught up. */
  isCrowded: boolean;
  /** Up to where everything was looked at. */
  seen: number;
  /** The next tick to look for; null: none comes any more. */
  next: number | null;
}

/**
 * What is due between `seen` (that was looked at already) and `now`: ticks within the catch-up window, and what fell before it. Time never goes
 * back: a `now` before `seen` finds nothing.
 */
export function dueTicks(timing: Timing, seen: number, now: number, catchupMs: number): Due {
  const window = now - Math.max(catchupMs, onTimeMs);
  const from = Math.max(window, crowdedBefore(timing, Math.max(seen, window - 1), now));
  const missed = missedBetween(timing, seen, from);
  const ticks: number[] = [];
  let next = nextTick(timing, Math.max(seen, from - 1));
  while (next !== null && next <= now && ticks.length < ticksAtOnce) {
    ticks.push(next);
    next = nextTick(timing, next);
  }
  const isAll = next === null || next > now;
  const last = ticks.at(-1) ?? missed?.to ?? seen;
  const isCrowded = missed !== null && from > window;
  return { ticks, missed, isCrowded, seen: isAll ? Math.max(seen, last) : last, next };
}

/** The time before which nothing is caught up, so that about `caughtUpMost` ticks are, were they all as near to each other as the first ones. */
function crowdedBefore(timing: Timing, after: number, now: number): number {
  const first = nextTick(timing, after);
  let last = first;
  for (let count = 0; last !== null && last <= now && count < ticksAtOnce; count++) {
    last = nextTick(timing, last);
  }
  if (first === null || last === null || last > now) return Number.NEGATIVE_INFINITY;
  return now - (last - first) * (caughtUpMost / ticksAtOnce);
}

/** Ticks after `seen` and before `from`. More than are listed one by one are not counted. */
function missedBetween(timing: Timing, seen: number, from: number): Due["missed"] {
  const first = nextTick(timing, seen);
  if (first === null || first >= from) return null;
  let to = first;
  let count = 1;
  for (let at = nextTick(timing, first); at !== null && at < from; at = nextTick(timing, at)) {
    if (++count > ticksAtOnce) return { from: first, to: from - 1, count: null };
    to = at;
  }
  return { from: first, to, count };
}

/** How much later than its time a tick is started: the same for the same schedule and tick, wherever it is asked. Below `jitterMs`. */
export async function jitterOf(schedule: string, at: number, jitterMs: number): Promise<number> {
  if (jitterMs === 0) return 0;
  const text = new TextEncoder().encode(`${schedule} ${at}`);
  const digest = new DataView(await crypto.subtle.digest("SHA-256", text));
  return Math.floor((digest.getUint32(0) / 2 ** 32) * jitterMs);
}
