import { durationClassOf } from "@pulse/schema/duration-class";
import type { Timing } from "@pulse/schema/wire/job";
import type { Held } from "./held.ts";
import { count, meter, tell } from "./job-statements.ts";
import type { GroupedRow } from "./journal.ts";

/** What goes to disk along with a change of an execution, for those who follow. */
export function changeOf(project: string, id: string, at: number): GroupedRow[] {
  return [{ grouped: tell, row: [project, id, at] }];
}

/** What goes to disk along with an end: it is told, what it used is added up, and calls are counted; `endedBy` is the number of the write. Builds, drafts and what was cancelled are not counted. */
export function endOf(
  held: Held,
  endedBy: number,
  end: { status: string; endedAt: number; timing: Timing },
): GroupedRow[] {
  const told = [{ grouped: meter, row: [held.id, endedBy] }, ...changeOf(held.project, held.id, end.endedAt)];
  const { job } = held;
  const isCounted = end.status !== "cancelled" && end.status !== "superseded";
  if (job.kind !== "function" || job.spec.trigger.type === "draft" || !isCounted) return told;
  const durationClass = durationClassOf(end.timing.runMs ?? null);
  const row = [
    held.project,
    job.spec.function.name,
    held.id,
    endedBy,
    end.endedAt,
    end.status,
    durationClass,
  ];
  return [{ grouped: count, row }, ...told];
}

/** Gives each write that may end an execution at a time (epoch ms) a number that no other such write has. */
export function endNumbers(): (at: number) => number {
  let count = 0;
  return (at) => {
    count = (count + 1) % 1024;
    return at * 1024 + count;
  };
}

/** Whether a workflow asked for it, and goes on when it has ended. */
export function isStep({ job }: Held): boolean {
  return (job.kind === "function" || job.kind === "command") && job.spec.trigger.type === "workflow";
}
