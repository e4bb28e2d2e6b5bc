import { countedMost } from "@pulse/schema/overview";
import { executionStatuses, liveStatuses } from "@pulse/schema/status";
import type { Overview } from "@pulse/schema/wire/overview";
import { type StatsWindow, statsWindows } from "@pulse/schema/wire/stats";
import type { Ports } from "../ports.ts";
import { projectOf, type Viewer } from "../workflows/seen-by.ts";
import { createOverviewStore } from "./store.ts";

const time = (ms: number) => new Date(ms).toISOString();

/** The project at a glance, as far as somebody sees it. */
export async function readOverview(
  ports: Pick<Ports, "database" | "now">,
  viewer: Viewer,
  window: StatsWindow,
): Promise<Overview> {
  const store = createOverviewStore(ports.database);
  const { windowMs, stepMs } = statsWindows[window];
  // Whole steps: the last one is the present one and grows.
  const to = Math.floor(ports.now() / stepMs) * stepMs + stepMs;
  const span = { from: to - windowMs, to, stepMs };
  const made: Overview["made"] = {};
  let isWhole = true;
  for (const status of executionStatuses) {
    const steps = await store.steps(viewer, status, span, countedMost);
    if (steps.length === 0) continue;
    const counts = new Array<number>(windowMs / stepMs).fill(0);
    for (const { step, count } of steps) counts[step] = count;
    made[status] = counts;
    if (counts.reduce((all, one) => all + one, 0) === countedMost) isWhole = false;
  }
  const live = { scheduled: 0, queued: 0, offered: 0, running: 0, waiting: 0 };
  for (const status of liveStatuses) live[status] = await store.count(viewer, status, countedMost);
  const firstSteps = await store.firstSteps(projectOf(viewer));
  return { from: time(span.from), to: time(to), stepMs, made, live, isWhole, firstSteps };
}
