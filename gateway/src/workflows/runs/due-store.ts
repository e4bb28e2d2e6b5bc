import type { Database } from "../../ports.ts";
import { type EventsDue, eventStatements, nothingSeen, readEventsDue } from "./events-due.ts";

/** What is found at once; there may be more. */
export const foundMost = 500;

/** An execution that a run asked for and that has ended. */
export interface EndedChild {
  run: string;
  key: string;
  target: string;
  project: string;
  kind: "job" | "workflow";
  childId: string;
}

/** What is there to do now. */
export interface Found {
  /** Runs of whose events not everything was done, and the last event of each. */
  asking: { id: string; seq: number }[];
  /** Timers that are due, earliest first. */
  timers: { run: string; key: string }[];
  /** Children that have ended and whose ends nobody has taken. */
  ended: EndedChild[];
  events: EventsDue;
}

/** What the engine finds to do by looking at the tables: for one project, or with null for all of them. */
export function createDueStore({ client }: Database, project: string | null = null) {
  const rowsOf = async (sql: string, args: (string | number)[] = []) =>
    (await client.execute({ sql, args })).rows;
  const within = (column: string) => (project === null ? "" : ` AND ${column} = ?`);
  const only = project === null ? [] : [project];
  return {
    /** What is due at this time (epoch ms). */
    async found(now: number, seen = nothingSeen): Promise<Found> {
      const [asking, timers, ended, ...events] = await client.batch(
        [
          {
            sql: `SELECT execution_id, seq FROM workflow_runs WHERE performed < seq${within("project")}
              ORDER BY project, execution_id LIMIT ?`,
            args: [...only, foundMost],
          },
          {
            sql: `SELECT execution_id, key FROM workflow_timers WHERE at <= ?${within("project")} ORDER BY at, execution_id LIMIT ?`,
            args: [now, ...only, foundMost],
          },
          {
            sql: `SELECT c.execution_id, c.key, c.target, c.project, c.kind, c.child_id FROM workflow_children AS c
              JOIN executions AS e ON e.id = c.child_id WHERE e.ended_at IS NOT NULL${within("c.project")} ORDER BY e.ended_at LIMIT ?`,
            args: [...only, foundMost],
          },
          ...eventStatements(project, now, seen),
        ],
        "read",
      );
      return {
        asking: (asking?.rows ?? []).map((row) => ({ id: String(row.execution_id), seq: Number(row.seq) })),
        timers: (timers?.rows ?? []).map((row) => ({ run: String(row.execution_id), key: String(row.key) })),
        ended: (ended?.rows ?? []).map((row) => ({
          ...{ run: String(row.execution_id), key: String(row.key), target: String(row.target) },
          ...{ project: String(row.project), kind: row.kind === "workflow" ? "workflow" : "job" },
          childId: String(row.child_id),
        })),
        events: readEventsDue(events),
      };
    },
    /** When the next timer is due, or an event is to be tried again; null: nothing is. */
    async nextTimer(): Promise<number | null> {
      const [row] = await rowsOf(
        `SELECT min(at) AS at FROM (SELECT min(at) AS at FROM workflow_timers WHERE true${within("project")}
          UNION ALL SELECT min(next_at) FROM event_deliveries WHERE status = 'waiting'${within("project")})`,
        [...only, ...only],
      );
      return row?.at == null ? null : Number(row.at);
    },
    /** The executions that commands of a run came to, by their targets. */
    async children(run: string, key: string): Promise<Map<string, string>> {
      const rows = await rowsOf(
        "SELECT target, child_id FROM workflow_children WHERE execution_id = ? AND key = ? AND child_id IS NOT NULL",
        [run, key],
      );
      return new Map(rows.map((row) => [String(row.target), String(row.child_id)]));
    },
    /** Lets go of what a run waited for that is no longer there. */
    async forget(run: string): Promise<void> {
      for (const table of [
        "workflow_timers",
        "workflow_children",
        "workflow_slots",
        "workflow_awaits",
        "workflow_calls",
        "workflow_runs",
      ]) {
        await rowsOf(`DELETE FROM ${table} WHERE execution_id = ?`, [run]);
      }
    },
    /** Everything up to an event of a run was done. */
    async markPerformed(run: string, seq: number): Promise<void> {
      await rowsOf("UPDATE workflow_runs SET performed = ? WHERE execution_id = ? AND performed < ?", [
        ...[seq, run, seq],
      ]);
    },
  };
}

export type DueStore = ReturnType<typeof createDueStore>;
