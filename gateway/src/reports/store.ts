import type { Row } from "@libsql/client";
import type { Database } from "../ports.ts";
import type { Cell } from "./cells.ts";

/** From (included) until (not included), epoch milliseconds. */
export interface Period {
  since: number;
  until: number;
}

/** What is read at a time. */
export const rowsAtOnce = 500;

/** Where a page begins: after this row. */
type After = readonly (string | number)[];

interface Source {
  sql: string;
  /** What comes before every row. */
  first: After;
  /** Where a page begins whose rows are found by their time: SQLite finds none by time and id together. Absent: they are found by `after`. */
  from?(after: After): number;
  after(row: Row): After;
  cells(row: Row): Cell[];
}

const time = (value: unknown) => (value === null ? null : new Date(Number(value)).toISOString());
const text = (value: unknown) => (value === null || value === undefined ? null : String(value));

/** A person and a key by the name that they have now, else by what is kept. */
const who = `coalesce('user:' || (SELECT username FROM users WHERE id = e.caller), 'key:' || (SELECT name FROM keys WHERE id = e.caller), e.caller)`;

const runs: Source = {
  sql: `SELECT e.id, e.kind, e.name, e.version, e.status, e.reason, ${who} AS who, e.trigger_type, e.parent_id, e.runner_name, e.created_at, e.started_at, e.ended_at, e.attempt
    FROM executions AS e WHERE e.project = ? AND e.created_at >= ? AND e.created_at < ? AND (e.created_at, e.id) > (?, ?) ORDER BY e.created_at, e.id LIMIT ${rowsAtOnce}`,
  first: [-1, ""],
  from: ([at]) => Number(at),
  after: (row) => [Number(row.created_at), String(row.id)],
  cells: (row) => [
    ...[time(row.created_at), text(row.id), text(row.kind), text(row.name)],
    ...[row.version === null ? null : Number(row.version), text(row.status), text(row.reason), text(row.who)],
    ...[text(row.trigger_type), text(row.parent_id), text(row.runner_name)],
    ...[time(row.started_at), time(row.ended_at), Number(row.attempt)],
  ],
};

const approvals: Source = {
  sql: `SELECT p.id, p.execution_id, e.name, p.step, p.message, p.opened_at, p.closed_at, p.closed_because, p.answered_by, p.response, p.answers
    FROM prompts AS p LEFT JOIN executions AS e ON e.id = p.execution_id
    WHERE p.project = ? AND p.opened_at >= ? AND p.opened_at < ? AND p.id > ? ORDER BY p.id LIMIT ${rowsAtOnce}`,
  first: [""],
  after: (row) => [String(row.id)],
  cells: (row) => [
    ...[
      time(row.opened_at),
      text(row.id),
      text(row.execution_id),
      text(row.name),
      text(row.step),
      text(row.message),
    ],
    ...[
      time(row.closed_at),
      text(row.closed_because),
      text(row.answered_by),
      text(row.response),
      answersText(row.answers),
    ],
  ],
};

/** `ana: approve at 2026-…`, one after the other. */
function answersText(json: unknown): string {
  const answers: { by: string; response: string; at: number }[] = JSON.parse(String(json ?? "[]"));
  return answers.map(({ by, response, at }) => `${by}: ${response} at ${time(at)}`).join("; ");
}

const entries = (which: string): Source => ({
  sql: `SELECT seq, at, actor_kind, coalesce((SELECT value FROM facts WHERE name = 'erased: ' || actor_id), actor_name) AS actor_name, action, target, outcome, address, before, after, details FROM audit
    WHERE project = ? AND at >= ? AND at < ? AND seq > ? AND (${which}) ORDER BY seq LIMIT ${rowsAtOnce}`,
  first: [0],
  after: (row) => [Number(row.seq)],
  cells: (row) => [
    ...[time(row.at), Number(row.seq), text(row.actor_name), text(row.actor_kind), text(row.action)],
    ...[
      text(row.target),
      text(row.outcome),
      text(row.address),
      text(row.before),
      text(row.after),
      text(row.details),
    ],
  ],
});

const below = (nouns: readonly string[]) => nouns.map((noun) => `action LIKE '${noun}.%'`).join(" OR ");
const accessNouns = [
  "user",
  "key",
  "session",
  "password",
  "second-factor",
  "device",
  "project",
  "secret",
  "master-key",
];
const runnerActions =
  "action IN ('enrolment_token.create', 'runner.enrol', 'runner.delete', 'runner.rotate_keys', 'callback-secret.new')";
const permissions = `action LIKE 'function.%' AND (coalesce(before, '') || coalesce(after, '') || coalesce(details, '')) LIKE '%"permissions":{%'`;
const keeping =
  "action IN ('retention.change', 'audit.settings', 'audit.forget', 'report.read', 'user.export', 'user.erase')";

const sources = {
  runs,
  approvals,
  access: entries(`${below(accessNouns)} OR ${runnerActions} OR (${permissions})`),
  retention: entries(keeping),
};
export type Report = keyof typeof sources;

/** The SQL of reports: it reads what other features write. */
export function createReportStore({ client }: Pick<Database, "client">) {
  return {
    /** The rows of a report, oldest first, as many at a time as stand in memory. */
    async *pages(report: Report, project: string, { since, until }: Period): AsyncGenerator<Cell[][]> {
      const { sql, first, from, after, cells } = sources[report];
      for (let at = first; ; ) {
        const begin = Math.max(since, from?.(at) ?? since);
        const { rows } = await client.execute({ sql, args: [project, begin, until, ...at] });
        const last = rows.at(-1);
        if (last === undefined) return;
        yield rows.map(cells);
        if (rows.length < rowsAtOnce) return;
        at = after(last);
      }
    },
    /** How long executions are kept, and what was said before that, by when. */
    async kept(
      project: string,
    ): Promise<{ keptMs: number | null; before: { at: number; keptMs: number }[] }> {
      const [now, changes] = await client.batch(
        [
          { sql: "SELECT executions_ms AS ms FROM retention WHERE project = ?", args: [project] },
          {
            sql: `SELECT at, before ->> '$.executionsMs' AS ms FROM audit WHERE project = ? AND action = 'retention.change' AND outcome = 'done'`,
            args: [project],
          },
        ],
        "read",
      );
      const ms = now?.rows[0]?.ms;
      return {
        keptMs: ms === undefined || ms === null ? null : Number(ms),
        before: (changes?.rows ?? []).flatMap((row) =>
          row.ms === null ? [] : [{ at: Number(row.at), keptMs: Number(row.ms) }],
        ),
      };
    },
    /** When the oldest entry of the audit was made; null: none was ever forgotten. */
    async auditSince(project: string): Promise<number | null> {
      const { rows } = await client.execute({
        sql: "SELECT seq, at FROM audit WHERE project = ? ORDER BY seq LIMIT 1",
        args: [project],
      });
      const oldest = rows[0];
      return oldest === undefined || Number(oldest.seq) === 1 ? null : Number(oldest.at);
    },
  };
}
