import type { InStatement } from "@libsql/client";
import type { Database } from "../ports.ts";

/** A space of a project, as it is stored. */
export interface Place {
  project: string;
  space: string;
}

/** The hand-out that writes: what it writes counts only while it holds its execution, or for a moment after it succeeded. */
export interface Writer {
  execution: string;
  fence: number;
  runner: string;
}

/** One write. */
export interface Write extends Place {
  key: string;
  /** Null: whoever may write by the control API. */
  writer: Writer | null;
  /** Undefined: over whatever stands; 0: only where nothing is. */
  ifVersion: number | undefined;
  now: number;
  /** A name for this write that no other one has. */
  id: string;
}

export interface Entry {
  key: string;
  value: string;
  bytes: number;
  version: number;
  expiresAt: number | null;
  updatedAt: number;
}

export interface Limits {
  entries: number;
  projectBytes: number;
}

/** How long after it succeeded an attempt goes on writing: `waitUntil` lasts 30 s. */
const lateMs = 60_000;

const writes = `EXISTS (SELECT 1 FROM executions AS x WHERE x.id = ? AND x.fence = ? AND x.runner_id = ?
  AND (x.status IN ('offered', 'running') OR (x.status = 'succeeded' AND x.ended_at > ?)))`;

/** The condition that a write stands under, and its arguments: its writer still holds the work, and `e` stands where it should. */
function guard({ writer, ifVersion, now }: Write): { text: string; args: (string | number)[] } {
  const alive = "(e.version IS NOT NULL AND (e.expires_at IS NULL OR e.expires_at > ?))";
  const parts: [string, (string | number)[]][] = [];
  if (writer !== null) parts.push([writes, [writer.execution, writer.fence, writer.runner, now - lateMs]]);
  if (ifVersion === 0) parts.push([`NOT ${alive}`, [now]]);
  else if (ifVersion !== undefined) parts.push([`(${alive} AND e.version = ?)`, [now, ifVersion]]);
  return {
    text: parts.map(([text]) => ` AND ${text}`).join(""),
    args: parts.flatMap(([, args]) => args),
  };
}

