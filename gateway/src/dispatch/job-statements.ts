import type { StoredJob } from "@pulse/schema/tables";
import { type FunctionSpec, nameOfJob } from "@pulse/schema/wire/job";
import type { NewExecution } from "../hub.ts";
import type { Grouped } from "./journal.ts";
import { base64Bytes } from "./kept-response.ts";
import { routeOf } from "./match.ts";

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

/** The columns of a new row, in the order of `insertRow`. */
export const insertColumns = `id, project, kind, status, name, function_id, version_id, version, pool, route, mode, delivery, fence, attempt,
  runner_id, runner_name, trigger_type, parent_id, run_at, expires_at, created_at, cap_key, cap_max, may_redeliver, trigger, retry, job,
  memory_mb, bytes_in, caller`;

/** What stands in `insertColumns`, from `given`: a child's caller is its parent's. */
export const insertFields = `${fields(29)}, coalesce(${field(29)}, (SELECT p.caller FROM executions AS p WHERE p.id = ${field(17)}))`;

/** Inserts rows of `insertRow`. */
export const insert: Grouped = {
  rank: 0,
  sql: `INSERT INTO executions (${insertColumns}) SELECT ${insertFields} FROM ${given} WHERE true ON CONFLICT DO NOTHING`,
};

// A plus before `status` keeps SQLite from walking the index of states: each row is found by its id, however many others run.

/** Writes a terminal state where the fence stands. */
export const settle: Grouped = {
  rank: 1,
  sql: `UPDATE executions SET status = ${field(2)}, reason = ${field(3)}, ended_at = ${field(4)},
    started_at = coalesce(started_at, ${field(5)}), http_status = ${field(6)}, timing = ${field(7)}, error = ${field(8)},
    response_headers = ${field(9)}, response_at = ${field(10)}, response_bytes = ${field(11)}, response_sha256 = ${field(12)},
    settled_sha256 = ${field(13)}, response_body = ${field(14)}, retries_used = ${field(15)}, losses = ${field(16)},
    late = ${field(17)}, truncated = ${field(18)}, ended_by = ${field(19)}
    FROM ${given}
    WHERE executions.id = ${field(0)} AND executions.fence = ${field(1)} AND +executions.status IN ('offered', 'running')
    RETURNING executions.id`,
};

/** Puts held rows back into the queue where the fence stands, unless their cancellation was asked for. */
export const requeue: Grouped = {
  rank: 2,
  sql: `UPDATE executions SET status = 'queued', runner_id = NULL, runner_name = NULL, run_at = ${field(2)}, expires_at = ${field(3)},
    retries_used = ${field(4)}, losses = ${field(5)}, redeliveries = ${field(6)}, reason = ${field(7)}, error = ${field(8)},
    settled_sha256 = ${field(9)}, suspicion = ${field(10)}, spent_ms = spent_ms + ${field(11)}
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

/** A new row, queued or offered, as the members of a JSON array. */
export function insertRow(
  execution: NewExecution,
  offeredTo: { id: string; name: string } | null,
): unknown[] {
  const { job, cap } = execution;
  const spec = job.kind === "function" ? job.spec : null;
  const trigger = job.kind === "build" ? { type: "build" } : job.spec.trigger;
  return [
    execution.id,
    job.project,
    job.kind,
    offeredTo === null ? "queued" : "offered",
    nameOfJob(job),
    execution.functionId,
    execution.versionId,
    versionOf(job),
    execution.pool,
    routeOf(execution.requires),
    execution.mode,
    job.delivery,
    offeredTo === null ? 0 : 1,
    offeredTo === null ? 0 : 1,
    offeredTo?.id ?? null,
    offeredTo?.name ?? null,
    trigger.type,
    execution.parentId,
    execution.runAt,
    execution.expiresAt,
    execution.createdAt,
    cap?.key ?? null,
    cap?.max ?? null,
    execution.mayRedeliver ? 1 : 0,
    trigger,
    execution.retry,
    job,
    Math.round((spec?.settings.memory ?? 0) / 2 ** 20),
    spec === null ? 0 : bytesOf(spec),
    execution.caller ?? null,
  ];
}

/** A draft's code is no version that could be named, and a command has none. */
function versionOf(job: StoredJob): number | null {
  return job.kind === "command" || job.spec.function.version === 0 ? null : job.spec.function.version;
}

/** Bytes of a request's body; of one that is piped, what its head says. */
function bytesOf({ body, request }: FunctionSpec): number {
  if (body.at === "none") return 0;
  if (body.at === "stored") return body.bytes;
  if (body.at === "inline") return base64Bytes(body.base64);
  const length = request.headers.find(([name]) => name === "content-length")?.[1] ?? "";
  return /^\d{1,15}$/.test(length) ? Number(length) : 0;
}
