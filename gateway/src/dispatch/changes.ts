import { durationClassOf } from "@pulse/schema/duration-class";
import type { Timing } from "@pulse/schema/wire/job";
import type { Held } from "./held.ts";
import { count, meter, tell } from "./job-statements.ts";
import type { GroupedRow } from "./journal.ts";

/** What goes to disk along with a change of an execution, for those who follow. */
export function changeOf(project: string, id: string, at: number): GroupedRow[] {
  return [{ grouped: tell, row: [project, id, at] }];
}

/** What goes to disk along with an end: it is told, what it used is added up, and calls are counted. Builds, drafts and what was cancelled are not counted. */
export function endOf(
  held: Held,
  fence: number,
  end: { status: string; endedAt: number; timing: Timing },
): GroupedRow[] {
  const told = [
    { grouped: meter, row: [held.id, end.endedAt] },
    ...changeOf(held.project, held.id, end.endedAt),
  ];
  const { job } = held;
  const isCounted = end.status !== "cancelled" && end.status !== "superseded";
  if (job.kind !== "function" || job.spec.trigger.type === "draft" || !isCounted) return told;
  const durationClass = durationClassOf(end.timing.runMs ?? null);
  const row = [held.project, job.spec.function.name, held.id, fence, end.endedAt, end.status, durationClass];
  return [{ grouped: count, row }, ...told];
}
