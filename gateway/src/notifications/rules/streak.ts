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

/** Whether a runner is there; null: nobody has looked yet. */
export interface Watched {
  offline: boolean;
  /** Whether that it went was told. */
  told: boolean;
}

/** What follows a look at a runner. One that was away when it was first looked at is no news. */
export function afterLook(
  before: Watched | null,
  isOffline: boolean,
): { watched: Watched; tells: "runner-offline" | "runner-online" | null } {
  const watched = { offline: isOffline, told: isOffline && (before?.told ?? false) };
  if (before === null || before.offline === isOffline) return { watched, tells: null };
  if (isOffline) return { watched: { offline: true, told: true }, tells: "runner-offline" };
  return { watched, tells: before.told ? "runner-online" : null };
}