/** All SQL of the key-value store. What a space holds is added up in the commit that changes it, so that no write counts its keys. */
export function createKvStore({ client }: Database) {
  const entryOf = (row: Record<string, unknown>): Entry => ({
    key: String(row.key),
    value: String(row.value ?? ""),
    bytes: Number(row.bytes),
    version: Number(row.version),
    expiresAt: row.expires_at === null ? null : Number(row.expires_at),
    updatedAt: Number(row.updated_at),
  });

  return {
    /** The id of a function; null: there is none of that name. */
    async functionId(project: string, name: string): Promise<string | null> {
      const found = await client.execute({
        sql: "SELECT id FROM functions WHERE project = ? AND name = ?",
        args: [project, name],
      });
      return found.rows[0] === undefined ? null : String(found.rows[0].id);
    },
    /** Whose work a hand-out is, and which spaces its version shares; null: it is nobody's any more. */
    async holder(
      { execution, fence, runner }: Writer,
      now: number,
    ): Promise<{ project: string; functionId: string | null; shared: string[] } | null> {
      const found = await client.execute({
        sql: `SELECT x.project, x.function_id, json_extract(v.settings, '$.kv.shared') AS shared
              FROM executions AS x LEFT JOIN versions AS v ON v.id = x.version_id
              WHERE x.id = ? AND x.fence = ? AND x.runner_id = ?
              AND (x.status IN ('offered', 'running') OR (x.status = 'succeeded' AND x.ended_at > ?))`,
        args: [execution, fence, runner, now - lateMs],
      });
      const row = found.rows[0];
      if (row === undefined) return null;
      return {
        project: String(row.project),
        functionId: row.function_id === null ? null : String(row.function_id),
        // Written by the deploy alone, from the parsed settings.
        shared: row.shared === null ? [] : (JSON.parse(String(row.shared)) as string[]),
      };
    },
    async get({ project, space }: Place, key: string, now: number): Promise<Entry | null> {
      const found = await client.execute({
        sql: `SELECT key, value, bytes, version, expires_at, updated_at FROM kv_entries
              WHERE project = ? AND space = ? AND key = ? AND (expires_at IS NULL OR expires_at > ?)`,
        args: [project, space, key, now],
      });
      return found.rows[0] === undefined ? null : entryOf(found.rows[0]);
    },
    /** Entries after a key whose keys begin with a prefix, without their values, by key. */
    async list(
      { project, space }: Place,
      { prefix, after, limit, now }: { prefix: string; after: string | null; limit: number; now: number },
    ): Promise<Entry[]> {
      const found = await client.execute({
        // No key has the last character there is, so that what begins with the prefix lies below it.
        sql: `SELECT key, bytes, version, expires_at, updated_at FROM kv_entries
              WHERE project = ? AND space = ? AND key >= ? AND key < ? AND key > ? AND (expires_at IS NULL OR expires_at > ?)
              ORDER BY key LIMIT ?`,
        args: [project, space, prefix, `${prefix}\u{10FFFF}`, after ?? "", now, limit],
      });
      return found.rows.map(entryOf);
    },
    /** Writes an entry if its guard holds and there is room; its version, or null. */
    async set(
      write: Write,
      { value, bytes, expiresAt }: Pick<Entry, "value" | "bytes" | "expiresAt">,
      most: Limits,
    ): Promise<number | null> {
      const { project, space, key, now, id } = write;
      const { text, args } = guard(write);
      const admitted: InStatement = {
        sql: `INSERT INTO kv_spaces (project, space, entries, bytes, clock, writer)
              SELECT ?, ?, e.version IS NULL, ? - coalesce(e.bytes, 0), 1, ?
              FROM (SELECT 1) LEFT JOIN kv_entries AS e ON e.project = ? AND e.space = ? AND e.key = ?
              LEFT JOIN kv_spaces AS s ON s.project = ? AND s.space = ?
              WHERE (e.version IS NOT NULL OR coalesce(s.entries, 0) < ?)
              AND (? <= coalesce(e.bytes, 0)
                OR (SELECT coalesce(sum(bytes), 0) FROM kv_spaces WHERE project = ?) + ? - coalesce(e.bytes, 0) <= ?)${text}
              ON CONFLICT (project, space) DO UPDATE SET entries = kv_spaces.entries + excluded.entries,
                bytes = kv_spaces.bytes + excluded.bytes, clock = kv_spaces.clock + 1, writer = excluded.writer
              RETURNING clock`,
        args: [
          ...[project, space, bytes, id],
          ...[project, space, key],
          ...[project, space],
          most.entries,
          ...[bytes, project, bytes, most.projectBytes],
          ...args,
        ],
      };
      const written: InStatement = {
        sql: `INSERT INTO kv_entries (project, space, key, value, bytes, version, expires_at, updated_at)
              SELECT project, space, ?, ?, ?, clock, ?, ? FROM kv_spaces WHERE project = ? AND space = ? AND writer = ?
              ON CONFLICT (project, space, key) DO UPDATE SET value = excluded.value, bytes = excluded.bytes,
                version = excluded.version, expires_at = excluded.expires_at, updated_at = excluded.updated_at`,
        args: [key, value, bytes, expiresAt, now, project, space, id],
      };
      const [clock] = await client.batch([admitted, written], "write");
      const row = clock?.rows[0];
      return row === undefined ? null : Number(row.clock);
    },
    /** Deletes an entry if its guard holds; whether one that had not expired was there. */
    async remove(write: Write): Promise<boolean> {
      const { project, space, key, now, id } = write;
      const { text, args } = guard(write);
      const admitted: InStatement = {
        sql: `UPDATE kv_spaces SET entries = kv_spaces.entries - 1, bytes = kv_spaces.bytes - e.bytes, clock = kv_spaces.clock + 1, writer = ?
              FROM kv_entries AS e WHERE kv_spaces.project = ? AND kv_spaces.space = ?
              AND e.project = kv_spaces.project AND e.space = kv_spaces.space AND e.key = ?${text}`,
        args: [id, project, space, key, ...args],
      };
      const removed: InStatement = {
        sql: `DELETE FROM kv_entries WHERE project = ? AND space = ? AND key = ?
              AND EXISTS (SELECT 1 FROM kv_spaces AS s WHERE s.project = ? AND s.space = ? AND s.writer = ?) RETURNING expires_at`,
        args: [project, space, key, project, space, id],
      };
      const [, gone] = await client.batch([admitted, removed], "write");
      const row = gone?.rows[0];
      return row !== undefined && (row.expires_at === null || Number(row.expires_at) > now);
    },
    /** What a space holds and what its project does in all. */
    async size({ project, space }: Place): Promise<{ entries: number; projectBytes: number }> {
      const found = await client.execute({
        sql: `SELECT coalesce(sum(bytes), 0) AS bytes, coalesce(sum(entries) FILTER (WHERE space = ?), 0) AS entries
              FROM kv_spaces WHERE project = ?`,
        args: [space, project],
      });
      return {
        entries: Number(found.rows[0]?.entries ?? 0),
        projectBytes: Number(found.rows[0]?.bytes ?? 0),
      };
    },
    /** Spaces that hold something, each with the name of its function where it is one's own. Those of drafts are nobody's to see. */
    async spaces(
      project: string,
    ): Promise<{ space: string; name: string | null; entries: number; bytes: number }[]> {
      const found = await client.execute({
        sql: `SELECT s.space, f.name, s.entries, s.bytes FROM kv_spaces AS s
              LEFT JOIN functions AS f ON f.project = s.project AND s.space = 'function ' || f.id
              WHERE s.project = ? AND s.entries > 0 ORDER BY coalesce(f.name, s.space)`,
        args: [project],
      });
      return found.rows.map(({ space, name, entries, bytes }) => ({
        space: String(space),
        name: name === null ? null : String(name),
        entries: Number(entries),
        bytes: Number(bytes),
      }));
    },
    /** Takes away what functions and drafts kept that are gone; how many spaces it were. */
    async sweepLeft(most: number): Promise<number> {
      const left = `SELECT project, space FROM kv_spaces WHERE space >= 'function ' AND space < 'function!'
        AND NOT EXISTS (SELECT 1 FROM functions AS f WHERE f.id = substr(space, 10))
        AND NOT EXISTS (SELECT 1 FROM drafts AS d WHERE d.owner_id = substr(space, 10)) ORDER BY project, space LIMIT ?`;
      const [, swept] = await client.batch(
        ["kv_entries", "kv_spaces"].map((of) => ({
          sql: `DELETE FROM ${of} WHERE (project, space) IN (${left})`,
          args: [most],
        })),
        "write",
      );
      return swept?.rowsAffected ?? 0;
    },
    /** Takes away entries that have expired, of one project or of all, at most so many; how many it were. */
    async sweep(now: number, most: number, project: string | null = null): Promise<number> {
      const due = `SELECT rowid, project, space, bytes FROM kv_entries WHERE expires_at <= ? AND (? IS NULL OR project = ?)
        ORDER BY expires_at, rowid LIMIT ?`;
      const args = [now, project, project, most];
      const [, swept] = await client.batch(
        [
          {
            sql: `UPDATE kv_spaces SET entries = kv_spaces.entries - d.entries, bytes = kv_spaces.bytes - d.bytes
                  FROM (SELECT project, space, count(*) AS entries, sum(bytes) AS bytes FROM (${due}) GROUP BY project, space) AS d
                  WHERE kv_spaces.project = d.project AND kv_spaces.space = d.space`,
            args,
          },
          { sql: `DELETE FROM kv_entries WHERE rowid IN (SELECT rowid FROM (${due}))`, args },
        ],
        "write",
      );
      return swept?.rowsAffected ?? 0;
    },
  };
}

export type KvStore = ReturnType<typeof createKvStore>;
