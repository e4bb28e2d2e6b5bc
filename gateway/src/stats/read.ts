import { type FunctionStats, type StatsView, type StatsWindow, statsWindows } from "@pulse/schema/wire/stats";
import type { Ports } from "../ports.ts";
import { seenGroups } from "../usage/seen-groups.ts";
import { projectOf, type Viewer } from "../workflows/seen-by.ts";
import { percentilesOf } from "./percentiles.ts";
import { createStatsStore, type Span } from "./store.ts";

const namesMost = 200;
/** Functions that are read at once: a busy one has a thousand rows a day. */
const namesAtOnce = 10;
const time = (ms: number) => new Date(ms).toISOString();

/** How the calls of these functions ended; without names, of the project's first 200. A name without calls has zeros. */
export async function readStats(
  ports: Pick<Ports, "database" | "now" | "soon">,
  viewer: Viewer,
  asked: { name?: readonly string[] | undefined; window: StatsWindow },
): Promise<StatsView> {
  const store = createStatsStore(ports.database);
  const { windowMs, stepMs } = statsWindows[asked.window];
  // Whole steps: the last one is the present one and grows.
  const to = Math.floor(ports.now() / stepMs) * stepMs + stepMs;
  const span = { from: to - windowMs, to, stepMs };
  const project = projectOf(viewer);
  const wanted = [...new Set(asked.name ?? (await store.names(project, namesMost)))];
  // What is no function's may be that of a step which they may not see.
  const seen = await seenGroups(ports.database, viewer, "function", wanted);
  const names = asked.name === undefined ? wanted : wanted.filter((name) => seen.has(name));
  const items: FunctionStats[] = [];
  for (let at = 0; at < names.length; at += namesAtOnce) {
    items.push(...(await statsOf(store, viewer, names.slice(at, at + namesAtOnce), span)));
    // A local database answers within the turn of the loop; others are to have theirs.
    await new Promise<void>((resolve) => ports.soon(resolve));
  }
  return { from: time(span.from), to: time(to), stepMs, items };
}

async function statsOf(
  store: ReturnType<typeof createStatsStore>,
  viewer: Viewer,
  names: readonly string[],
  span: Span,
): Promise<FunctionStats[]> {
  const project = projectOf(viewer);
  const [steps, classes, lastRuns] = await Promise.all([
    store.steps(project, names, span),
    store.classes(project, names, span),
    store.lastRuns(viewer, names),
  ]);
  const stepsOf = Map.groupBy(steps, ({ name }) => name);
  const classesOf = Map.groupBy(classes, ({ name }) => name);
  const lastRunOf = new Map(lastRuns.map((one) => [one.name, one]));
  return names.map((name) => {
    const ok = new Array<number>((span.to - span.from) / span.stepMs).fill(0);
    const failed = [...ok];
    for (const one of stepsOf.get(name) ?? []) {
      ok[one.step] = one.ok;
      failed[one.step] = one.failed;
    }
    const last = lastRunOf.get(name);
    const lastRun = last === undefined ? null : { id: last.id, at: time(last.at), status: last.status };
    return { name, lastRun, ok, failed, durations: percentilesOf(classesOf.get(name) ?? []) };
  });
}
