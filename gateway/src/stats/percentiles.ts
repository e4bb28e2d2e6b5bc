import { durationOfClass } from "@pulse/schema/duration-class";

/** How many calls fell into a class of durations. */
export interface ClassCount {
  durationClass: number;
  calls: number;
}

/** The durations (ms) that half, 95 % and 99 % of the calls did not exceed; null: there were none. */
export function percentilesOf(
  counts: readonly ClassCount[],
): { p50: number; p95: number; p99: number } | null {
  const sorted = [...counts].sort((a, b) => a.durationClass - b.durationClass);
  const total = sorted.reduce((sum, { calls }) => sum + calls, 0);
  if (total === 0) return null;
  const at = (part: number) => {
    let seen = 0;
    for (const { durationClass, calls } of sorted) {
      seen += calls;
      if (seen >= total * part) return durationOfClass(durationClass);
    }
    throw new Error("a part of all calls is at most all calls");
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
