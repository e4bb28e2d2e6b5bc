import { liveStatuses } from "@pulse/schema/status";
import { retention } from "@pulse/schema/tables";
import type { Retention } from "@pulse/schema/wire/retention";
import { eq, sql } from "drizzle-orm";
import type { Database } from "../ports.ts";
import type { Aged } from "./due.ts";

/** Where a walk through a project's executions stands, oldest first. */
export interface Place {
  createdAt: number;
  id: string;
}

/** An execution that a walk came by, with the bytes of what it may lose. */
export interface Walked extends Aged {
  bytes: number;
}

/** What a walk reads the bytes of. */
export type Part = "nothing" | "log" | "bodies" | "row";

/** The start of every walk. */
export const beginning: Place = { createdAt: 0, id: "" };

// The length of a column is in the head of its row: but for a body within a job, none of these reads what it measures.
const storedBodies = "coalesce((SELECT sum(octet_length(body)) FROM payloads WHERE execution_id = e.id), 0)";
const bytesOf: Record<Part, string> = {
  nothing: "0",
  log: "coalesce((SELECT sum(octet_length(data)) FROM log_chunks WHERE execution_id = e.id), 0)",
  bodies: `coalesce(octet_length(e.response_body), 0) + coalesce(octet_length(e.job ->> '$.spec.body.base64'), 0)
    + ${storedBodies}`,
  row: `octet_length(e.job) + coalesce(octet_length(e.response_body), 0) + ${storedBodies}`,
};

/** What a run of a workflow has besides its execution. */
const ofRuns = [
  "workflow_events",
  "workflow_snapshots",
  "workflow_timers",
  "workflow_children",
  "workflow_slots",
  "workflow_calls",
  "workflow_awaits",
  "prompts",
  "workflow_runs",
];

const isAwaited = `CASE
  WHEN e.parent_id IS NOT NULL THEN EXISTS (SELECT 1 FROM executions AS p WHERE p.id = e.parent_id AND p.ended_at IS NULL)
  WHEN e.kind = 'build' THEN EXISTS (SELECT 1 FROM versions AS v WHERE v.build_execution = e.id AND v.status = 'building')
  ELSE 0 END`;

/** The fact that says how far a walk of a project came. */
const placeFact = (walk: "logs" | "payloads", project: string) => `${walk} forgotten: ${project}`;

const keepPlace = (walk: "logs" | "payloads", project: string, { createdAt, id }: Place) => ({
  sql: "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  args: [placeFact(walk, project), `${createdAt} ${id}`],
});

const inList = (ids: readonly (string | number)[]) => [JSON.stringify(ids)];

/**
 * The SQL of how long things are kept, and of deleting them. It is the one place besides the dispatcher's store that writes `executions`: only
 * rows that have ended, which nobody writes any more, and each statement says so again.
 */
