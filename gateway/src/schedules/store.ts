import type { InStatement } from "@libsql/client";
import { schedules, scheduleTicks, workflows } from "@pulse/schema/tables";
import { and, asc, count, eq, getTableColumns, gt, inArray, isNotNull, lte, or } from "drizzle-orm";
import { goneSubject, telling } from "../events/telling.ts";
import type { Database } from "../ports.ts";
import { projectOf, targetSeenBy, type Viewer } from "../workflows/seen-by.ts";
import type { Timing } from "./ticks/timing.ts";

export type ScheduleRow = typeof schedules.$inferSelect;
/** A schedule with the name of the workflow whose trigger it is. */
export type ListedSchedule = ScheduleRow & { workflow: string | null };

/** A clock that stands so far before what was seen has gone back. */
const wentBackMs = 3_600_000;

/** What says when a schedule comes, and when it began. */
export type TimedRow = Pick<ScheduleRow, "cron" | "everyMs" | "runAt" | "anchor" | "timezone">;

/** When a schedule's ticks are. */
export function timingOf({ cron, everyMs, runAt, anchor, timezone }: TimedRow): Timing {
  if (cron !== null) return { kind: "cron", cron, timezone };
  if (everyMs !== null) return { kind: "every", everyMs, anchor };
  return { kind: "at", at: runAt ?? 0 };
}

/** The SQL of schedules: their only writer, but for what `triggers.ts` writes with a workflow. */
export function createScheduleStore({ orm }: Database) {
  const listed = { ...getTableColumns(schedules), workflow: workflows.name };
  const rows = () =>
    orm.select(listed).from(schedules).leftJoin(workflows, eq(workflows.id, schedules.workflowId)).$dynamic();
  const seen = (viewer: Viewer) =>
    and(eq(schedules.project, projectOf(viewer)), targetSeenBy(viewer, schedules.target));
  const within = (project: string | null) => (project === null ? undefined : eq(schedules.project, project));
  return {
    async byId(id: string): Promise<ScheduleRow | null> {
      const [row] = await orm.select().from(schedules).where(eq(schedules.id, id));
      return row ?? null;
    },
    /** One that somebody sees, by its id or its name. */
    async find(viewer: Viewer, which: string): Promise<ListedSchedule | null> {
      const named = or(eq(schedules.id, which), eq(schedules.name, which));
      const found = await rows().where(and(seen(viewer), named));
      return found.find(({ id }) => id === which) ?? found[0] ?? null;
    },
    async list(viewer: Viewer, after: string | null, limit: number): Promise<ListedSchedule[]> {
      const mine = and(seen(viewer), gt(schedules.name, after ?? ""));
      return await rows().where(mine).orderBy(asc(schedules.name)).limit(limit);
    },
    /** Those of these that somebody sees. */
    async some(viewer: Viewer, ids: readonly string[]): Promise<ListedSchedule[]> {
      return await rows().where(and(seen(viewer), inArray(schedules.id, [...ids])));
    },
    async ofWorkflow(workflowId: string): Promise<ScheduleRow[]> {
      return await orm.select().from(schedules).where(eq(schedules.workflowId, workflowId));
    },
    async count(project: string): Promise<number> {
      const [row] = await orm.select({ n: count() }).from(schedules).where(eq(schedules.project, project));
      return row?.n ?? 0;
    },
    /** False when the name is taken. */
    async insert(row: typeof schedules.$inferInsert): Promise<boolean> {
      const added = orm.insert(schedules).values(row).onConflictDoNothing().returning({ id: schedules.id });
      const told = tellSchedule({ orm }, row.id, row.createdAt);
      return (await orm.batch([added, told]))[0].length > 0;
    },
    /** Changes a schedule that nobody has changed since it was read; null: somebody has. That ticks have come meanwhile is no change. */
    async change(
      { id, updatedAt }: ScheduleRow,
      values: Partial<typeof schedules.$inferInsert>,
      now: number,
    ): Promise<ScheduleRow | null> {
      const same = and(eq(schedules.id, id), eq(schedules.updatedAt, updatedAt));
      const changed = orm.update(schedules).set(values).where(same).returning();
      const [[row]] = await orm.batch([changed, tellSchedule({ orm }, id, now)]);
      return row ?? null;
    },
    async remove(id: string, now: number): Promise<void> {
      await orm.batch(removalOfSchedule({ orm }, id, now));
    },
    /** Schedules with a tick whose time has come, or that have looked further than the clock now stands. */
    async due(project: string | null, now: number, limit: number): Promise<ScheduleRow[]> {
      const ahead = and(eq(schedules.enabled, true), gt(schedules.seen, now + wentBackMs));
      return await orm
        .select()
        .from(schedules)
        .where(and(within(project), or(lte(schedules.nextAt, now), ahead)))
        .orderBy(asc(schedules.nextAt))
        .limit(limit);
    },
    /** Schedules with a tick in a time to come, the nearest first. */
    async ahead(project: string | null, from: number, to: number, limit: number): Promise<ScheduleRow[]> {
      return await orm
        .select()
        .from(schedules)
        .where(and(within(project), gt(schedules.nextAt, from), lte(schedules.nextAt, to)))
        .orderBy(asc(schedules.nextAt))
        .limit(limit);
    },
    /** The next tick after a time, epoch ms; null: none comes. */
    async nextAfter(project: string | null, after: number): Promise<number | null> {
      const [row] = await orm
        .select({ at: schedules.nextAt })
        .from(schedules)
        .where(and(within(project), isNotNull(schedules.nextAt), gt(schedules.nextAt, after)))
        .orderBy(asc(schedules.nextAt))
        .limit(1);
      return row?.at ?? null;
    },
  };
}

