import { heldColumns } from "./held.ts";

/** Rows that fit the same runners and count against the same cap, or against none. */
export interface Lane {
  route: string;
  capKey: string | null;
}

/** Which rows a runner may claim. */
export interface Claim {
  project: string;
  pool: string;
  lanes: readonly Lane[];
  runner: string;
  runnerName: string;
  limit: number;
}

/** How many rows runners hold of a cap, as SQL: the rows are the truth of what runs. The plus keeps SQLite from walking all that runs in the project. */
export function runningOf(capKey: string, project: string): string {
  return `(SELECT count(*) FROM executions AS a WHERE a.cap_key = ${capKey} AND a.status IN ('offered', 'running') AND +a.project = ${project})`;
}

const uncapped = `SELECT id, run_at FROM executions
  WHERE pool = ? AND project = ? AND status = 'queued' AND cap_key IS NULL AND run_at <= ? AND route IN (SELECT value FROM json_each(?))
  ORDER BY run_at LIMIT ?`;

// Each lane gives its oldest rows; of those of one key as many are taken as run fewer than its cap.
const capped = `SELECT id, run_at FROM (
    SELECT e.id, e.run_at, e.cap_key, e.cap_max, row_number() OVER (PARTITION BY e.cap_key ORDER BY e.run_at, e.id) AS place
    FROM json_each(?) AS k CROSS JOIN executions AS e ON e.id IN (
      SELECT q.id FROM executions AS q
      WHERE q.cap_key = k.value ->> '$[1]' AND q.status = 'queued' AND q.run_at <= ? AND q.route = k.value ->> '$[0]'
        AND q.pool = ? AND q.project = ? ORDER BY q.run_at LIMIT ?)) AS c
  WHERE place <= cap_max - ${runningOf("c.cap_key", "?")}`;

/** The statement that takes up to `limit` due rows, oldest first, with its arguments. What it costs does not grow with what waits. */
export function claimOf(claim: Claim, now: number): [sql: string, args: (string | number)[]] {
  const { project, pool, limit, runner, runnerName } = claim;
  const routes = claim.lanes.filter(({ capKey }) => capKey === null).map(({ route }) => route);
  const keys = claim.lanes.flatMap(({ route, capKey }) => (capKey === null ? [] : [[route, capKey]]));
  const parts: string[] = [];
  const args: (string | number)[] = [runner, runnerName];
  if (routes.length > 0) {
    parts.push(`SELECT * FROM (${uncapped})`);
    args.push(pool, project, now, JSON.stringify(routes), limit);
  }
  if (keys.length > 0) {
    parts.push(capped);
    args.push(JSON.stringify(keys), now, pool, project, limit, project);
  }
  return [
    `UPDATE executions SET status = 'offered', fence = fence + 1, attempt = retries_used + losses + 1, runner_id = ?, runner_name = ?
     WHERE id IN (SELECT id FROM (${parts.join(" UNION ALL ")}) ORDER BY run_at LIMIT ?) AND +status = 'queued' RETURNING ${heldColumns}`,
    [...args, limit],
  ];
}
