import { heldColumns } from "./held.ts";

/** Which rows a runner may claim. */
export interface Claim {
  project: string;
  pool: string;
  routes: readonly string[];
  /** Running work by cap key: rows of a key at its cap are passed over. */
  active: ReadonlyMap<string, number>;
  runner: string;
  runnerName: string;
  limit: number;
}

/** The statement that takes up to `limit` due rows, oldest first, with its arguments. */
export function claimOf(claim: Claim, now: number): [sql: string, args: (string | number)[]] {
  const full = JSON.stringify([...claim.active].map(([key, count]) => [key, count]));
  return [
    `UPDATE executions SET status = 'offered', fence = fence + 1, attempt = retries_used + losses + 1, runner_id = ?, runner_name = ?
     WHERE id IN (
       SELECT id FROM (
         SELECT id, run_at, cap_key, cap_max, row_number() OVER (PARTITION BY cap_key ORDER BY run_at, id) AS place FROM (
           SELECT id, run_at, cap_key, cap_max FROM executions
           WHERE project = ? AND pool = ? AND status = 'queued' AND run_at <= ? AND route IN (SELECT value FROM json_each(?))
           AND (cap_key IS NULL OR cap_max > coalesce((SELECT j.value ->> '$[1]' FROM json_each(?) AS j WHERE j.value ->> '$[0]' = cap_key), 0))
           ORDER BY run_at LIMIT 256)
       ) WHERE cap_key IS NULL
         OR place + coalesce((SELECT j.value ->> '$[1]' FROM json_each(?) AS j WHERE j.value ->> '$[0]' = cap_key), 0) <= cap_max
       ORDER BY run_at LIMIT ?)
     AND status = 'queued' RETURNING ${heldColumns}`,
    [
      claim.runner,
      claim.runnerName,
      claim.project,
      claim.pool,
      now,
      JSON.stringify(claim.routes),
      full,
      full,
      claim.limit,
    ],
  ];
}
