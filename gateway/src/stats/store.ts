import { neverRan } from "@pulse/schema/duration-class";
import type { ExecutionStatus } from "@pulse/schema/status";
import { executions } from "@pulse/schema/tables";
import { sql } from "drizzle-orm";
import type { Database } from "../ports.ts";
import { projectOf, seenBy, type Viewer } from "../workflows/seen-by.ts";
import type { ClassCount } from "./percentiles.ts";

/** The time that is looked at, epoch milliseconds; `to` does not belong to it. */
export interface Span {
  from: number;
  to: number;
  stepMs: number;
}

/** Calls of a function that ended in one step. */
export interface StepCount {
  name: string;
  step: number;
  ok: number;
  failed: number;
}

/** The newest call of a function, or run of a workflow. */
export interface LastRun {
  name: string;
  id: string;
  at: number;
  status: ExecutionStatus;
}

/** The SQL of statistics: what was counted as calls ended, and the newest call of each function. */
export function createStatsStore({ client, orm }: Database) {
  return {
    /** The first functions of a project by name. */
    async names(project: string, limit: number): Promise<string[]> {
      const { rows } = await client.execute({
        sql: "SELECT name FROM functions WHERE project = ? ORDER BY name LIMIT ?",
        args: [project, limit],
      });
      return rows.map((row) => String(row.name));
    },
    async steps(project: string, names: readonly string[], { from, to, stepMs }: Span): Promise<StepCount[]> {
      const { rows } = await client.execute({
        sql: `SELECT name, CAST((at - ?) / ? AS INTEGER) AS step, sum(ok) AS ok, sum(failed) AS failed FROM rollups
          WHERE project = ? AND at >= ? AND at < ? AND name IN (SELECT value FROM json_each(?)) GROUP BY name, step`,
        args: [from, stepMs, project, from, to, JSON.stringify(names)],
      });
      return rows.map((row) => ({
        name: String(row.name),
        step: Number(row.step),
        ok: Number(row.ok),
        failed: Number(row.failed),
      }));
    },
    /** How long the code ran, where it ran. */
    async classes(
      project: string,
      names: readonly string[],
      { from, to }: Span,
    ): Promise<(ClassCount & { name: string })[]> {
      const { rows } = await client.execute({
        sql: `SELECT name, duration_class, sum(ok + failed) AS calls FROM rollups
          WHERE project = ? AND at >= ? AND at < ? AND duration_class > ? AND name IN (SELECT value FROM json_each(?))
          GROUP BY name, duration_class`,
        args: [project, from, to, neverRan, JSON.stringify(names)],
      });
      return rows.map((row) => ({
        name: String(row.name),
        durationClass: Number(row.duration_class),
        calls: Number(row.calls),
      }));
    },
    /** The newest call of each function, or run of each workflow, that somebody sees; one look into the index for each name where nothing is hidden. */
    async lastRuns(
      viewer: Viewer,
      names: readonly string[],
      kind: "function" | "workflow" = "function",
    ): Promise<LastRun[]> {
      const rows = await orm.all<{ name: string; id: string; created_at: number; status: string }>(
        sql`SELECT n.value AS name, e.id, e.created_at, e.status FROM json_each(${JSON.stringify(names)}) AS n JOIN executions AS e ON e.id = (
            SELECT ${executions.id} FROM ${executions} WHERE ${executions.project} = ${projectOf(viewer)} AND ${executions.name} = n.value
              AND ${executions.kind} = ${kind} AND ${executions.triggerType} <> 'draft' AND ${seenBy(viewer) ?? sql`1`}
            ORDER BY ${executions.createdAt} DESC LIMIT 1)`,
      );
      return rows.map((row) => ({
        name: String(row.name),
        id: String(row.id),
        at: Number(row.created_at),
        status: row.status as ExecutionStatus,
      }));
    },
    /** The newest time before another one whose counts are of a quarter of an hour only; null: there is none. */
    async newestFine(before: number, coarseMs: number): Promise<number | null> {
      const { rows } = await client.execute({
        sql: "SELECT at FROM rollups WHERE at < ? AND at % ? <> 0 ORDER BY at DESC LIMIT 1",
        args: [before, coarseMs],
      });
      return rows[0] === undefined ? null : Number(rows[0].at);
    },
    /** Adds what was counted at one time to what was counted at another one. */
    async add(at: number, to: number): Promise<void> {
      await client.batch(
        [
          {
            sql: `INSERT INTO rollups (project, at, name, duration_class, ok, failed, last_at)
              SELECT project, CAST(? AS INTEGER), name, duration_class, ok, failed, last_at FROM rollups WHERE at = ?
              ON CONFLICT DO UPDATE SET ok = ok + excluded.ok, failed = failed + excluded.failed, last_at = max(last_at, excluded.last_at)`,
            args: [to, at],
          },
          { sql: "DELETE FROM rollups WHERE at = ?", args: [at] },
        ],
        "write",
      );
    },
    /** Deletes what was counted before a time, at most `limit` rows; returns how many. */
    async forget(before: number, limit: number): Promise<number> {
      const { rowsAffected } = await client.execute({
        sql: "DELETE FROM rollups WHERE rowid IN (SELECT rowid FROM rollups WHERE at < ? LIMIT ?)",
        args: [before, limit],
      });
      return rowsAffected;
    },
  };
}
