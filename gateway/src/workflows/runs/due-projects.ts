import type { Database } from "../../ports.ts";

/**
 * Projects of whose runs and schedules something is to be done that nobody did, at most `most`, in no order: for whoever sees to it that nothing is
 * forgotten. Runs that only wait are not read.
 */
export async function dueProjects({ client }: Database, now: number, most: number): Promise<string[]> {
  const { rows } = await client.execute({
    sql: `SELECT project FROM (
        SELECT project FROM workflow_runs WHERE performed < seq
        UNION SELECT project FROM workflow_timers WHERE at <= ?
        UNION SELECT project FROM event_deliveries WHERE status = 'waiting' AND next_at <= ?
        UNION SELECT project FROM schedules WHERE next_at <= ?
        UNION SELECT project FROM schedule_ticks WHERE status IN ('waiting', 'buffered', 'starting') AND next_at <= ?
        UNION SELECT a.project FROM workflow_awaits AS a JOIN emitted_events AS e
          ON e.project = a.project AND e.name = a.name AND e.seq > a.seen
        UNION SELECT c.project FROM workflow_children AS c JOIN executions AS e ON e.id = c.child_id WHERE e.ended_at IS NOT NULL
        UNION SELECT s.project FROM workflow_slots AS s WHERE s.told = 0 AND (s.state = 'held' OR s.most >
          (SELECT count(*) FROM workflow_slots AS h WHERE h.project = s.project AND h.slot = s.slot AND h.state = 'held'))
      ) ORDER BY random() LIMIT ?`,
    args: [now, now, now, now, most],
  });
  return rows.map(({ project }) => String(project));
}