/** Tells of a schedule, behind what changes it. */
export function tellSchedule(database: Pick<Database, "orm">, id: string, at: number) {
  return telling(database, "schedules", schedules, eq(schedules.id, id), at);
}

/** What takes a schedule away, and tells that it is gone. */
export function removalOfSchedule(database: Pick<Database, "orm">, id: string, at: number) {
  const { orm } = database;
  const mine = eq(schedules.id, id);
  return [
    telling(database, "schedules", schedules, mine, at, goneSubject(schedules.id, schedules.target)),
    orm.delete(scheduleTicks).where(eq(scheduleTicks.scheduleId, id)),
    orm.delete(schedules).where(mine),
  ] as const;
}

/** A tick to be written when its time has come. */
export interface NewTick {
  id: string;
  at: number;
  until: number | null;
  count: number | null;
  status: "waiting" | "missed";
  reason: string | null;
  /** Given where a workflow is to be started. */
  executionId: string | null;
  nextAt: number;
}

/** Writes what has come of a schedule, unless another one did so first or it was changed meanwhile. */
export function seenStatements(
  row: ScheduleRow,
  to: { seen: number; nextAt: number | null },
  ticks: readonly NewTick[],
  now: number,
): InStatement[] {
  const { id, project, seen, updatedAt } = row;
  const target = JSON.stringify(row.target);
  return [
    {
      sql: "UPDATE schedules SET seen = ?, next_at = ? WHERE id = ? AND seen = ? AND updated_at = ? AND enabled = 1",
      args: [to.seen, to.nextAt, id, seen, updatedAt],
    },
    ...ticks.map((tick) => ({
      sql: `INSERT INTO schedule_ticks (id, project, schedule_id, at, until, count, status, reason, execution_id, target, next_at)
        SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE EXISTS
          (SELECT 1 FROM schedules WHERE id = ? AND seen = ? AND updated_at = ? AND enabled = 1)
        ON CONFLICT DO NOTHING`,
      args: [
        ...[tick.id, project, id, tick.at, tick.until, tick.count, tick.status, tick.reason],
        ...[tick.executionId, tick.status === "waiting" ? target : null, tick.nextAt, id, to.seen, updatedAt],
      ],
    })),
    {
      sql: "INSERT INTO events (project, topic, subject, at) SELECT project, 'schedules', id, ? FROM schedules WHERE id = ? AND seen = ?",
      args: [now, id, to.seen],
    },
    ...ticks.map((tick) => ({
      sql: "INSERT INTO events (project, topic, subject, at) SELECT project, 'ticks', id, ? FROM schedule_ticks WHERE id = ?",
      args: [now, tick.id],
    })),
  ];
}
