import type { StoredJob } from "@pulse/schema/tables";
import type { HeaderList, Job } from "@pulse/schema/wire/job";
import type { RetrySettings } from "@pulse/schema/wire/manifest";
import type { NewExecution } from "../hub.ts";
import { handedTraceparent } from "./attempt-spans.ts";
import { routeOf } from "./match.ts";

/** An execution in a runner's hands, as the hub remembers it. The row is the truth; this is its working copy. */
export interface Held {
  id: string;
  project: string;
  pool: string;
  route: string;
  kind: string;
  versionId: string | null;
  fence: number;
  attempt: number;
  mode: "sync" | "async";
  delivery: "atLeastOnce" | "atMostOnce";
  retry: RetrySettings | null;
  retriesUsed: number;
  losses: number;
  redeliveries: number;
  /** What crashes of its runners say against it. */
  suspicion: number;
  createdAt: number;
  /** When it was ready to be handed out, epoch ms. */
  dueAt: number;
  expiresAt: number | null;
  capKey: string | null;
  mayRedeliver: boolean;
  cancelRequested: boolean;
  parentId: string | null;
  job: StoredJob;
  /** Offered: handed out, not yet acknowledged. */
  state: "offered" | "running";
  /** When it was handed out, epoch ms. */
  offeredAt: number;
  /** When it left towards the runner, epoch ms; null while it waits for the runner's next sync. */
  leftAt: number | null;
  acknowledgedAt: number | null;
  /** The row says `running`. */
  persisted: boolean;
  /** The instance that passed the start gate. */
  startedBy: string | null;
  /** A response head left, or a piped request body was read: the attempt is final. */
  consumed: boolean;
  /** When the runner ceased to list it, or when it was read from its row and not named since, epoch ms; null while it is named. */
  unlistedSince: number | null;
  /** It began, may not begin again unasked, and its runner is silent: since then, epoch ms. */
  unreachableSince: number | null;
}

/** Whether a hand-out may have reached its runner: it left, or an earlier hub made it. */
export function mayHaveLeft(held: Held): boolean {
  return held.leftAt !== null || held.offeredAt === 0;
}

/**
 * When an attempt that ended began, epoch ms: when the gateway first heard so, or earlier by what its runner measured of it, for of a short one nothing
 * is heard before its end; never before it left.
 */
export function begunAt(
  { acknowledgedAt, leftAt, createdAt }: Pick<Held, "acknowledgedAt" | "leftAt" | "createdAt">,
  { startMs = 0, initMs = 0, runMs = 0 }: Partial<Record<"startMs" | "initMs" | "runMs", number | undefined>>,
  endedAt: number,
): number {
  const measured = Math.floor(endedAt - startMs - initMs - runMs);
  return Math.min(endedAt, Math.max(leftAt ?? createdAt, Math.min(acknowledgedAt ?? endedAt, measured)));
}

/** The working copy of an execution that is offered as it is inserted. */
export function heldFromNew(execution: NewExecution, offered: boolean): Held {
  const { job } = execution;
  return {
    id: execution.id,
    project: job.project,
    pool: execution.pool,
    route: routeOf(execution.requires),
    kind: job.kind,
    versionId: execution.versionId,
    fence: offered ? 1 : 0,
    attempt: offered ? 1 : 0,
    mode: execution.mode,
    delivery: job.delivery,
    retry: execution.retry,
    retriesUsed: 0,
    losses: 0,
    redeliveries: 0,
    suspicion: 0,
    createdAt: execution.createdAt,
    dueAt: execution.runAt,
    expiresAt: execution.expiresAt,
    capKey: execution.cap?.key ?? null,
    mayRedeliver: execution.mayRedeliver,
    cancelRequested: false,
    parentId: execution.parentId,
    job,
    ...untouched,
  };
}

const untouched = {
  state: "offered",
  offeredAt: 0,
  leftAt: null,
  acknowledgedAt: null,
  persisted: false,
  startedBy: null,
  consumed: false,
  unlistedSince: null,
  unreachableSince: null,
} as const;

/** Columns from which `heldFromRow` reads. */
export const heldColumns = `id, project, pool, route, kind, version_id, fence, attempt, mode, delivery, retry, retries_used, losses,
  redeliveries, suspicion, created_at, expires_at, cap_key, may_redeliver, cancel_requested, parent_id, status, started_at, run_at, job`;

/** The working copy from the row, as written by this file's own statements. */
export function heldFromRow(row: Record<string, unknown>): Held {
  const running = row.status === "running";
  return {
    ...untouched,
    id: String(row.id),
    project: String(row.project),
    pool: String(row.pool),
    route: String(row.route),
    kind: String(row.kind),
    versionId: row.version_id === null ? null : String(row.version_id),
    fence: Number(row.fence),
    attempt: Number(row.attempt),
    mode: row.mode === "sync" ? "sync" : "async",
    delivery: row.delivery === "atMostOnce" ? "atMostOnce" : "atLeastOnce",
    // Written by this program alone, from the parsed settings.
    retry: row.retry === null ? null : (JSON.parse(String(row.retry)) as RetrySettings),
    retriesUsed: Number(row.retries_used),
    losses: Number(row.losses),
    redeliveries: Number(row.redeliveries),
    suspicion: Number(row.suspicion),
    createdAt: Number(row.created_at),
    dueAt: Number(row.run_at),
    expiresAt: row.expires_at === null ? null : Number(row.expires_at),
    capKey: row.cap_key === null ? null : String(row.cap_key),
    mayRedeliver: row.may_redeliver === 1,
    cancelRequested: row.cancel_requested === 1,
    parentId: row.parent_id === null ? null : String(row.parent_id),
    job: JSON.parse(String(row.job)) as StoredJob,
    state: running ? "running" : "offered",
    acknowledgedAt: running ? Number(row.started_at) : null,
    persisted: running,
    // Only the start gate makes such a row running: whoever passed it may have had its effect. Its name is not in the row.
    startedBy: running && row.delivery === "atMostOnce" ? "" : null,
  };
}

/** The job as it is handed out now; `isTraced`: what it does is a part of its attempt. */
export function jobOf(held: Held, isTraced: boolean): Job {
  const { fence, attempt } = held;
  const traceparent = isTraced ? handedTraceparent(held) : held.job.traceparent;
  const job = traceparent === held.job.traceparent ? held.job : withTraceparent(held.job, traceparent);
  // StoredJob is Job without these three, member by member.
  return { ...job, fence, attempt, secrets: null } as Job;
}

/** A function's request says the same, for what goes by its headers; `tracestate` stays in them as it came. */
function withTraceparent(job: StoredJob, traceparent: string | null): StoredJob {
  if (job.kind !== "function") return { ...job, traceparent };
  const others = job.spec.request.headers.filter(([name]) => name !== "traceparent");
  const headers: HeaderList = traceparent === null ? others : [...others, ["traceparent", traceparent]];
  return { ...job, traceparent, spec: { ...job.spec, request: { ...job.spec.request, headers } } };
}
