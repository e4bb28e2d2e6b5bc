import type { Amount, StrategyPlan } from "./plan.ts";
import { countOf } from "./timespan.ts";

/**
 * Cuts targets into the groups that run together, in order. The canary comes first, by itself. A rolling batch given as a
 * percentage is of all targets, rounded down, but at least one: never more at once than was asked for.
 */
export function batchesOf<T>(targets: readonly T[], { mode, batch, canary }: StrategyPlan): T[][] {
  const first = targets.slice(0, canary);
  const rest = targets.slice(first.length);
  const size = mode === "rolling" && batch !== null ? batchSize(batch, targets.length) : rest.length;
  const batches = first.length > 0 ? [first] : [];
  for (let i = 0; i < rest.length; i += size) batches.push(rest.slice(i, i + size));
  return batches;
}

/** How many targets of `total` are in one batch; at least one. */
export function batchSize(batch: Amount, total: number): number {
  return Math.max(1, countOf(batch, total, "down"));
}

/** How many of `total` targets may fail before the step does; a percentage is rounded down. */
export function mayFail(maxFailures: Amount, total: number): number {
  return countOf(maxFailures, total, "down");
}

/** True when somebody is asked before this batch (the first is 0) starts. */
export function asksBefore(batch: number, { confirm, canary }: StrategyPlan): boolean {
  if (batch === 0) return false;
  return confirm === "everyBatch" || (confirm === "afterCanary" && canary > 0 && batch === 1);
}
