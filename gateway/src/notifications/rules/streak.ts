import type { TerminalStatus } from "@pulse/schema/status";

/** How a function or a workflow has been doing, as far as one rule is concerned. */
export interface Streak {
  /** Failures since it last succeeded. */
  failures: number;
  /** Whether that was told. */
  told: boolean;
}

/** What an end is to a streak: what was cancelled says nothing of the code. */
export type EndKind = "good" | "bad" | "neither";

const kinds: Readonly<Record<TerminalStatus, EndKind>> = {
  succeeded: "good",
  failed: "bad",
  timed_out: "bad",
  lost: "bad",
  dead: "bad",
  cancelled: "neither",
  superseded: "neither",
};

export function endKindOf(status: TerminalStatus): EndKind {
  return kinds[status];
}

/** A streak that nothing happened in. */
export const calm: Streak = { failures: 0, told: false };

/** What follows an end: the streak then, and what is told, if anything. With `times` 3 the third failure is told, the sixth, and so on; then the first success. */
export function afterEnd(
  streak: Streak,
  end: EndKind,
  times: number,
): { streak: Streak; tells: "failed" | "recovered" | null } {
  if (end === "neither") return { streak, tells: null };
  if (end === "good") return { streak: calm, tells: streak.told ? "recovered" : null };
  const failures = streak.failures + 1;
  const tells = failures % times === 0;
  return { streak: { failures, told: streak.told || tells }, tells: tells ? "failed" : null };
}

/** What was last seen of a runner. */
export interface Watched {
  /** `leaving`: away once, which may be the gateway's own fault: it has just started, say. */
  is: "here" | "leaving" | "away";
  /** Whether that it went was told. */
  told: boolean;
  /** Since when, epoch milliseconds. */
  at: number;
}

/** A runner must be away in two looks that lie this far apart. */
const sureAfterMs = 90_000;

/** What follows a look at a runner. One that was away when it was first looked at is no news. */
export function afterLook(
  before: Watched | null,
  isAway: boolean,
  now: number,
): { watched: Watched; tells: "runner-offline" | "runner-online" | null } {
  if (!isAway) {
    if (before?.is === "here") return { watched: before, tells: null };
    const tells = before?.is === "away" && before.told ? "runner-online" : null;
    return { watched: { is: "here", told: false, at: now }, tells };
  }
  if (before === null) return { watched: { is: "away", told: false, at: now }, tells: null };
  if (before.is === "here") return { watched: { is: "leaving", told: false, at: now }, tells: null };
  if (before.is === "away" || now - before.at < sureAfterMs) return { watched: before, tells: null };
  return { watched: { is: "away", told: true, at: now }, tells: "runner-offline" };
}
