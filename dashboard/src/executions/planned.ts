import type { Filtered } from "@pulse/schema/filter/fits-filter";
import type { ExecutionView } from "@pulse/schema/wire/executions";
import type { ScheduleView } from "@pulse/schema/wire/schedules";

/** Something that is going to run, as far as a filter can look at it. */
export interface Planned {
  atMs: number;
  view: Filtered;
}

/** Schedules whose fires are asked for one by one; of others the next fire stands for all. */
const askedMost = 20;

/** The schedules that come before a time, the soonest first, as many as are asked. */
export function askedOf(schedules: readonly ScheduleView[], untilMs: number): ScheduleView[] {
  return schedules
    .filter(({ enabled, nextAt }) => enabled && nextAt !== null && Date.parse(nextAt) < untilMs)
    .sort((one, other) => Date.parse(one.nextAt ?? "") - Date.parse(other.nextAt ?? ""))
    .slice(0, askedMost);
}

/**
 * What is going to run: executions that wait for their time, and the fires of each schedule that is not paused. `firesOf` has those of a schedule by
 * its id, where they were asked for.
 */
export function plannedOf(
  waiting: readonly ExecutionView[],
  schedules: readonly ScheduleView[],
  firesOf: ReadonlyMap<string, readonly string[]>,
  nowMs: number,
): Planned[] {
  const delayed = waiting.flatMap((view) =>
    view.runAt === null ? [] : [{ atMs: Date.parse(view.runAt), view }],
  );
  const fires = schedules.flatMap(({ id, nextAt, target, enabled }) => {
    if (nextAt === null || !enabled) return [];
    const name = "function" in target ? target.function : target.workflow;
    const view: Filtered = {
      id: "",
      kind: "function" in target ? "function" : "workflow",
      // A version may be named too.
      name: name.split("@")[0] ?? name,
      version: null,
      status: "scheduled",
      reason: null,
      trigger: { type: "schedule" },
      parentId: null,
      runner: null,
      createdAt: nextAt,
      error: null,
    };
    // The next one as it will be; those after it are told without their jitter.
    const [, ...later] = firesOf.get(id) ?? [];
    return [nextAt, ...later].map((at) => ({ atMs: Date.parse(at), view: { ...view, createdAt: at } }));
  });
  // What is due and only waits for a runner is not planned any more.
  return [...delayed, ...fires].filter(({ atMs }) => atMs > nowMs);
}
