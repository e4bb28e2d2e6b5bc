import type { Database } from "../../ports.ts";
import { endsWait } from "../advance/waits.ts";
import type { OpenRun } from "./open-run.ts";
import type { Answer } from "./perform.ts";

const atOnce = 100;

/**
 * The first event that a step waits for among those it has not seen; null when none of them is it, which is noted so that none is looked
 * at twice. What is returned is to be written to the run, with which the wait ends. `stale`: the run has gone on since it was read.
 */
export async function awaitedEvent(
  { client }: Database,
  run: OpenRun | null,
  key: string,
  now: number,
): Promise<Answer | "stale" | null> {
  if (run === null) return null;
  for (;;) {
    const { rows } = await client.execute({
      sql: `SELECT e.seq, e.name, e.at, e.data, r.seq AS log FROM workflow_awaits AS a JOIN emitted_events AS e
        ON e.project = a.project AND e.name = a.name AND e.seq > a.seen JOIN workflow_runs AS r ON r.execution_id = a.execution_id
        WHERE a.execution_id = ? AND a.key = ? ORDER BY e.seq LIMIT ?`,
      args: [run.id, key, atOnce],
    });
    if (rows.some(({ log }) => Number(log) !== run.seq)) return "stale";
    for (const row of rows) {
      const data = JSON.parse(String(row.data)) as unknown;
      const happenedAt = Number(row.at);
      if (!endsWait(run.plan, run.state, { key, data, happenedAt, now })) continue;
      return { type: "event.received", name: String(row.name), key, data, happenedAt };
    }
    const last = rows.at(-1);
    if (last === undefined) return null;
    const { rowsAffected } = await client.execute({
      sql: `UPDATE workflow_awaits SET seen = ? WHERE execution_id = ? AND key = ? AND seen < ?
        AND (SELECT seq FROM workflow_runs WHERE execution_id = ?) = ?`,
      args: [Number(last.seq), run.id, key, Number(last.seq), run.id, run.seq],
    });
    if (rowsAffected === 0) return "stale";
  }
}
