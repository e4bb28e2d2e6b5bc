import { type CallbackTry, callbacks } from "@pulse/schema/tables";
import { and, eq } from "drizzle-orm";
import type { Database } from "../../ports.ts";

/** A callback that is due: its execution has ended. */
export interface DueCallback {
  executionId: string;
  project: string;
  url: string;
  attempts: number;
  /** That of the execution; null: it is a part of nothing. */
  traceparent: string | null;
  tries: CallbackTry[];
}

/** What came of a try. */
export interface CallbackState {
  status: "waiting" | "delivered" | "refused" | "failed";
  nextAt: number;
  tries: CallbackTry[];
}

/** The SQL of callbacks: which there are, and which are due. */
export function createCallbackStore({ orm, client }: Database) {
  return {
    /** Keeps a callback before its execution is submitted. */
    async add(row: { executionId: string; project: string; url: string; createdAt: number }): Promise<void> {
      await orm.insert(callbacks).values({ ...row, status: "waiting", nextAt: row.createdAt, tries: [] });
    },
    async drop(executionId: string): Promise<void> {
      await orm.delete(callbacks).where(eq(callbacks.executionId, executionId));
    },
    async of(project: string, executionId: string) {
      const found = and(eq(callbacks.executionId, executionId), eq(callbacks.project, project));
      return await orm.select().from(callbacks).where(found);
    },
    /** Callbacks whose time has come and whose execution has ended, the longest due first. */
    async due(now: number, limit: number): Promise<DueCallback[]> {
      const { rows } = await client.execute({
        sql: `SELECT c.execution_id, c.project, c.url, c.attempts, c.tries,
          json_extract(e.job, '$.traceparent') AS traceparent FROM callbacks AS c
          JOIN executions AS e ON e.id = c.execution_id
          WHERE c.status = 'waiting' AND c.next_at <= ? AND e.ended_at IS NOT NULL ORDER BY c.next_at LIMIT ?`,
        args: [now, limit],
      });
      return rows.map((row) => ({
        executionId: String(row.execution_id),
        project: String(row.project),
        url: String(row.url),
        attempts: Number(row.attempts),
        traceparent: typeof row.traceparent === "string" ? row.traceparent : null,
        // Written by this file alone.
        tries: JSON.parse(String(row.tries)) as CallbackTry[],
      }));
    },
    /** When one is due next, epoch ms; null: none waits. Those of executions that have not ended count as due. */
    async nextAt(): Promise<number | null> {
      const { rows } = await client.execute(
        "SELECT min(next_at) AS at FROM callbacks WHERE status = 'waiting'",
      );
      return rows[0]?.at === null || rows[0]?.at === undefined ? null : Number(rows[0].at);
    },
    /** Takes the next try for oneself until a time; false when another one has it. */
    async claim({ executionId, attempts }: DueCallback, until: number): Promise<boolean> {
      const { rowsAffected } = await client.execute({
        sql: `UPDATE callbacks SET attempts = attempts + 1, next_at = ?
          WHERE execution_id = ? AND attempts = ? AND status = 'waiting'`,
        args: [until, executionId, attempts],
      });
      return rowsAffected > 0;
    },
    async save(executionId: string, state: CallbackState): Promise<void> {
      await orm.update(callbacks).set(state).where(eq(callbacks.executionId, executionId));
    },
    /** Deletes callbacks made before a time whose execution is not there (any more), at most `limit`; returns how many. */
    async dropOrphans(before: number, limit: number): Promise<number> {
      const { rowsAffected } = await client.execute({
        sql: `DELETE FROM callbacks WHERE execution_id IN (SELECT c.execution_id FROM callbacks AS c
          WHERE c.created_at < ? AND NOT EXISTS (SELECT 1 FROM executions AS e WHERE e.id = c.execution_id) LIMIT ?)`,
        args: [before, limit],
      });
      return rowsAffected;
    },
  };
}
