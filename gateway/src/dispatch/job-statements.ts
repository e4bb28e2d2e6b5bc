import type { Grouped } from "./journal.ts";

/** Member `i` of a JSON array row. */
export const field = (i: number) => `j.value ->> '$[${i}]'`;
/** The first `count` members of a JSON array row. */
export const fields = (count: number) => Array.from({ length: count }, (_, i) => field(i)).join(", ");

/**
 * The rows of a grouped statement: its only argument, a JSON array. The limit lets SQLite keep each row's text instead of writing it anew
 * for every member that is read (72 → 33 µs a row that is inserted).
 */
export const given = "(SELECT value FROM json_each(?) LIMIT -1) AS j";

/** How long the time is that calls are counted together for. */
export const rollupMs = 900_000;

// A plus before `status` keeps SQLite from walking the index of states: each row is found by its id, however many others run.

/** Writes a terminal state where the fence stands. */
export const settle: Grouped = {
  rank: 1,
  sql: `UPDATE executions SET status = ${field(2)}, reason = ${field(3)}, ended_at = ${field(4)},
    started_at = min(coalesce(started_at, ${field(5)}), ${field(5)}), http_status = ${field(6)}, timing = ${field(7)}, error = ${field(8)},
    response_headers = ${field(9)}, response_at = ${field(10)}, response_bytes = ${field(11)}, response_sha256 = ${field(12)},
    settled_sha256 = ${field(13)}, response_body = ${field(14)}, retries_used = ${field(15)}, losses = ${field(16)},
    late = ${field(17)}, truncated = ${field(18)}, ended_by = ${field(19)}
    FROM ${given}
    WHERE executions.id = ${field(0)} AND executions.fence = ${field(1)} AND +executions.status IN ('offered', 'running')
    RETURNING executions.id`,
};

/**
 * Puts held rows back into the queue where the fence stands, unless their cancellation was asked for. An attempt that is over goes to the earlier ones
 * with the runner that had it; the time at which the row began is that of the next one.
 */
export const requeue: Grouped = {
  rank: 2,
  sql: `UPDATE executions SET status = 'queued', runner_id = NULL, runner_name = NULL, run_at = ${field(2)}, expires_at = ${field(3)},
    retries_used = ${field(4)}, losses = ${field(5)}, redeliveries = ${field(6)}, reason = ${field(7)}, error = ${field(8)},
    settled_sha256 = ${field(9)}, suspicion = ${field(10)}, spent_ms = spent_ms + ${field(11)},
    earlier = CASE WHEN ${field(12)} IS NULL THEN earlier
      ELSE json_insert(coalesce(earlier, '[]'), '$[#]', json_set(${field(12)}, '$.runner', runner_name)) END,
    started_at = CASE WHEN ${field(12)} IS NULL THEN started_at END
    FROM ${given}
    WHERE executions.id = ${field(0)} AND executions.fence = ${field(1)} AND +executions.status IN ('offered', 'running')
    AND executions.cancel_requested = 0 RETURNING executions.id`,
};

/** Shows held rows as running, unless their cancellation was asked for. */
export const markRunning: Grouped = {
  rank: 3,
  sql: `UPDATE executions SET status = 'running', started_at = coalesce(started_at, ${field(2)}) FROM ${given}
    WHERE executions.id = ${field(0)} AND executions.fence = ${field(1)} AND +executions.status IN ('offered', 'running')
    AND executions.cancel_requested = 0 RETURNING executions.id`,
};

/** Ends rows that nobody holds. */
export const endQueued: Grouped = {
  rank: 4,
  sql: `UPDATE executions SET status = ${field(1)}, reason = ${field(2)}, ended_at = ${field(3)}, error = ${field(4)}, ended_by = ${field(5)}
    FROM ${given}
    WHERE executions.id = ${field(0)} AND +executions.status IN ('queued', 'scheduled') RETURNING executions.id`,
};

/** Counts calls that ended, each in the batch that settled it and only where it did. */
export const count: Grouped = {
  rank: 8,
  sql: `INSERT INTO rollups (project, at, name, duration_class, ok, failed, last_at)
    SELECT ${field(0)}, ${field(4)} - ${field(4)} % ${rollupMs}, ${field(1)}, ${field(6)}, ${field(5)} = 'succeeded', ${field(5)} <> 'succeeded', ${field(4)}
    FROM ${given}
    WHERE EXISTS (SELECT 1 FROM executions AS e WHERE e.id = ${field(2)} AND e.ended_by = ${field(3)})
    ON CONFLICT DO UPDATE SET ok = ok + excluded.ok, failed = failed + excluded.failed, last_at = max(last_at, excluded.last_at)`,
};

/** How long usage is counted together for. */
export const usageMs = 3_600_000;

/**
 * Adds what executions used to the hour in which they ended, each in the batch that ended it and only where that ended it. What is counted is
 * what stands in the row, so that the two can be compared. Rows are the id and the number of the write.
 */
export const meter: Grouped = {
  rank: 7,
  sql: `INSERT INTO usage (project, at, name, caller, executions, run_ms, mb_ms, bytes_in, bytes_out)
    SELECT project, at, name, caller, count(*), sum(ms), sum(ms * memory_mb), sum(bytes_in), sum(bytes_out) FROM (
      SELECT e.project, e.ended_at - e.ended_at % ${usageMs} AS at, e.name, coalesce(e.caller, '') AS caller, e.memory_mb, e.bytes_in,
        e.spent_ms + CAST(round(coalesce(e.timing ->> '$.runMs', 0)) AS INTEGER) AS ms, coalesce(e.response_bytes, 0) AS bytes_out
      FROM (SELECT ${field(0)} AS id, ${field(1)} AS ended_by FROM ${given}) AS j CROSS JOIN executions AS e
      WHERE e.id = j.id AND e.ended_by = j.ended_by AND e.kind <> 'build')
    GROUP BY project, at, name, caller
    ON CONFLICT DO UPDATE SET executions = executions + excluded.executions, run_ms = run_ms + excluded.run_ms,
      mb_ms = mb_ms + excluded.mb_ms, bytes_in = bytes_in + excluded.bytes_in, bytes_out = bytes_out + excluded.bytes_out`,
};

/** Tells those who follow that executions changed. A change that was refused may be told too: it is read as it is. */
export const tell: Grouped = {
  rank: 9,
  sql: `INSERT INTO events (project, topic, subject, at) SELECT ${field(0)}, 'executions', ${field(1)}, ${field(2)} FROM ${given}`,
};
