import type { InArgs } from "@libsql/client";
import { executions, facts, payloads } from "@pulse/schema/tables";
import { and, eq, inArray, sql } from "drizzle-orm";
import type { Database } from "../ports.ts";
import type { Viewer } from "../workflows/seen-by.ts";
import { within } from "./find/where.ts";

/** The columns of an execution that are shown; large ones are left out. */
export const shown = {
  id: executions.id,
  kind: executions.kind,
  status: executions.status,
  reason: executions.reason,
  name: executions.name,
  version: executions.version,
  attempt: executions.attempt,
  retriesUsed: executions.retriesUsed,
  losses: executions.losses,
  trigger: executions.trigger,
  parentId: executions.parentId,
  runnerName: executions.runnerName,
  runAt: executions.runAt,
  createdAt: executions.createdAt,
  startedAt: executions.startedAt,
  endedAt: executions.endedAt,
  timing: executions.timing,
  httpStatus: executions.httpStatus,
  error: executions.error,
  late: executions.late,
  truncated: executions.truncated,
};

/** What only one execution at a time is asked for. */
const withNeeds = {
  ...shown,
  earlier: executions.earlier,
  pool: executions.pool,
  runnerId: executions.runnerId,
  delivery: executions.delivery,
  onLost: sql<string | null>`json_extract(${executions.job}, '$.spec.settings.onLost')`,
  route: executions.route,
  capKey: executions.capKey,
  capMax: executions.capMax,
};

const withResponse = {
  ...shown,
  responseHeaders: executions.responseHeaders,
  responseAt: executions.responseAt,
  responseBytes: executions.responseBytes,
  responseBody: executions.responseBody,
};

/** The fact that says up to which id stored bodies were looked at. */
const lookedFact = "payloads looked at";

/** Where a page of a list ends. */
export interface Position {
  createdAt: number;
  id: string;
}

/** One stored log chunk. */
export interface LogChunk {
  fence: number;
  firstSeq: number;
  lastSeq: number;
  attempt: number;
  data: Uint8Array<ArrayBuffer>;
}

/** A row as lists and views show it. */
export type ShownExecution = Awaited<ReturnType<ExecutionStore["some"]>>[number];
/** A row as it is shown alone, with what it needs of a runner. */
export type OneExecution = NonNullable<Awaited<ReturnType<ExecutionStore["get"]>>>;
/** A row with its stored response. */
export type ResultRow = NonNullable<Awaited<ReturnType<ExecutionStore["result"]>>>;
/** The SQL of executions as far as they are read, and of the request bodies that calls keep. */
export type ExecutionStore = ReturnType<typeof createExecutionStore>;

