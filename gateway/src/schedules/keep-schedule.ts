import type { Output } from "@pulse/schema/endpoint";
import { makeId } from "@pulse/schema/ids";
import { type FieldProblem, ProblemError } from "@pulse/schema/problem";
import {
  catchupByDefault,
  type changeSchedule,
  type createSchedule,
  type PausedNote,
} from "@pulse/schema/wire/schedules";
import type { Ports } from "../ports.ts";
import { createScheduleStore, type ScheduleRow, timingOf } from "./store.ts";
import { createTickStore } from "./tick-store.ts";
import { cronFault, nextTick, nextTicks, zoneFault } from "./ticks/timing.ts";

type New = Output<typeof createSchedule.body>;
type Change = Output<typeof changeSchedule.body>;
/** What says when a schedule comes. */
export type TimingFields = Pick<ScheduleRow, "cron" | "everyMs" | "runAt" | "timezone">;

/** Schedules of a project, those of triggers too. */
const schedulesMost = 10_000;

/** Throws `conflict` when a project would have more schedules than it may. */
export function refuseTooMany(count: number): void {
  if (count <= schedulesMost) return;
  throw new ProblemError("conflict", `a project has at most ${schedulesMost} schedules`, {
    hint: "Delete those that do not come any more.",
  });
}

/** What is wrong with the times of a schedule. */
export function timingFaults({ cron, everyMs, runAt, timezone }: TimingFields, now: number): FieldProblem[] {
  const given = [cron, everyMs, runAt].filter((one) => one !== null).length;
  if (given !== 1) return [{ pointer: "", detail: "needs one of cron, every and at" }];
  const zone = zoneFault(timezone);
  if (zone !== null) return [{ pointer: "/timezone", detail: zone }];
  const fault = cron === null ? null : cronFault(cron, timezone, now);
  return fault === null ? [] : [{ pointer: "/cron", detail: fault }];
}

/** The times that somebody asks for. Throws `validation_failed` for what means none, or one that is over. */
function timesOf(
  { cron, every, at, timezone }: Pick<New, "cron" | "every" | "at" | "timezone">,
  now: number,
): TimingFields {
  const runAt = at === undefined ? null : Date.parse(at);
  const times = { cron: cron ?? null, everyMs: every ?? null, timezone: timezone ?? "UTC", runAt };
  refuse([...timingFaults(times, now), ...lateFaults(runAt, now)]);
  return times;
}

/** The next times of a schedule that is not made. Throws as `addSchedule` does for its times. */
export function previewOf(
  asked: Pick<New, "cron" | "every" | "at" | "timezone"> & { count: number },
  now: number,
): { timezone: string; items: number[] } {
  const times = timesOf(asked, now);
  const items = nextTicks(timingOf({ ...times, anchor: now }), now, asked.count);
  return { timezone: times.timezone, items };
}

function lateFaults(runAt: number | null, now: number): FieldProblem[] {
  if (runAt === null || runAt > now) return [];
  const detail = `is over already: it is ${new Date(now).toISOString()}`;
  return [{ pointer: "/at", detail }];
}

/** Makes a schedule. Throws `validation_failed`, `name_taken` and `conflict` when there are too many. */
export async function addSchedule(
  ports: Ports,
  project: string,
  by: string,
  asked: New,
  depth = 0,
): Promise<ScheduleRow> {
  const store = createScheduleStore(ports.database);
  const now = ports.now();
  const { name, target, enabled = true, reason = null, overlap = "skip" } = asked;
  const times = timesOf(asked, now);
  refuseTooMany((await store.count(project)) + 1);
  const id = makeId("schedule", now, ports.random(10));
  const row: ScheduleRow = {
    ...{ id, project, name, ...times, target, overlap, anchor: now, seen: now },
    ...{ catchupMs: asked.catchup ?? catchupByDefault, jitterMs: asked.jitter ?? 0 },
    ...{ enabled, paused: enabled ? null : { reason, by, at: now }, nextAt: null, depth },
    ...{ workflowId: null, triggerId: null, createdBy: by, createdAt: now, updatedAt: now },
  };
  row.nextAt = enabled ? nextTick(timingOf(row), now) : null;
  if (!(await store.insert(row))) {
    throw new ProblemError("name_taken", `there is a schedule "${name}" already`);
  }
  return row;
}

