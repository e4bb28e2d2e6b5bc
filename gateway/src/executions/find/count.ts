import { type ExecutionStatus, executionStatuses } from "@pulse/schema/status";
import type { ExecutionCounts } from "@pulse/schema/wire/execution-counts";
import type { ExecutionFilter } from "@pulse/schema/wire/executions";
import type { Deps } from "../../http/context.ts";
import type { Viewer } from "../../workflows/seen-by.ts";
import { conditionsOf, type Path, pathOf } from "./path.ts";
import { spanOf } from "./span.ts";
import { createFindStore, type Search } from "./store.ts";

/** So many are looked at by one statement, and so many statements for one answer: others get their turn in between. */
const atOnce = 20_000;
const turns = 5;

const time = (ms: number) => new Date(ms).toISOString();

/** How many executions of a filter somebody sees were made in each step of its time, by state; the newest first, as far as 100,000 go. */
export async function countExecutions(
  { ports }: Pick<Deps, "ports">,
  viewer: Viewer,
  { steps, ...filter }: ExecutionFilter & { steps: number },
): Promise<ExecutionCounts> {
  const store = createFindStore(ports.database);
  const nowMs = ports.now();
  const conditions = conditionsOf(filter);
  const span = spanOf(conditions, nowMs, steps);
  const path = pathOf(conditions);
  const counting: Search = { path: countedBy(path), conditions, nowMs };
  const byState = new Map<ExecutionStatus, number[]>();
  let to = span.to;
  for (let turn = 0; turn < turns && to > span.from; turn++) {
    const within: Search["conditions"] = [
      ...conditions,
      { on: "since", not: false, time: { atMs: span.from } },
      { on: "until", not: false, time: { atMs: to } },
    ];
    const down = await store.down(viewer, { path, conditions: within, nowMs }, null, atOnce);
    const from = down === null ? span.from : Math.max(span.from, down.createdAt);
    for (const { status, step, n } of await store.counts(viewer, counting, {
      from,
      to,
      origin: span.from,
      stepMs: span.stepMs,
    })) {
      const counts = byState.get(status) ?? new Array<number>((span.to - span.from) / span.stepMs).fill(0);
      counts[step] = (counts[step] ?? 0) + n;
      byState.set(status, counts);
    }
    to = from;
    await new Promise<void>((resolve) => ports.soon(resolve));
  }
  return {
    from: time(span.from),
    to: time(span.to),
    stepMs: span.stepMs,
    items: executionStatuses.flatMap((status) => {
      const counts = byState.get(status);
      return counts === undefined ? [] : [{ status, counts }];
    }),
    countedFrom: to > span.from ? time(to) : null,
  };
}

/** Where nothing but the time is asked for, the index of states holds all that is counted. */
function countedBy(path: Path): Path {
  if (path.index !== "executions_list" || path.rest.length > 0) return path;
  return { index: "executions_status", values: [...executionStatuses], rest: [] };
}
