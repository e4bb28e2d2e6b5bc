import type { ScheduleView } from "@pulse/schema/wire/schedules";

/** When each workflow comes next by a schedule, by its name. */
export function nextOf(schedules: readonly Pick<ScheduleView, "target" | "nextAt">[]): Map<string, string> {
  const next = new Map<string, string>();
  for (const { target, nextAt } of schedules) {
    if (nextAt === null || !("workflow" in target)) continue;
    const name = target.workflow.split("@", 1)[0] ?? target.workflow;
    const before = next.get(name);
    if (before === undefined || nextAt < before) next.set(name, nextAt);
  }
  return next;
}
