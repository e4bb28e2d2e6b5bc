import { sql } from "drizzle-orm";
import { blob, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { ExecutionKind, ExecutionStatus, Reason } from "../status.ts";
import type { ExecutionError, HeaderList, Job, Timing, Trigger } from "../wire/job.ts";

/** Written only by the dispatcher's job store. Large columns stand last, so that lists do not read them. */
export const executions = sqliteTable(
  "executions",
  {
    id: text().primaryKey(),
    project: text().notNull(),
    kind: text().$type<ExecutionKind>().notNull(),
    status: text().$type<ExecutionStatus>().notNull(),
    reason: text().$type<Reason>(),
    name: text().notNull(),
    functionId: text(),
    versionId: text(),
    version: integer(),
    pool: text().notNull(),
    /** What a runner must have, in one canonical text (`route.ts`): rows with the same route fit the same runners. */
    route: text().notNull(),
    /** Whether a caller waited for it when it was made: such work is not retried after function errors. */
    mode: text({ enum: ["sync", "async"] }).notNull(),
    delivery: text({ enum: ["atLeastOnce", "atMostOnce"] }).notNull(),
    fence: integer().notNull().default(0),
    attempt: integer().notNull().default(0),
    retriesUsed: integer().notNull().default(0),
    losses: integer().notNull().default(0),
    redeliveries: integer().notNull().default(0),
    /** What crashes of its runners say against it (`poison.ts`). */
    suspicion: integer().notNull().default(0),
    runnerId: text(),
    runnerName: text(),
    triggerType: text().notNull(),
    parentId: text(),
    /** Whose use of the gateway it counts as: a key, a person, `anonymous`; a child's is its parent's. */
    caller: text(),
    /** MiB of the sandbox. */
    memoryMb: integer().notNull().default(0),
    /** Of the request's body, as far as they were known when it was made. */
    bytesIn: integer().notNull().default(0),
    /** How long attempts before the last one ran, milliseconds. */
    spentMs: integer().notNull().default(0),
    /** Not before this, epoch milliseconds. */
    runAt: integer().notNull(),
    /** Queued work is given up after this. */
    expiresAt: integer(),
    createdAt: integer().notNull(),
    startedAt: integer(),
    endedAt: integer(),
    /** Which of the writes that may have ended it did: only that one adds up what it used. */
    endedBy: integer(),
    late: integer({ mode: "boolean" }).notNull().default(false),
    truncated: integer({ mode: "boolean" }).notNull().default(false),
    cancelRequested: integer({ mode: "boolean" }).notNull().default(false),
    /** The key that running work is counted under, null without a cap, and the cap as it stood at submit. */
    capKey: text(),
    capMax: integer(),
    /** Whether an infrastructure loss of a waited-for call may be followed by another attempt. */
    mayRedeliver: integer({ mode: "boolean" }).notNull().default(true),
    httpStatus: integer(),
    timing: text({ mode: "json" }).$type<Timing>(),
    error: text({ mode: "json" }).$type<ExecutionError>(),
    trigger: text({ mode: "json" }).$type<Trigger>().notNull(),
    retry: text({ mode: "json" }).$type<{
      attempts: number;
      backoff: number;
      maxBackoff: number;
      maxAge: number;
    } | null>(),
    /** The attempts before the one that the row tells of, oldest first; null: there was none. */
    earlier: text({ mode: "json" }).$type<EarlierAttempt[]>(),
    responseHeaders: text({ mode: "json" }).$type<HeaderList>(),
    /** `none`, `inline` (responseBody), `stored` (payloads), `not_kept` (size and digest only). */
    responseAt: text({ enum: ["none", "inline", "stored", "not_kept"] })
      .notNull()
      .default("none"),
    responseBytes: integer(),
    responseSha256: text(),
    /** Digest of the settled completion, so that a repeat of it answers `ok` again. */
    settledSha256: text(),
    responseBody: text(),
    /** The job as handed out, without fence, attempt and secrets. */
    job: text({ mode: "json" }).$type<StoredJob>().notNull(),
  },
  (t) => [
    index("executions_claim").on(t.pool, t.status, t.capKey, t.runAt),
    index("executions_cap").on(t.capKey, t.status, t.runAt).where(sql`cap_key IS NOT NULL`),
    index("executions_list").on(t.project, t.createdAt, t.id),
    index("executions_name").on(t.project, t.name, t.createdAt),
    index("executions_status").on(t.project, t.status, t.createdAt),
    index("executions_parent").on(t.parentId),
    index("executions_due").on(t.status, t.runAt),
    index("executions_runner").on(t.runnerId, t.status),
    // What a split's guard counts, however many of its calls still wait.
    index("executions_ended").on(t.versionId, t.endedAt).where(sql`ended_at IS NOT NULL`),
  ],
);

/** An attempt that another one followed; times are epoch milliseconds. `startedAt` is null where no runner said that it began. */
export interface EarlierAttempt {
  attempt: number;
  runner: string | null;
  startedAt: number | null;
  endedAt: number;
  reason: string | null;
  error: Pick<ExecutionError, "code" | "message"> | null;
}

/** What is kept of a job; fence, attempt and secrets are added at hand-out. */
export type StoredJob = DistributiveOmit<Job, "fence" | "attempt" | "secrets">;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export const idempotency = sqliteTable(
  "idempotency",
  {
    project: text().notNull(),
    /** Function and credential. */
    scope: text().notNull(),
    key: text().notNull(),
    /** Digest of the request. */
    fingerprint: text().notNull(),
    executionId: text().notNull(),
    expiresAt: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.project, t.scope, t.key] }), index("idempotency_expiry").on(t.expiresAt)],
);

/** One row is one chunk: gzip NDJSON as the runner sent it. */
export const logChunks = sqliteTable(
  "log_chunks",
  {
    project: text().notNull(),
    executionId: text().notNull(),
    fence: integer().notNull(),
    firstSeq: integer().notNull(),
    lastSeq: integer().notNull(),
    attempt: integer().notNull(),
    rawBytes: integer().notNull(),
    /** What this chunk and those before it under the same fence count against the limit of the log. */
    totalBytes: integer().notNull(),
    createdAt: integer().notNull(),
    data: blob({ mode: "buffer" }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.executionId, t.fence, t.firstSeq] })],
);
