import type { Filtered } from "@pulse/schema/filter/fits-filter";
import type { ExecutionView } from "@pulse/schema/wire/executions";
import type { ScheduleView } from "@pulse/schema/wire/schedules";

/** Something that is going to run, as far as a filter can look at it. */
export interface Planned {
  atMs: number;
  view: Filtered;
}

/** What is going to run: executions that wait for their time, and the next fire of each schedule that is not paused. */
export function plannedOf(
  waiting: readonly ExecutionView[],
  schedules: readonly ScheduleView[],
  nowMs: number,
): Planned[] {
  const delayed = waiting.flatMap((view) =>
    view.runAt === null ? [] : [{ atMs: Date.parse(view.runAt), view }],
  );
  const fires = schedules.flatMap(({ nextAt, target, enabled }) => {
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
    return [{ atMs: Date.parse(nextAt), view }];
  });
  // What is due and only waits for a runner is not planned any more.
  return [...delayed, ...fires].filter(({ atMs }) => atMs > nowMs);
}
