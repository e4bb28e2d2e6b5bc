import type { ExecutionTimings } from "@pulse/schema/wire/execution-timings";
import type { ExecutionFilter } from "@pulse/schema/wire/executions";
import type { Deps } from "../../http/context.ts";
import type { Viewer } from "../../workflows/seen-by.ts";
import { conditionsOf, pathOf } from "./path.ts";
import { spanOf } from "./span.ts";
import { createFindStore } from "./store.ts";

/** So many are looked at for one answer. */
const measuredMost = 10_000;

const time = (ms: number) => new Date(ms).toISOString();

/** How long executions of a filter that somebody sees ran and waited in each step of its time; of the newest 10,000. */
export async function timeExecutions(
  { ports }: Pick<Deps, "ports">,
  viewer: Viewer,
  { steps, ...filter }: ExecutionFilter & { steps: number },
): Promise<ExecutionTimings> {
  const store = createFindStore(ports.database);
  const nowMs = ports.now();
  const asked = conditionsOf(filter);
  const span = spanOf(asked, nowMs, steps);
  const conditions = [...asked, { on: "since" as const, not: false as const, time: { atMs: span.from } }];
  const search = { path: pathOf(asked), conditions, nowMs };
  const down = await store.down(viewer, search, null, measuredMost);
  const rows = await store.timings(viewer, search, { after: null, downTo: down }, measuredMost);
  const byStep = Map.groupBy(rows, ({ at }) => Math.floor((at - span.from) / span.stepMs));
  return {
    from: time(span.from),
    to: time(span.to),
    stepMs: span.stepMs,
    items: Array.from({ length: Math.round((span.to - span.from) / span.stepMs) }, (_, step) => {
      const of = byStep.get(step) ?? [];
      const starts = of.flatMap(({ start }) => (start === null ? [] : [start]));
      return {
        run: percentilesOf(of.flatMap(({ runMs }) => (runMs === null ? [] : [runMs]))),
        queue: percentilesOf(of.flatMap(({ queueMs }) => (queueMs === null ? [] : [queueMs]))),
        cold: starts.filter((one) => one === "cold").length,
        started: starts.length,
      };
    }),
    measuredFrom: down === null || down.createdAt <= span.from ? null : time(down.createdAt),
  };
}

/** What half, 95 % and 99 % did not exceed; null: there were none. */
function percentilesOf(values: readonly number[]): { p50: number; p95: number; p99: number } | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((one, other) => one - other);
  const at = (part: number) => sorted[Math.ceil(sorted.length * part) - 1] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
