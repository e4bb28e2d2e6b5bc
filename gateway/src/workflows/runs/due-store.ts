import type { Database } from "../../ports.ts";

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

/** What the engine finds to do by looking at the tables. */
export function createDueStore({ client }: Database) {
  const rowsOf = async (sql: string, args: (string | number)[] = []) =>
    (await client.execute({ sql, args })).rows;
  return {
    /** Runs of whose events not everything was done, and the last event of each. */
    async asking(): Promise<{ id: string; seq: number }[]> {
      const rows = await rowsOf(
        "SELECT execution_id, seq FROM workflow_runs WHERE performed < seq ORDER BY project, execution_id LIMIT ?",
        [foundMost],
      );
      return rows.map((row) => ({ id: String(row.execution_id), seq: Number(row.seq) }));
    },
    /** Timers that are due, earliest first. */
    async timers(now: number): Promise<{ run: string; key: string }[]> {
      const rows = await rowsOf(
        "SELECT execution_id, key FROM workflow_timers WHERE at <= ? ORDER BY at, execution_id LIMIT ?",
        [now, foundMost],
      );
      return rows.map((row) => ({ run: String(row.execution_id), key: String(row.key) }));
    },
    /** When the next timer is due; null: none is set. */
    async nextTimer(): Promise<number | null> {
      const [row] = await rowsOf("SELECT min(at) AS at FROM workflow_timers");
      return row?.at == null ? null : Number(row.at);
    },
    /** Children that have ended and whose ends nobody has taken. */
    async ended(): Promise<EndedChild[]> {
      const rows = await rowsOf(
        `SELECT c.execution_id, c.key, c.target, c.project, c.kind, c.child_id FROM workflow_children AS c
         JOIN executions AS e ON e.id = c.child_id WHERE e.ended_at IS NOT NULL ORDER BY e.ended_at LIMIT ?`,
        [foundMost],
      );
      return rows.map((row) => ({
        ...{ run: String(row.execution_id), key: String(row.key), target: String(row.target) },
        ...{ project: String(row.project), kind: row.kind === "workflow" ? "workflow" : "job" },
        childId: String(row.child_id),
      }));
    },
    /** Projects whose runs wait for executions. */
    async waiting(): Promise<Set<string>> {
      // Names are found by leaps through the index, however many wait.
      const rows = await rowsOf(
        `WITH RECURSIVE p(project) AS (SELECT min(project) FROM workflow_children
          UNION ALL SELECT (SELECT min(project) FROM workflow_children WHERE project > p.project) FROM p WHERE p.project IS NOT NULL)
         SELECT project FROM p WHERE project IS NOT NULL`,
      );
      return new Set(rows.map((row) => String(row.project)));
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
      for (const table of ["workflow_timers", "workflow_children", "workflow_slots", "workflow_runs"]) {
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
