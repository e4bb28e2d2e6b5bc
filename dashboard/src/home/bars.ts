import type { ExecutionStatus } from "@pulse/schema/status";

/** What is told apart in the picture, from the line upwards. */
export const families = ["succeeded", "failed", "other", "live"] as const;
export type Family = (typeof families)[number];

const familyOf: Readonly<Record<ExecutionStatus, Family>> = {
  scheduled: "live",
  queued: "live",
  offered: "live",
  running: "live",
  waiting: "live",
  succeeded: "succeeded",
  failed: "failed",
  timed_out: "failed",
  dead: "failed",
  lost: "failed",
  cancelled: "other",
  superseded: "other",
};

/** One step of time: when it begins (epoch milliseconds), how many of each status were made in it, and how high each family stands. */
export interface Bar {
  at: number;
  total: number;
  counts: readonly { status: ExecutionStatus; count: number }[];
  /** Fractions of the highest bar, from the line upwards. */
  parts: readonly { family: Family; from: number; to: number }[];
}

/** The bars of a picture; empty when nothing was made. */
export function barsOf(
  made: Readonly<Partial<Record<ExecutionStatus, readonly number[]>>>,
  fromMs: number,
  stepMs: number,
): Bar[] {
  const statuses = (Object.keys(familyOf) as ExecutionStatus[]).filter(
    (status) => made[status] !== undefined,
  );
  const steps = Math.max(0, ...statuses.map((status) => made[status]?.length ?? 0));
  const totals = Array.from({ length: steps }, (_, step) =>
    statuses.reduce((sum, status) => sum + (made[status]?.[step] ?? 0), 0),
  );
  const most = Math.max(1, ...totals);
  return totals.map((total, step) => {
    const counts = statuses.flatMap((status) => {
      const count = made[status]?.[step] ?? 0;
      return count === 0 ? [] : [{ status, count }];
    });
    let from = 0;
    const parts = families.flatMap((family) => {
      const sum = counts.reduce((all, one) => all + (familyOf[one.status] === family ? one.count : 0), 0);
      if (sum === 0) return [];
      const part = { family, from, to: from + sum / most };
      from = part.to;
      return [part];
    });
    return { at: fromMs + step * stepMs, total, counts, parts };
  });
}