export function createRetentionStore({ orm, client }: Database) {
  const rowsOf = async (text: string, args: (string | number)[]) =>
    (await client.execute({ sql: text, args })).rows;
  return {
    /** The settings of a project; null: it never said. */
    async settings(project: string): Promise<(Retention & { updatedAt: number }) | null> {
      const [row] = await orm.select().from(retention).where(eq(retention.project, project));
      return row ?? null;
    },
    async saveSettings(row: typeof retention.$inferInsert): Promise<void> {
      await orm.insert(retention).values(row).onConflictDoUpdate({ target: retention.project, set: row });
    },
    /** Every project that has executions or settings of its own. */
    async projects(): Promise<string[]> {
      // Names are found by leaps through the index, never by reading the rows.
      const rows = await rowsOf(
        `WITH RECURSIVE p(project) AS (SELECT min(project) FROM executions
          UNION ALL SELECT (SELECT min(project) FROM executions WHERE project > p.project) FROM p WHERE p.project IS NOT NULL)
         SELECT project FROM p WHERE project IS NOT NULL UNION SELECT project FROM retention ORDER BY project`,
        [],
      );
      return rows.map((row) => String(row.project));
    },
    /** Where the walk that forgets logs, or payloads, of a project stands. */
    async place(walk: "logs" | "payloads", project: string): Promise<Place> {
      const [row] = await rowsOf("SELECT value FROM facts WHERE name = ?", [placeFact(walk, project)]);
      const [at = "", id = ""] = String(row?.value ?? "").split(" ");
      return id === "" ? beginning : { createdAt: Number(at), id };
    },
    async savePlace(walk: "logs" | "payloads", project: string, place: Place): Promise<void> {
      await client.execute(keepPlace(walk, project, place));
    },
    /** The next executions of a project after a place that were made before a time, oldest first. */
    async walk(project: string, after: Place, before: number, part: Part, limit: number): Promise<Walked[]> {
      const rows = await rowsOf(
        `SELECT e.id, e.created_at, e.ended_at, ${isAwaited} AS awaited, ${bytesOf[part]} AS bytes FROM executions AS e
         WHERE e.project = ? AND e.created_at < ? AND (e.created_at, e.id) > (?, ?) ORDER BY e.created_at, e.id LIMIT ?`,
        [project, before, after.createdAt, after.id, limit],
      );
      return rows.map((row) => ({
        id: String(row.id),
        createdAt: Number(row.created_at),
        endedAt: row.ended_at === null ? null : Number(row.ended_at),
        isAwaited: row.awaited === 1,
        bytes: Number(row.bytes),
      }));
    },
    /** The next log chunks of these executions. */
    async chunks(ids: readonly string[], limit: number): Promise<{ row: number; bytes: number }[]> {
      const rows = await rowsOf(
        `SELECT rowid AS row, octet_length(data) AS bytes FROM log_chunks
         WHERE execution_id IN (SELECT value FROM json_each(?)) LIMIT ?`,
        [...inList(ids), limit],
      );
      return rows.map((row) => ({ row: Number(row.row), bytes: Number(row.bytes) }));
    },
    async dropChunks(rows: readonly number[]): Promise<void> {
      await rowsOf("DELETE FROM log_chunks WHERE rowid IN (SELECT value FROM json_each(?))", inList(rows));
    },
    /**
     * Takes the bodies off executions that have ended, and notes how far the walk came. What says where a body is says `stored` from then on,
     * and nothing is stored: whoever asks hears that it is no longer kept.
     */
    async dropBodies(project: string, ids: readonly string[], upTo: Place): Promise<void> {
      const args = inList(ids);
      await client.batch(
        [
          {
            sql: `DELETE FROM payloads WHERE execution_id IN (SELECT value FROM json_each(?))
              AND EXISTS (SELECT 1 FROM executions AS e WHERE e.id = payloads.execution_id AND e.ended_at IS NOT NULL)`,
            args,
          },
          {
            sql: `UPDATE executions SET response_body = NULL, response_at = 'stored' WHERE id IN (SELECT value FROM json_each(?))
              AND response_at = 'inline' AND response_bytes > 0 AND kind <> 'build' AND ended_at IS NOT NULL`,
            args,
          },
          {
            sql: `UPDATE executions SET job = json_set(job, '$.spec.body', json_object('at', 'stored', 'bytes',
                length(job ->> '$.spec.body.base64') / 4 * 3 - length(job ->> '$.spec.body.base64') + length(rtrim(job ->> '$.spec.body.base64', '='))))
              WHERE id IN (SELECT value FROM json_each(?)) AND job ->> '$.spec.body.at' = 'inline' AND ended_at IS NOT NULL`,
            args,
          },
          keepPlace("payloads", project, upTo),
        ],
        "write",
      );
    },
    /** Deletes executions that have ended, and the bodies that are theirs; returns how many. */
    async dropExecutions(ids: readonly string[]): Promise<number> {
      const args = inList(ids);
      const results = await client.batch(
        [
          {
            sql: `DELETE FROM payloads WHERE execution_id IN (SELECT value FROM json_each(?))
              AND EXISTS (SELECT 1 FROM executions AS e WHERE e.id = payloads.execution_id AND e.ended_at IS NOT NULL)`,
            args,
          },
          ...ofRuns.map((table) => ({
            sql: `DELETE FROM ${table} WHERE execution_id IN (SELECT value FROM json_each(?))
              AND EXISTS (SELECT 1 FROM executions AS e WHERE e.id = ${table}.execution_id AND e.ended_at IS NOT NULL)`,
            args,
          })),
          {
            // The definition of a direct command is its own; those of workflows have ids of workflows.
            sql: `DELETE FROM workflow_revisions WHERE workflow_id IN (SELECT value FROM json_each(?))
              AND EXISTS (SELECT 1 FROM executions AS e WHERE e.id = workflow_id AND e.ended_at IS NOT NULL)`,
            args,
          },
          {
            sql: "DELETE FROM executions WHERE id IN (SELECT value FROM json_each(?)) AND ended_at IS NOT NULL",
            args,
          },
        ],
        "write",
      );
      return results.at(-1)?.rowsAffected ?? 0;
    },
    /** Versions beyond the newest `kept` ready ones of their function that no alias names, none that is being built. */
    async oldVersions(project: string, kept: number, limit: number): Promise<string[]> {
      const rows = await rowsOf(
        `SELECT v.id FROM functions AS f JOIN versions AS v ON v.function_id = f.id
         WHERE f.project = ? AND v.status <> 'building' AND v.number < (SELECT w.number FROM versions AS w
           WHERE w.function_id = f.id AND w.status = 'ready' ORDER BY w.number DESC LIMIT 1 OFFSET ?)
         AND NOT EXISTS (SELECT 1 FROM aliases AS a WHERE a.function_id = f.id AND v.id IN (a.version_id, a.canary_id)) LIMIT ?`,
        [project, kept - 1, limit],
      );
      return rows.map((row) => String(row.id));
    },
    async dropVersions(ids: readonly string[]): Promise<void> {
      await rowsOf(
        `DELETE FROM versions WHERE id IN (SELECT value FROM json_each(?)) AND status <> 'building'
         AND NOT EXISTS (SELECT 1 FROM aliases AS a WHERE a.function_id = versions.function_id
           AND versions.id IN (a.version_id, a.canary_id))`,
        inList(ids),
      );
    },
    /** When the oldest execution of a project that has not ended was made; null: all have. */
    async oldestLive(project: string): Promise<number | null> {
      const one = sql.join(
        liveStatuses.map(
          (status) =>
            sql`SELECT min(created_at) AS at FROM executions WHERE project = ${project} AND status = ${status}`,
        ),
        sql` UNION ALL `,
      );
      const [row] = await orm.all<{ at: number | null }>(sql`SELECT min(at) AS at FROM (${one})`);
      return row?.at ?? null;
    },
  };
}

export type RetentionStore = ReturnType<typeof createRetentionStore>;
