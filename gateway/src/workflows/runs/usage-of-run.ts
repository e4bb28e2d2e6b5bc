import type { InStatement } from "@libsql/client";

const hourMs = 3_600_000;

/**
 * Counts a run that this transaction ended, under whoever started it. Its jobs are counted where they end, with the time that they ran.
 */
export function usageOfRun(id: string, endedAt: number): InStatement {
  return {
    sql: `INSERT INTO usage (project, at, name, caller, executions, run_ms, mb_ms, bytes_in, bytes_out)
      SELECT project, ? - ? % ${hourMs}, name, coalesce(caller, ''), 1, 0, 0, bytes_in, coalesce(response_bytes, 0)
      FROM executions WHERE id = ? AND ended_at = ?
      ON CONFLICT DO UPDATE SET executions = executions + excluded.executions, bytes_in = bytes_in + excluded.bytes_in,
        bytes_out = bytes_out + excluded.bytes_out`,
    args: [endedAt, endedAt, id, endedAt],
  };
}
