import { makeId } from "@pulse/schema/ids";
import { schedules } from "@pulse/schema/tables";
import type { Definition } from "@pulse/schema/workflow/definition";
import type { Finding } from "@pulse/schema/workflow/finding";
import { triggerPlan } from "@pulse/schema/workflow/plan-parts";
import { eq } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Ports } from "../ports.ts";
import { refuseTooMany, timingFaults } from "./keep-schedule.ts";
import { createScheduleStore, removalOfSchedule, type ScheduleRow, tellSchedule, timingOf } from "./store.ts";
import { nextTick } from "./ticks/timing.ts";

/** Statements that are written with the workflow whose triggers they are of. */
export type TriggerStatements = BatchItem<"sqlite">[];

const byWorkflow = "workflow";
const idMost = 100;

/** The triggers of a definition that are times, as schedules have them. */
function timedTriggers(definition: Pick<Definition, "triggers">) {
  return (definition.triggers ?? []).flatMap((written, place) => {
    const plan = triggerPlan(written, place);
    if (plan.type !== "cron" && plan.type !== "schedule") return [];
    const { id, name, cron, everyMs, at, timezone, overlap, catchupMs, jitterMs, inputs, enabled } = plan;
    const times = { cron, everyMs, runAt: at === null ? null : Date.parse(at), timezone };
    const settings = { overlap, catchupMs, jitterMs };
    return [{ place, id, name: name ?? id, times, settings, inputs, enabled }];
  });
}

/** What is wrong with the times of a definition that is in order otherwise. */
export function triggerFindings(definition: Definition, now: number): Finding[] {
  return timedTriggers(definition).flatMap(({ place, id, times }): Finding[] => {
    const here = `/triggers/${place}`;
    if (id.length > idMost) {
      return [{ pointer: `${here}/id`, code: "too_large", message: `has at most ${idMost} characters` }];
    }
    if (times.runAt !== null && !Number.isFinite(times.runAt)) {
      return [
        { pointer: `${here}/at`, code: "bad_format", message: "must be a time such as 2026-03-01T12:00:00Z" },
      ];
    }
    if (times.everyMs !== null && times.everyMs < 1000) {
      return [{ pointer: `${here}/every`, code: "out_of_range", message: "must be at least 1s" }];
    }
    return timingFaults(times, now).map(({ pointer, detail }) => ({
      ...{ pointer: `${here}${pointer}`, code: "bad_format" as const, message: detail },
    }));
  });
}

/**
 * What makes the schedules of a workflow those that its definition has as triggers. One that comes at the same times as before goes on where it
 * is, and one that somebody paused stays so. Throws `conflict` when the project has too many.
 */
export async function triggerStatements(
  { database, now, random }: Pick<Ports, "database" | "now" | "random">,
  workflow: { id: string; project: string; name: string; by: string; depth: number },
  definition: Definition,
): Promise<TriggerStatements> {
  const before = await createScheduleStore(database).ofWorkflow(workflow.id);
  const at = now();
  const wanted = timedTriggers(definition);
  const gone = before.filter(({ triggerId }) => !wanted.some(({ id }) => id === triggerId));
  const added = wanted.length - (before.length - gone.length);
  if (added > 0) {
    refuseTooMany((await createScheduleStore(database).count(workflow.project)) - gone.length + added);
  }
  const { orm } = database;
  return [
    ...gone.flatMap(({ id }) => [...removalOfSchedule(database, id, at)]),
    // Two may change their names for each other's.
    ...before
      .filter((row) => wanted.some((one) => one.id === row.triggerId && nameOf(workflow, one) !== row.name))
      .map(({ id }) => orm.update(schedules).set({ name: id }).where(eq(schedules.id, id))),
    ...wanted.flatMap((trigger) => {
      const { id: triggerId, times, settings, inputs, enabled } = trigger;
      const old = before.find((row) => row.triggerId === triggerId);
      const target = { workflow: workflow.name, inputs: inputs as Record<string, never> };
      const isSame = old !== undefined && sameTimes(old, times);
      const paused = pausedOf(old, enabled, at);
      const row: ScheduleRow = {
        ...{ id: old?.id ?? makeId("schedule", at, random(10)), project: workflow.project, target },
        ...{
          name: nameOf(workflow, trigger),
          workflowId: workflow.id,
          triggerId,
          ...times,
          ...settings,
        },
        ...{ enabled: paused === null, paused, createdBy: old?.createdBy ?? workflow.by },
        ...{ createdAt: old?.createdAt ?? at, updatedAt: Math.max(at, (old?.updatedAt ?? 0) + 1) },
        anchor: isSame ? old.anchor : at,
        // A schedule that has been paused begins now, as one with other times does.
        seen: isSame && old.enabled ? old.seen : at,
        nextAt: null,
        depth: Math.max(workflow.depth, isSame ? old.depth : 0),
      };
      row.nextAt = row.enabled ? nextTick(timingOf(row), row.seen) : null;
      const told = tellSchedule(database, row.id, at);
      if (old === undefined) return [orm.insert(schedules).values(row), told];
      // What was seen meanwhile stays seen.
      const { seen: _, nextAt: __, ...others } = row;
      const values = isSame && old.enabled && row.enabled ? others : row;
      return [orm.update(schedules).set(values).where(eq(schedules.id, row.id)), told];
    }),
  ];
}

/** What takes the schedules of a workflow away with it. */
export async function removalOfTriggers(
  { database, now }: Pick<Ports, "database" | "now">,
  workflowId: string,
): Promise<TriggerStatements> {
  const rows = await createScheduleStore(database).ofWorkflow(workflowId);
  return rows.flatMap(({ id }) => [...removalOfSchedule(database, id, now())]);
}

function nameOf(workflow: { name: string }, trigger: { name: string }): string {
  return `${workflow.name}:${trigger.name}`;
}

function sameTimes(
  old: ScheduleRow,
  { cron, everyMs, runAt, timezone }: Pick<ScheduleRow, "cron" | "everyMs" | "runAt" | "timezone">,
): boolean {
  return old.cron === cron && old.everyMs === everyMs && old.runAt === runAt && old.timezone === timezone;
}

function pausedOf(old: ScheduleRow | undefined, enabled: boolean, at: number): ScheduleRow["paused"] {
  const paused = old?.paused ?? null;
  if (!enabled) return paused ?? { reason: "its trigger is not enabled", by: byWorkflow, at };
  return paused?.by === byWorkflow ? null : paused;
}