/**
 * Changes, pauses or resumes a schedule. Throws `validation_failed`, and `conflict` for what only its workflow may change and when it was
 * changed by somebody else meanwhile.
 */
export async function alterSchedule(
  ports: Ports,
  row: ScheduleRow,
  by: string,
  change: Change,
  depth = 0,
): Promise<ScheduleRow> {
  const { enabled = row.enabled, reason, cron, every, at, ...settings } = change;
  if (row.workflowId !== null && Object.keys({ ...settings, ...defined({ cron, every, at }) }).length > 0) {
    const detail = `the schedule "${row.name}" is a trigger of a workflow: change it there; here it is paused and resumed`;
    throw new ProblemError("conflict", detail);
  }
  const now = ports.now();
  const isOtherTime = [cron, every, at].some((one) => one !== undefined);
  const times = isOtherTime
    ? {
        cron: cron ?? null,
        everyMs: every ?? null,
        runAt: at === undefined ? null : Date.parse(at),
        anchor: now,
      }
    : {};
  const { timezone, overlap, target, catchup, jitter } = settings;
  const next: ScheduleRow = {
    ...row,
    ...times,
    ...defined({ timezone, overlap, target, catchupMs: catchup, jitterMs: jitter }),
    ...{ enabled, updatedAt: Math.max(now, row.updatedAt + 1), depth: Math.max(row.depth, depth) },
    paused: pausedNote(row, enabled, { reason: reason ?? null, by, at: now }),
  };
  refuse([...timingFaults(next, now), ...(at === undefined ? [] : lateFaults(next.runAt, now))]);
  const isMoved =
    isOtherTime || (timezone !== undefined && timezone !== row.timezone) || enabled !== row.enabled;
  const { seen: _, nextAt: __, ...settled } = next;
  const written = await createScheduleStore(ports.database).change(
    row,
    isMoved ? begun(next, now) : settled,
    now,
  );
  if (written === null) {
    const detail = `the schedule "${row.name}" was changed meanwhile; look at it and try again`;
    throw new ProblemError("conflict", detail);
  }
  if (!row.enabled && enabled && row.paused !== null) await listPaused(ports, row, row.paused, now);
  return written;
}

/** A schedule that comes at other times, or again, begins now. */
function begun(row: ScheduleRow, now: number): ScheduleRow {
  return { ...row, seen: now, nextAt: row.enabled ? nextTick(timingOf(row), now) : null };
}

/** What a schedule did not do while it was paused is listed as missed. */
async function listPaused(
  ports: Ports,
  row: ScheduleRow,
  { at: since, reason }: PausedNote,
  now: number,
): Promise<void> {
  const first = nextTick(timingOf(row), Math.max(since, row.seen));
  if (first === null || first > now) return;
  const second = nextTick(timingOf(row), first);
  const tick = {
    ...{ id: makeId("tick", first, ports.random(10)), project: row.project, scheduleId: row.id, at: first },
    ...{ until: second === null || second > now ? null : now, status: "missed" as const, nextAt: now },
    reason: reason === null ? "the schedule was paused" : `the schedule was paused: ${reason}`,
  };
  await createTickStore(ports.database).add(tick, now);
}

function pausedNote(row: ScheduleRow, enabled: boolean, note: PausedNote): PausedNote | null {
  if (enabled) return null;
  // Since when it is paused stays.
  return row.paused === null
    ? note
    : { ...row.paused, ...(note.reason === null ? {} : { reason: note.reason, by: note.by }) };
}

function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function refuse(errors: FieldProblem[]): void {
  const [first] = errors;
  if (first === undefined) return;
  throw new ProblemError("validation_failed", `${first.pointer || "the schedule"}: ${first.detail}`, {
    errors,
  });
}