/** Makes the store over a database. */
export function createExecutionStore({ orm, client }: Database) {
  return {
    /** Keeps a request body before its execution is submitted. */
    async keepRequest(project: string, id: string, body: Uint8Array): Promise<void> {
      await client.execute({
        sql: "INSERT INTO payloads (project, execution_id, part, body, bytes) VALUES (?, ?, 'request', ?, ?)",
        args: [project, id, body, body.length],
      });
    },
    async dropRequest(id: string): Promise<void> {
      await client.execute({
        sql: "DELETE FROM payloads WHERE execution_id = ? AND part = 'request'",
        args: [id],
      });
    },
    /** Deletes the bodies without an execution among the next `limit` ids before `until`; returns how many ids it looked at. */
    async dropOrphans(until: string, limit: number): Promise<number> {
      const [known] = await orm.select().from(facts).where(eq(facts.name, lookedFact));
      const after = known?.value ?? "";
      const { rows } = await client.execute({
        sql: `SELECT DISTINCT execution_id AS id FROM payloads WHERE execution_id > ? AND execution_id < ?
              ORDER BY execution_id LIMIT ?`,
        args: [after, until, limit],
      });
      const ids = rows.map((row) => String(row.id));
      const last = ids.at(-1);
      if (last === undefined) return 0;
      await client.batch(
        [
          {
            sql: `DELETE FROM payloads WHERE execution_id IN (SELECT value FROM json_each(?))
                  AND NOT EXISTS (SELECT 1 FROM executions AS e WHERE e.id = payloads.execution_id)`,
            args: [JSON.stringify(ids)],
          },
          {
            sql: "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            args: [lookedFact, last],
          },
        ],
        "write",
      );
      return ids.length;
    },
    /** Deletes idempotency keys that expired before a time, at most `limit`; returns how many. */
    async forgetIdempotency(before: number, limit: number): Promise<number> {
      const { rowsAffected } = await client.execute({
        sql: `DELETE FROM idempotency WHERE rowid IN (
              SELECT rowid FROM idempotency WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`,
        args: [before, limit],
      });
      return rowsAffected;
    },
    /** Whether an idempotency key stands for an execution. */
    async isKeyTaken(project: string, scope: string, key: string, now: number): Promise<boolean> {
      const { rows } = await client.execute({
        sql: "SELECT 1 FROM idempotency WHERE project = ? AND scope = ? AND key = ? AND expires_at > ?",
        args: [project, scope, key, now],
      });
      return rows.length > 0;
    },
    /** A stored body, or null. */
    async payload(id: string, part: "request" | "response"): Promise<Uint8Array<ArrayBuffer> | null> {
      const [row] = await orm
        .select({ body: payloads.body })
        .from(payloads)
        .where(and(eq(payloads.executionId, id), eq(payloads.part, part)));
      return row === undefined ? null : new Uint8Array(row.body);
    },

    /** The executions of these ids. */
    async some(viewer: Viewer, ids: readonly string[]) {
      return await orm
        .select(shown)
        .from(executions)
        .where(and(inArray(executions.id, [...ids]), ...within(viewer)));
    },
    /** One execution as shown, or null. */
    async get(viewer: Viewer, id: string) {
      const [row] = await orm
        .select(withNeeds)
        .from(executions)
        .where(and(eq(executions.id, id), ...within(viewer)));
      return row ?? null;
    },
    /** One execution with its stored response, or null. */
    async result(viewer: Viewer, id: string) {
      const [row] = await orm
        .select(withResponse)
        .from(executions)
        .where(and(eq(executions.id, id), ...within(viewer)));
      return row ?? null;
    },
    /** The job of an execution as it was made, or null. */
    async job(viewer: Viewer, id: string) {
      const [row] = await orm
        .select({ kind: executions.kind, name: executions.name, job: executions.job })
        .from(executions)
        .where(and(eq(executions.id, id), ...within(viewer)));
      return row ?? null;
    },
    /** Status and version number of an execution and where its response is kept, or null. */
    async kept(id: string) {
      const [row] = await orm
        .select({ status: executions.status, version: executions.version, responseAt: executions.responseAt })
        .from(executions)
        .where(eq(executions.id, id));
      return row ?? null;
    },

    /** The next log chunks of an execution that hold lines after `fence.seq`, in order of all its attempts. */
    async logChunks(id: string, after: { fence: number; seq: number }, limit: number): Promise<LogChunk[]> {
      const args: InArgs = [id, after.fence, after.fence, after.seq, limit];
      const { rows } = await client.execute({
        sql: `SELECT fence, first_seq, last_seq, attempt, data FROM log_chunks
              WHERE execution_id = ? AND (fence > ? OR (fence = ? AND last_seq > ?))
              ORDER BY fence, first_seq LIMIT ?`,
        args,
      });
      return rows.map((row) => ({
        fence: Number(row.fence),
        firstSeq: Number(row.first_seq),
        lastSeq: Number(row.last_seq),
        attempt: Number(row.attempt),
        data: row.data instanceof ArrayBuffer ? new Uint8Array(row.data) : new Uint8Array(),
      }));
    },
  };
}
