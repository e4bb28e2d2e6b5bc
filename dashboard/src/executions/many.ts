import { valuesOf, withField } from "@pulse/schema/filter/edit-filter";
import { type BulkAction, type BulkAnswer, bulkExecutions } from "@pulse/schema/wire/bulk";
import { api } from "../session/client.ts";
import { queryClient } from "../session/query-client.ts";

/** What was done of many, or would be. */
export type Sum = Pick<BulkAnswer, "matched" | "done" | "skipped">;

export const nothing: Sum = { matched: 0, done: 0, skipped: [] };

/** A sum with what one more step did. */
export function added(sum: Sum, step: Sum): Sum {
  const skipped = new Map(sum.skipped.map((one) => [one.code, one]));
  for (const one of step.skipped) {
    const before = skipped.get(one.code);
    skipped.set(one.code, before === undefined ? one : { ...before, count: before.count + one.count });
  }
  return { matched: sum.matched + step.matched, done: sum.done + step.done, skipped: [...skipped.values()] };
}

/** A filter whose times are moments: what it names does not move while it is worked through. */
export function pinned(
  filter: string,
  nowMs: number,
  momentOf: (text: string, nowMs: number) => string,
): string {
  const now = new Date(nowMs).toISOString();
  const [since] = valuesOf(filter, "since");
  const [until] = valuesOf(filter, "until");
  const withSince = since === undefined ? filter : withField(filter, "since", [momentOf(since, nowMs)]);
  return withField(withSince, "until", [until === undefined ? now : momentOf(until, nowMs)]);
}

/** So many ids a filter has room for. */
const idsMost = 30;

/** Filters that name these executions, each in turn. */
export function filtersOf(ids: readonly string[]): string[] {
  return Array.from(
    { length: Math.ceil(ids.length / idsMost) },
    (_, at) => `id:${ids.slice(at * idsMost, (at + 1) * idsMost).join(",")}`,
  );
}

/** Goes through all that filters name, step by step, and tells the sum after each; ends early when the signal fires. Throws the problem of a step. */
export async function walk(
  asked: { action: BulkAction; filters: readonly string[]; dryRun: boolean; key: string },
  onSum: (sum: Sum) => void,
  signal: AbortSignal,
): Promise<void> {
  const { key, action, filters, dryRun } = asked;
  let sum = nothing;
  for (const filter of filters) {
    let cursor: string | null = null;
    do {
      const step: BulkAnswer = await api.call(bulkExecutions, {
        body: { action, filter: { filter }, dryRun, ...(cursor === null ? {} : { cursor }) },
        headers: { "idempotency-key": key },
        signal,
      });
      sum = added(sum, step);
      onSum(sum);
      cursor = step.nextCursor;
    } while (cursor !== null);
  }
}

/** Reads the lists again, after much changed. */
export function readListsAgain(): void {
  void queryClient.invalidateQueries({ queryKey: ["executions"] });
}
