import type { InStatement, ResultSet } from "@libsql/client";
import type { AuditEntry, AuditHead } from "@pulse/schema/wire/audit";
import type { EventTopic, toldSettings } from "@pulse/schema/wire/events";
import type { Database } from "../ports.ts";

/** An entry that has no place in its chain yet. */
export type NewEntry = Omit<AuditEntry, "seq" | "prev" | "hash">;

/** An entry that has ended and waits for its place. */
export interface Waiting {
  id: string;
  entry: NewEntry;
}

/** Where a chain stands: what comes next follows `seq` and `hash`. */
export interface Standing {
  /** The head as it was written down; "": never. */
  written: string;
  /** What that says; null: nothing, or nothing that can be read. */
  head: Pick<AuditHead, "seq" | "hash"> | null;
  last: Pick<AuditHead, "seq" | "hash"> | null;
  waiting: Waiting[];
}

/** What a list of entries is narrowed to. */
export interface AuditFilter {
  actor?: string | undefined;
  action?: string | undefined;
  target?: string | undefined;
  outcome?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
}

/** How many entries get their place in one go. */
export const placedAtOnce = 100;

const headFact = (project: string) => `audit head: ${project}`;
const keptFact = (project: string) => `audit kept: ${project}`;
const columns = `project, seq, at, actor_kind, actor_id, actor_name, action, target, outcome, code, address, request_id,
  before, after, details, prev, hash`;

const lookAt = (project: string): InStatement[] => [
  { sql: "SELECT value FROM facts WHERE name = ?", args: [headFact(project)] },
  { sql: "SELECT seq, hash FROM audit WHERE project = ? ORDER BY seq DESC LIMIT 1", args: [project] },
  {
    sql: "SELECT id, entry FROM audit_pending WHERE project = ? AND done = 1 ORDER BY rowid LIMIT ?",
    args: [project, placedAtOnce],
  },
];

function standingOf(results: readonly ResultSet[]): Standing {
  const [fact, newest, waiting] = results.slice(-3).map(({ rows }) => rows);
  const written = String(fact?.[0]?.value ?? "");
  const [, seqText, hash] = /^(\d{1,15}) ([0-9a-f]{64})$/.exec(written) ?? [];
  const said = seqText === undefined || hash === undefined ? null : { seq: Number(seqText), hash };
  const row = newest?.[0];
  const found = row === undefined ? null : { seq: Number(row.seq), hash: String(row.hash) };
  // Where the two differ somebody was at the database: what follows is written so that a check finds it.
  const last = found !== null && (said === null || found.seq > said.seq) ? found : said;
  return {
    written,
    head: said,
    last,
    waiting: (waiting ?? []).map(({ id, entry }) => ({ id: String(id), entry: JSON.parse(String(entry)) })),
  };
}

