import { type StatsView, type StatsWindow, statsWindows } from "@pulse/schema/wire/stats";
import type { Ports } from "../ports.ts";
import { percentilesOf } from "./percentiles.ts";
import { createStatsStore } from "./store.ts";

const namesMost = 200;
const time = (ms: number) => new Date(ms).toISOString();

/** How the calls of these functions ended; without names, of the project's first 200. A name without calls has zeros. */
export async function readStats(
  { database, now }: Pick<Ports, "database" | "now">,
  project: string,
  asked: { name?: readonly string[] | undefined; window: StatsWindow },
): Promise<StatsView> {
  const store = createStatsStore(database);
  const { windowMs, stepMs } = statsWindows[asked.window];
  // Whole steps: the last one is the present one and grows.
  const to = Math.floor(now() / stepMs) * stepMs + stepMs;
  const span = { from: to - windowMs, to, stepMs };
  const names = [...new Set(asked.name ?? (await store.names(project, namesMost)))];
  const [steps, classes, lastRuns] = await Promise.all([
    store.steps(project, names, span),
    store.classes(project, names, span),
    store.lastRuns(project, names),
  ]);
  const stepsOf = Map.groupBy(steps, ({ name }) => name);
  const classesOf = Map.groupBy(classes, ({ name }) => name);
  const lastRunOf = new Map(lastRuns.map((one) => [one.name, one]));
  const items = names.map((name) => {
    const ok = new Array<number>(windowMs / stepMs).fill(0);
    const failed = [...ok];
    for (const one of stepsOf.get(name) ?? []) {
      ok[one.step] = one.ok;
      failed[one.step] = one.failed;
    }
    const last = lastRunOf.get(name);
    const lastRun = last === undefined ? null : { id: last.id, at: time(last.at), status: last.status };
    return { name, lastRun, ok, failed, durations: percentilesOf(classesOf.get(name) ?? []) };
  });
  return { from: time(span.from), to: time(to), stepMs, items };
}
