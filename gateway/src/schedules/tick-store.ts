import { executions, schedules, scheduleTicks as ticks } from "@pulse/schema/tables";
import type { TickStatus } from "@pulse/schema/wire/schedules";
import { and, asc, count, desc, eq, getTableColumns, gt, inArray, lt, lte, or, sql } from "drizzle-orm";
import { telling } from "../events/telling.ts";
import type { Database } from "../ports.ts";
import { projectOf, seenBy, targetSeenBy, type Viewer } from "../workflows/seen-by.ts";
import type { Around } from "./ticks/overlap.ts";

export type TickRow = typeof ticks.$inferSelect;
/** A tick with how its execution stands. */
export type ListedTick = TickRow & { executionStatus: string | null };

/** As the indexes have it, so that old ticks are not read. */
const isWaiting = sql`${ticks.status} IN ('waiting', 'buffered', 'starting')`;
const isLive = "(is_open = 1 OR schedule_ticks.status IN ('waiting', 'buffered', 'starting'))";
const isRunning = `EXISTS (SELECT 1 FROM schedule_ticks AS o WHERE o.schedule_id = schedule_ticks.schedule_id AND o.id <> schedule_ticks.id
  AND (o.is_open = 1 OR o.status IN ('waiting', 'buffered', 'starting')) AND (o.is_open = 1 OR o.status = 'starting'))`;

