import type { ResultSet } from "@libsql/client";
import type { StoredJob } from "@pulse/schema/tables";
import { type FunctionSpec, nameOfJob } from "@pulse/schema/wire/job";
import type { NewExecution } from "../hub.ts";
import { changeOf } from "./changes.ts";
import { runningOf } from "./claim.ts";
import { field, fields, given } from "./job-statements.ts";
import type { Grouped, Journal } from "./journal.ts";
import { base64Bytes } from "./kept-response.ts";
import { routeOf } from "./match.ts";

/** A runner that a new execution is handed to as its row is written. */
export interface HandOut {
  id: string;
  name: string;
  /** When it is given up if its cap makes it wait instead, epoch ms. */
  waitsUntil: number | null;
}

/** Who holds an idempotency key that is taken, and whether that request had the same fingerprint. */
export interface Holder {
  id: string;
  matches: boolean;
}

/** What became of a new row: it is in the runner's hands, it waits, or another execution holds its key. */
export type Inserted = "offered" | "queued" | Holder;

/** The columns of a new row, in the order of `insertRow`. */
const columns = `id, project, kind, status, name, function_id, version_id, version, pool, route, mode, delivery, fence, attempt,
  runner_id, runner_name, trigger_type, parent_id, run_at, expires_at, created_at, cap_key, cap_max, may_redeliver, trigger, retry, job,
  memory_mb, bytes_in, caller`;

/** A child's caller is its parent's. */
const caller = `coalesce(${field(29)}, (SELECT p.caller FROM executions AS p WHERE p.id = ${field(17)}))`;

const insertFrom = (values: string, from: string, where: string) =>
  `INSERT INTO executions (${columns}) SELECT ${values}, ${caller} FROM ${from} WHERE ${where} ON CONFLICT DO NOTHING`;

const asGiven = fields(29);

/** What stands in a row for which its cap has no room: it waits, with nobody. */
const waiting = new Map([
  [3, "'queued'"],
  [12, "0"],
  [13, "0"],
  [14, "NULL"],
  [15, "NULL"],
  [19, field(30)],
]);
const asRoomIs = Array.from({ length: 29 }, (_, i) => {
  const otherwise = waiting.get(i);
  return otherwise === undefined ? field(i) : `CASE WHEN j.has_room THEN ${field(i)} ELSE ${otherwise} END`;
}).join(", ");

/** As `given`, with whether the cap of each has room for it beside what runs and those before it. */
const givenWithRoom = `(SELECT g.value, row_number() OVER (PARTITION BY g.value ->> '$[21]' ORDER BY g.key)
    <= (g.value ->> '$[22]') - ${runningOf("g.value ->> '$[21]'", "g.value ->> '$[1]'")} AS has_room FROM (SELECT value, key FROM json_each(?) LIMIT -1) AS g) AS j`;

/** Inserts rows of `insertRow`. */
const insert: Grouped = { rank: 0, sql: insertFrom(asGiven, given, "true") };

/**
 * Inserts rows that are handed out under a cap: as queued where the rows say that it is reached, whenever this is made. Memory may lack
 * what a write without an answer left. After what frees room, so that it counts.
 */
const insertCapped: Grouped = {
  rank: 5,
  sql: `${insertFrom(asRoomIs, givenWithRoom, "true")} RETURNING id, status`,
};

/** Tells of new rows that their cap made wait. */
const tellWaiting: Grouped = {
  rank: 9,
  sql: `INSERT INTO events (project, topic, subject, at) SELECT ${field(0)}, 'executions', ${field(1)}, ${field(2)} FROM ${given}
    WHERE EXISTS (SELECT 1 FROM executions AS e WHERE e.id = ${field(1)} AND e.project = ${field(0)} AND e.status = 'queued')`,
};

/** Writes a new row, handed out or for the queue; resolves once it is on disk. An expired idempotency key is taken over. */
export async function insertNew(
  journal: Journal,
  execution: NewExecution,
  to: HandOut | null,
  now: number,
): Promise<Inserted> {
  if (execution.idempotency !== null)
    return await insertOnce(journal, execution, execution.idempotency, to, now);
  const row = rowOf(execution, to);
  const { project } = execution.job;
  if (isUnderCap(execution, to)) {
    const told = { grouped: tellWaiting, row: [project, execution.id, now] };
    return placeOf(await journal.group(insertCapped, row, [told]), execution);
  }
  // What is handed out at once is told when it has run for a second or has ended: most work never needs both.
  await journal.group(insert, row, to === null ? changeOf(project, execution.id, now) : []);
  return to === null ? "queued" : "offered";
}

async function insertOnce(
  journal: Journal,
  execution: NewExecution,
  once: NonNullable<NewExecution["idempotency"]>,
  to: HandOut | null,
  now: number,
): Promise<Inserted> {
  const { project } = execution.job;
  const isCapped = isUnderCap(execution, to);
  const key = [project, once.scope, once.key];
  const taken = {
    sql: `INSERT INTO idempotency (project, scope, key, fingerprint, execution_id, expires_at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (project, scope, key) DO UPDATE SET fingerprint = excluded.fingerprint, execution_id = excluded.execution_id,
       expires_at = excluded.expires_at WHERE idempotency.expires_at <= ?`,
    args: [...key, once.fingerprint, execution.id, once.expiresAt, execution.createdAt],
  };
  const holds = `EXISTS (SELECT 1 FROM idempotency WHERE project = ? AND scope = ? AND key = ? AND execution_id = ${field(0)})`;
  // A key without its execution would answer for a day with one that is not there.
  const inserted = {
    sql: isCapped
      ? `${insertFrom(asRoomIs, givenWithRoom, holds)} RETURNING id, status`
      : insertFrom(asGiven, given, holds),
    args: [JSON.stringify([rowOf(execution, to)]), ...key],
  };
  const found = {
    sql: "SELECT execution_id, fingerprint FROM idempotency WHERE project = ? AND scope = ? AND key = ?",
    args: key,
  };
  // What goes along is written before the row is there.
  const toldWaiting = { sql: tellWaiting.sql, args: [JSON.stringify([[project, execution.id, now]])] };
  const [, placed = [], rows] = await journal.together(
    isCapped ? [taken, inserted, found, toldWaiting] : [taken, inserted, found],
    to === null ? changeOf(project, execution.id, now) : [],
  );
  const holder = rows?.[0];
  if (holder !== undefined && holder.execution_id !== execution.id) {
    return { id: String(holder.execution_id), matches: holder.fingerprint === once.fingerprint };
  }
  if (isCapped) return placeOf(placed, execution);
  return to === null ? "queued" : "offered";
}

function isUnderCap({ cap }: NewExecution, to: HandOut | null): boolean {
  return to !== null && cap !== null;
}

/** What the rows say of one that was handed out under a cap. */
function placeOf(rows: ResultSet["rows"], { id }: NewExecution): Inserted {
  return rows.some((row) => row.id === id && row.status === "offered") ? "offered" : "queued";
}

function rowOf(execution: NewExecution, to: HandOut | null): unknown[] {
  const row = insertRow(execution, to);
  return to !== null && execution.cap !== null ? [...row, to.waitsUntil] : row;
}

/** A new row, queued or offered, as the members of a JSON array. */
function insertRow(execution: NewExecution, offeredTo: HandOut | null): unknown[] {
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
