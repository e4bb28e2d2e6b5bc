import type { SplitGuard } from "@pulse/schema/tables";
import type { SplitCalls } from "@pulse/schema/wire/function-aliases";

/** Why a split has to end, in words: its second version failed more often than its guard allows. Null: it goes on. */
export function whyEnd(
  { ended, failed }: SplitCalls,
  { maxErrorRate, minCalls }: Pick<SplitGuard, "maxErrorRate" | "minCalls">,
): string | null {
  if (ended < minCalls || failed * 100 <= maxErrorRate * ended) return null;
  return `rolled back: ${failed} of ${ended} calls failed, more than ${maxErrorRate} %`;
}

/** Since when the calls of a split count, epoch milliseconds: those before it began say nothing of it. */
export function countedFrom(now: number, splitAt: number, windowMs: number): number {
  return Math.max(splitAt, now - windowMs);
}