/** The SQL of ticks: their only writer, but for how they begin. */
export function createTickStore({ orm, client }: Database) {
  const listed = { ...getTableColumns(ticks), executionStatus: executions.status };
  const told = (id: string, at: number) => telling({ orm }, "ticks", ticks, eq(ticks.id, id), at);
  return {
    /** Writes a tick, unless its schedule is gone: nobody would ever see to it. */
    async add(row: typeof ticks.$inferInsert, now: number): Promise<void> {
      const isGone = sql`NOT EXISTS (SELECT 1 FROM ${schedules} WHERE ${schedules.id} = ${row.scheduleId})`;
      await orm.batch([
        orm.insert(ticks).values(row).onConflictDoNothing(),
        orm.delete(ticks).where(and(eq(ticks.id, row.id), isGone)),
        told(row.id, now),
      ]);
    },
    /** How many ticks of a schedule wait or are being started. */
    async waiting(scheduleId: string): Promise<number> {
      const mine = and(eq(ticks.scheduleId, scheduleId), isWaiting);
      const [row] = await orm.select({ n: count() }).from(ticks).where(mine);
      return row?.n ?? 0;
    },
    /** Ticks of a schedule, but for those that started what somebody does not see. */
    async list(
      viewer: Viewer,
      scheduleId: string,
      status: TickStatus | undefined,
      after: { at: number; id: string } | null,
      limit: number,
    ): Promise<ListedTick[]> {
      const place =
        after === null
          ? undefined
          : or(lt(ticks.at, after.at), and(eq(ticks.at, after.at), lt(ticks.id, after.id)));
      return await orm
        .select(listed)
        .from(ticks)
        .leftJoin(executions, eq(executions.id, ticks.executionId))
        .where(
          and(eq(ticks.scheduleId, scheduleId), status && eq(ticks.status, status), place, seenBy(viewer)),
        )
        .orderBy(desc(ticks.at), desc(ticks.id))
        .limit(limit);
    },
    /** Those of these that somebody sees. */
    async some(viewer: Viewer, ids: readonly string[]): Promise<ListedTick[]> {
      return await orm
        .select(listed)
        .from(ticks)
        .innerJoin(schedules, eq(schedules.id, ticks.scheduleId))
        .leftJoin(executions, eq(executions.id, ticks.executionId))
        .where(
          and(
            ...[eq(ticks.project, projectOf(viewer)), inArray(ticks.id, [...ids])],
            ...[targetSeenBy(viewer, schedules.target), seenBy(viewer)],
          ),
        );
    },
    async shown(id: string): Promise<ListedTick | null> {
      const [row] = await orm
        .select(listed)
        .from(ticks)
        .leftJoin(executions, eq(executions.id, ticks.executionId))
        .where(eq(ticks.id, id));
      return row ?? null;
    },
    /** Ticks that somebody has to see to now, with their schedules, in their order. */
    async due(project: string | null, now: number, limit: number) {
      const mine = project === null ? undefined : eq(ticks.project, project);
      return await orm
        .select({ tick: getTableColumns(ticks), schedule: getTableColumns(schedules) })
        .from(ticks)
        .innerJoin(schedules, eq(schedules.id, ticks.scheduleId))
        .where(and(mine, isWaiting, lte(ticks.nextAt, now)))
        .orderBy(asc(ticks.at), asc(ticks.id))
        .limit(limit);
    },
    /** When somebody has to see to one next, epoch ms; null: none waits. */
    async nextAt(project: string | null): Promise<number | null> {
      const [row] = await orm
        .select({ at: ticks.nextAt })
        .from(ticks)
        .where(and(project === null ? undefined : eq(ticks.project, project), isWaiting, gt(ticks.nextAt, 0)))
        .orderBy(asc(ticks.nextAt))
        .limit(1);
      return row?.at ?? null;
    },
    /** How things are around a tick, after a look at which executions have ended. */
    async around({ id, scheduleId, at, status }: TickRow): Promise<Around> {
      const sum = (what: string) => `coalesce(sum(id <> ? AND ${what}), 0)`;
      const results = await client.batch(
        [
          {
            sql: `UPDATE schedule_ticks SET is_open = 0 WHERE schedule_id = ? AND ${isLive} AND is_open = 1 AND NOT EXISTS
              (SELECT 1 FROM executions AS e WHERE e.id = execution_id AND e.ended_at IS NULL)`,
            args: [scheduleId],
          },
          {
            sql: `SELECT ${sum("(is_open = 1 OR status = 'starting')")} AS running,
                ${sum("status = 'buffered' AND (at, id) < (?, ?)")} AS before,
                ${sum("status = 'buffered' AND (at, id) > (?, ?)")} AS after
              FROM schedule_ticks WHERE schedule_id = ? AND ${isLive}`,
            args: [id, id, at, id, id, at, id, scheduleId],
          },
        ],
        "write",
      );
      const row = results[1]?.rows[0];
      const of = (value: unknown) => Number(value ?? 0);
      return {
        isBuffered: status === "buffered",
        ...{ running: of(row?.running), before: of(row?.before), after: of(row?.after) },
      };
    },
    /** Takes the start of a tick for oneself until a time; false when another one has it, its schedule is paused or gone, or, unless `beside`, another execution runs. */
    async claim({ id, tries }: TickRow, until: number, beside: boolean): Promise<boolean> {
      const { rowsAffected } = await client.execute({
        sql: `UPDATE schedule_ticks SET status = 'starting', tries = tries + 1, next_at = ?
          WHERE id = ? AND tries = ? AND status IN ('waiting', 'buffered', 'starting')
            AND ("by" IS NOT NULL OR status = 'starting' OR EXISTS (SELECT 1 FROM schedules AS s WHERE s.id = schedule_id AND s.enabled = 1))${beside ? "" : ` AND NOT ${isRunning}`}`,
        args: [until, id, tries],
      });
      return rowsAffected > 0;
    },
    /** Writes what becomes of a tick that is still as it was read. */
    async settle(
      { id, tries, status }: Pick<TickRow, "id" | "tries" | "status">,
      values: Partial<typeof ticks.$inferInsert>,
      now: number,
    ): Promise<boolean> {
      const same = and(eq(ticks.id, id), eq(ticks.tries, tries), eq(ticks.status, status));
      const isOver = values.status !== undefined && values.status !== "buffered";
      const written = isOver ? { ...values, target: null } : values;
      const settled = orm.update(ticks).set(written).where(same).returning({ id: ticks.id });
      return (await orm.batch([settled, told(id, now)]))[0].length > 0;
    },
    /** Passes over everything that waits behind a running execution, but for one tick. */
    async dropBuffered({ id, scheduleId }: TickRow, reason: string, now: number): Promise<void> {
      const which = `schedule_id = ? AND ${isLive} AND id <> ? AND status = 'buffered'`;
      await client.batch(
        [
          {
            sql: `INSERT INTO events (project, topic, subject, at) SELECT project, 'ticks', id, ? FROM schedule_ticks WHERE ${which}`,
            args: [now, scheduleId, id],
          },
          {
            sql: `UPDATE schedule_ticks SET status = 'skipped', reason = ?, target = NULL WHERE ${which}`,
            args: [reason, scheduleId, id],
          },
        ],
        "write",
      );
    },
    /** Executions of a schedule that had not ended when somebody looked last. */
    async running(scheduleId: string): Promise<{ id: string; isRun: boolean }[]> {
      const { rows } = await client.execute({
        sql: `SELECT e.id, e.kind FROM schedule_ticks JOIN executions AS e ON e.id = execution_id
          WHERE schedule_id = ? AND ${isLive} AND is_open = 1`,
        args: [scheduleId],
      });
      return rows.map((row) => ({ id: String(row.id), isRun: row.kind === "workflow" }));
    },
    /** Whether the execution that a tick has an id for is there. */
    async hasRun(executionId: string): Promise<boolean> {
      const which = eq(executions.id, executionId);
      return (await orm.select({ id: executions.id }).from(executions).where(which)).length > 0;
    },
    /** Deletes ticks that are older than their project keeps executions; returns how many, at most `limit`. */
    async dropOld(now: number, keptMs: number, limit: number): Promise<number> {
      const { rowsAffected } = await client.execute({
        sql: `DELETE FROM schedule_ticks WHERE id IN (SELECT t.id FROM schedule_ticks AS t
          LEFT JOIN retention AS r ON r.project = t.project
          WHERE t.at < ? - min(?, coalesce((SELECT min(executions_ms) FROM retention), ?))
            AND t.status NOT IN ('waiting', 'buffered', 'starting') AND t.at < ? - coalesce(r.executions_ms, ?)
            AND NOT EXISTS (SELECT 1 FROM executions AS e WHERE e.id = t.execution_id AND e.ended_at IS NULL)
          ORDER BY t.at LIMIT ?)`,
        args: [now, keptMs, keptMs, now, keptMs, limit],
      });
      return rowsAffected;
    },
  };
}