/** All SQL of the audit. */
export function createAuditStore({ client }: Pick<Database, "client">) {
  const put = (id: string, entry: NewEntry, done: 0 | 1): InStatement => ({
    sql: "INSERT OR REPLACE INTO audit_pending (id, project, at, done, entry) VALUES (?, ?, ?, ?, ?)",
    args: [id, entry.project, Date.parse(entry.at), done, JSON.stringify(entry)],
  });
  return {
    /** Writes down what is about to be done. */
    async begin(id: string, entry: NewEntry): Promise<void> {
      await client.execute(put(id, entry, 0));
    },
    /** Writes down how it ended, and looks at the chain. */
    async end(id: string, entry: NewEntry): Promise<Standing> {
      return standingOf(await client.batch([put(id, entry, 1), ...lookAt(entry.project)], "write"));
    },
    /** Leaves out what was begun. */
    async leaveOut(id: string): Promise<void> {
      await client.execute({ sql: "DELETE FROM audit_pending WHERE id = ?", args: [id] });
    },
    async look(project: string): Promise<Standing> {
      return standingOf(await client.batch(lookAt(project), "read"));
    },
    /**
     * Gives entries their place, unless somebody else was quicker, and looks again. With `forgotten` everything up to that number goes in the same commit.
     */
    async place(
      project: string,
      written: string,
      entries: readonly AuditEntry[],
      ids: readonly string[],
      forgotten: number | null = null,
    ): Promise<Standing> {
      const last = entries.at(-1);
      if (last === undefined) throw new Error("there is nothing to place");
      const rows = entries.map((one) => ({
        ...one,
        at: Date.parse(one.at),
        before: jsonText(one.before),
        after: jsonText(one.after),
        details: jsonText(one.details),
      }));
      const of = (...paths: string[]) => paths.map((path) => `value ->> '$.${path}'`).join(", ");
      const isPlaced = "EXISTS (SELECT 1 FROM audit WHERE project = ? AND seq = ? AND hash = ?)";
      const mark = [project, last.seq, last.hash];
      const statements: InStatement[] = [
        {
          sql: `INSERT INTO audit (${columns}) SELECT ${of("project", "seq", "at", "actor.kind", "actor.id", "actor.name", "action", "target", "outcome", "code", "address", "requestId", "before", "after", "details", "prev", "hash")}
            FROM json_each(?) WHERE coalesce((SELECT value FROM facts WHERE name = ?), '') = ? ORDER BY key`,
          args: [JSON.stringify(rows), headFact(project), written],
        },
        {
          sql: `INSERT INTO events (project, topic, subject, at) SELECT ?, value ->> '$[0]', value ->> '$[1]', ? FROM json_each(?)
            WHERE ${isPlaced} AND coalesce((SELECT value FROM facts WHERE name = ?), '') = ? ORDER BY key`,
          args: [
            ...[project, Date.parse(last.at), JSON.stringify(entries.flatMap(toldOf))],
            ...[...mark, headFact(project), written],
          ],
        },
        {
          sql: `INSERT INTO facts (name, value) SELECT ?, ? WHERE ${isPlaced} AND coalesce((SELECT value FROM facts WHERE name = ?), '') = ?
            ON CONFLICT DO UPDATE SET value = excluded.value`,
          args: [headFact(project), `${last.seq} ${last.hash}`, ...mark, headFact(project), written],
        },
        {
          sql: `DELETE FROM audit_pending WHERE id IN (SELECT value FROM json_each(?)) AND ${isPlaced}`,
          args: [JSON.stringify(ids), ...mark],
        },
      ];
      if (forgotten !== null) {
        const sql = `DELETE FROM audit WHERE project = ? AND seq <= ? AND ${isPlaced}`;
        statements.push({ sql, args: [project, forgotten, ...mark] });
      }
      return standingOf(await client.batch([...statements, ...lookAt(project)], "write"));
    },
    /** How many refusals stand in a project's chain since a time, counted up to `most`. */
    async refusals(project: string, since: number, most: number): Promise<number> {
      const { rows } = await client.execute({
        sql: `SELECT count(*) AS n FROM (SELECT 1 FROM audit WHERE project = ? AND at > ? AND outcome IN ('denied', 'refused') LIMIT ?)`,
        args: [project, since, most],
      });
      return Number(rows[0]?.n);
    },
    /** What was begun before a time and never ended. */
    async unended(before: number, limit: number): Promise<Waiting[]> {
      const { rows } = await client.execute({
        sql: "SELECT id, entry FROM audit_pending WHERE done = 0 AND at < ? ORDER BY rowid LIMIT ?",
        args: [before, limit],
      });
      return rows.map(({ id, entry }) => ({ id: String(id), entry: JSON.parse(String(entry)) }));
    },
    /** Every project that has entries, or some that wait for their place. */
    async projects(): Promise<string[]> {
      // Names are found by leaps through the index, never by reading the rows.
      const { rows } = await client.execute(
        `WITH RECURSIVE p(project) AS (SELECT min(project) FROM audit
          UNION ALL SELECT (SELECT min(project) FROM audit WHERE project > p.project) FROM p WHERE p.project IS NOT NULL)
         SELECT project FROM p WHERE project IS NOT NULL UNION SELECT DISTINCT project FROM audit_pending WHERE done = 1 ORDER BY project`,
      );
      return rows.map(({ project }) => String(project));
    },
    /** These entries of a chain, as their columns are. */
    async some(project: string, numbers: readonly number[]): Promise<ResultSet["rows"]> {
      const sql = `SELECT ${columns} FROM audit WHERE project = ? AND seq IN (SELECT value FROM json_each(?)) ORDER BY seq`;
      return (await client.execute({ sql, args: [project, JSON.stringify(numbers)] })).rows;
    },
    /** The next entries of a chain, as their columns are, oldest first. */
    async after(project: string, seq: number, limit: number): Promise<ResultSet["rows"]> {
      const sql = `SELECT ${columns} FROM audit WHERE project = ? AND seq > ? ORDER BY seq LIMIT ?`;
      return (await client.execute({ sql, args: [project, seq, limit] })).rows;
    },
    /** Entries that fit a filter below a number, newest first. */
    async list(project: string, filter: AuditFilter, below: number | null, limit: number) {
      const wanted: [string, string | number | undefined][] = [
        ["seq < ?", below ?? undefined],
        ["actor_id = ?", filter.actor],
        filter.action?.endsWith("*")
          ? ["substr(action, 1, length(?)) = ?", filter.action.slice(0, -1)]
          : ["action = ?", filter.action],
        ["target = ?", filter.target],
        ["outcome = ?", filter.outcome],
        ["at >= ?", filter.since === undefined ? undefined : Date.parse(filter.since)],
        ["at < ?", filter.until === undefined ? undefined : Date.parse(filter.until)],
      ];
      const parts = ["project = ?"];
      const args: (string | number)[] = [project];
      for (const [part, value] of wanted) {
        if (value === undefined) continue;
        parts.push(part);
        for (const _ of part.matchAll(/\?/g)) args.push(value);
      }
      const sql = `SELECT ${columns} FROM audit WHERE ${parts.join(" AND ")} ORDER BY seq DESC LIMIT ?`;
      return (await client.execute({ sql, args: [...args, limit] })).rows;
    },
    /** How long a project keeps its audit; null: it never said. */
    async kept(project: string): Promise<{ keptMs: number; updatedAt: number } | null> {
      const { rows } = await client.execute({
        sql: "SELECT value FROM facts WHERE name = ?",
        args: [keptFact(project)],
      });
      const [keptMs, updatedAt] = String(rows[0]?.value ?? "")
        .split(" ")
        .map(Number);
      return keptMs === undefined || updatedAt === undefined ? null : { keptMs, updatedAt };
    },
    async saveKept(project: string, keptMs: number, now: number): Promise<void> {
      await client.execute({
        sql: "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        args: [keptFact(project), `${keptMs} ${now}`],
      });
    },
  };
}

/** By which topics and subjects those who follow the project are told of an entry. */
function toldOf({ seq, action, outcome }: AuditEntry): [EventTopic, string][] {
  const of = outcome === "done" ? settingsOf[action.slice(0, action.indexOf("."))] : undefined;
  return [["audit", String(seq)], ...(of === undefined ? [] : [["settings", of] as [EventTopic, string]])];
}

/** What is changed by the actions of a name. */
const settingsOf: Readonly<Record<string, (typeof toldSettings)[number]>> = {
  secret: "secrets",
  key: "keys",
  user: "users",
};

function jsonText(facts: AuditEntry["details"]): string | null {
  return facts === null ? null : JSON.stringify(facts);
}

export type AuditStore = ReturnType<typeof createAuditStore>;
