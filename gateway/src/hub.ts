import type { ExecutionStatus } from "@pulse/schema/status";
import type { StoredJob } from "@pulse/schema/tables";
import type { ExecutionError, HeaderList, Timing } from "@pulse/schema/wire/job";
import type { RetrySettings } from "@pulse/schema/wire/manifest";
import type {
  CompleteAnswer,
  Completion,
  Holding,
  SyncAnswer,
  SyncRequest,
} from "@pulse/schema/wire/runner-protocol";
import type { RunnerSample } from "@pulse/schema/wire/runners";
import type { WarmOrder } from "@pulse/schema/wire/warm-order";

/** A pool of a project, as one hub may serve it alone. */
export interface PoolScope {
  project: string;
  pool: string;
}

/** What a runner must have to run a job. */
export interface Requires {
  /** Null: what is asked for is a capability. */
  runtime: string | null;
  labels: Record<string, string>;
  arch: string | null;
  /** Something that runners announce of themselves, such as `commands`. */
  capability?: string;
  /** The id of the only runner that it is for. */
  runner?: string;
}

/** An execution as the HTTP half submits it; the hub writes the row. */
export interface NewExecution {
  id: string;
  requires: Requires;
  mode: "sync" | "async";
  pool: string;
  functionId: string | null;
  versionId: string | null;
  /** Not before this, epoch milliseconds. */
  runAt: number;
  /** Queued work is given up (`dead: expired`, or `failed: no_runner` when sync) after this. */
  expiresAt: number | null;
  createdAt: number;
  parentId: string | null;
  /** Whose use of the gateway it counts as; absent or null: the parent's, or nobody's. */
  caller?: string | null;
  /** At most `max` executions with this key run at once. */
  cap: { key: string; max: number; onLimit: "queue" | "reject" } | null;
  /** Retries of function errors; null: none. */
  retry: RetrySettings | null;
  idempotency: { scope: string; key: string; fingerprint: string; expiresAt: number } | null;
  /** May run again after an infrastructure loss (idempotent method or key, body stored). */
  mayRedeliver: boolean;
  job: StoredJob;
}

/** A settled execution, as much of it as the waiting caller needs. */
export interface Settled {
  id: string;
  status: ExecutionStatus;
  reason: string | null;
  attempt: number;
  error: ExecutionError | null;
  timing: Timing;
  /** Null when the function gave none, or when it is no longer kept. `base64` null: stored, read it from the payloads. */
  response: { status: number; headers: HeaderList; base64: string | null; bytes: number } | null;
}

export type Invoked =
  /** On disk, and nobody waits any longer. */
  | { kind: "accepted"; id: string; status: ExecutionStatus }
  | { kind: "settled"; execution: Settled }
  /** The head arrived; the body follows. An error of the stream means that the attempt broke off. */
  | {
      kind: "streaming";
      id: string;
      attempt: number;
      status: number;
      headers: HeaderList;
      body: ReadableStream<Uint8Array>;
    }
  /** The idempotency key is taken; `matches` tells whether by the same request. */
  | { kind: "duplicate"; id: string; matches: boolean };

/** A runner as the hub knows it, read from its row when its session opens or the hub has just started. */
export interface RunnerRecord {
  id: string;
  project: string;
  name: string;
  pool: string;
  labels: Record<string, string>;
  epoch: number;
  instanceId: string | null;
  arch: string;
  runtimes: string[];
  capabilities: string[];
  slots: number;
  state: "active" | "draining" | "maintenance";
  preparing: string | null;
}

/** A token bucket by its name, and how many calls a minute it allows. */
export interface BucketTake {
  bucket: string;
  perMinute: number;
}

/** How a bucket stands after a call was asked for. */
export interface BucketLeft {
  allowed: boolean;
  /** Whole calls left. */
  remaining: number;
  /** Seconds until one more call is allowed; 0 when one is. */
  retryAfter: number;
  /** Seconds until the bucket is full again. */
  reset: number;
}

/** Who makes a runner call: the runner of the access token, and the `Pulse-Epoch` it sent. */
export interface Holder {
  runner: string;
  epoch: number;
}

/** Live facts of a runner for the control API. */
export interface RunnerLive {
  id: string;
  lastSeenAt: number;
  running: number;
  preparing: string | null;
  runtimes: string[];
  metrics: Record<string, number> | null;
  /** Of its machine; it and the versions that are warm only `inFull`. */
  samples?: RunnerSample[];
  warm?: string[];
}

/** Times in classes: how many fell into each (the last one is what is beyond all bounds), and their sum in seconds. */
export interface Spread {
  counts: number[];
  sum: number;
}

/** What was counted of a pool since its hub started, and who is there now. Pools beyond 500 are one without a name. */
export interface PoolMeasures extends PoolScope {
  ends: { kind: string; status: string; count: number }[];
  /** Attempts by how their sandbox began: `warm`, `stem`, `cold`. */
  starts: { start: string; count: number }[];
  /** `retry`, `loss`, `unacknowledged`. */
  repeats: { why: string; count: number }[];
  /** From the moment an attempt was due until it left for its runner. */
  waited: ({ kind: string } & Spread)[];
  /** How long the code of attempts ran. */
  ran: ({ kind: string } & Spread)[];
  /** Runners that are online, those of them that take work, their slots, and how many of these are in use. */
  live: { up: number; taking: number; slots: number; used: number };
}

/** What one hub counted since it started. It is gone with the hub. */
export interface HubMeasures {
  /** What it serves, where there are several; empty: everything. */
  of: PoolScope;
  /** Upper bounds of the classes of every spread, seconds. */
  boundsSeconds: readonly number[];
  pools: PoolMeasures[];
  /** Ends of workflow executions. */
  runs: { project: string; status: string; count: number }[];
  /** How long groups of writes took until they were durable. */
  commits: Spread;
}

/** Sandboxes of a version that are wanted warm ahead of calls. */
export interface WarmWant {
  pool: string;
  requires: Requires;
  count: number;
  order: Omit<WarmOrder, "count" | "secrets">;
  /** It is the second version of a split, wanted beside the first one. */
  isCanary?: boolean;
}

/**
 * Where the two halves of the gateway meet. Every argument and answer is JSON but for the byte streams, so it crosses to a
 * Durable Object by fetch (`hub-wire.ts`). Each method throws `ProblemError` with the codes of `protocol.md`.
 */
export interface Hub {
  /** Writes the execution, hands it out, and waits up to `waitMs` (0: answers `accepted` once it is on disk). `body` is the caller's, for `piped` jobs. */
  invoke(
    args: { execution: NewExecution; waitMs: number; body: ReadableStream<Uint8Array> | null },
    signal: AbortSignal,
  ): Promise<Invoked>;
  /** Joins an execution that exists: waits up to `waitMs` for its end. */
  wait(args: { id: string; waitMs: number }, signal: AbortSignal): Promise<Invoked>;
  /** Cancels what waits, asks what runs to stop; `reason` disconnected: the caller of a stream left. Throws `not_found`, `already_finished`. */
  cancel(args: {
    project: string;
    id: string;
    reason: "cancelled" | "disconnected";
  }): Promise<{ status: ExecutionStatus }>;
  /** Resolves when log lines of the execution arrived or it ended since `ticket`, or after `waitMs`. */
  watchLogs(
    args: { id: string; ticket: number | null; waitMs: number },
    signal: AbortSignal,
  ): Promise<{ ticket: number; ended: boolean }>;
  /** Resolves when something that `events` tells of changed in the project since `ticket`, or after `waitMs`. */
  watchEvents(
    args: { project: string; ticket: number | null; waitMs: number },
    signal: AbortSignal,
  ): Promise<{ ticket: number }>;
  /** Takes one call from each of these buckets of the project, or from none when one of them is empty. In memory only: after a restart all are full. */
  take(args: { project: string; takes: readonly BucketTake[] }): Promise<BucketLeft[]>;
  /** Something of the project was changed by somebody else than this hub; `quiet`: nothing that a workflow of its waits for. */
  changed(args: { project: string; quiet?: boolean }): Promise<void>;
  /** What the project's functions want warm may have changed: reads it again. */
  warmChanged(args: { project: string }): Promise<void>;
  /** A version is needed at a known time: runners of the pool keep it warm from `fromMs` until `untilMs` (epoch ms). In memory only: whoever knows the time says it again. */
  prewarm(args: { want: WarmWant; fromMs: number; untilMs: number }): Promise<void>;
  /** A log chunk of this runner was written. Answers whether anyone watches and whether the job was cancelled. */
  logged(args: {
    holder: Holder;
    id: string;
    fence: number;
  }): Promise<{ watched: boolean; cancelled: boolean }>;
  /** A live cap changed. */
  capChanged(args: { key: string; max: number | null }): Promise<void>;

  openSession(args: {
    runner: RunnerRecord;
    inFlight: (Holding & { state: "running" | "finished" })[];
  }): Promise<{ reconcile: (Holding & { action: "continue" | "stop" | "forget" | "report" })[] }>;
  endSession(args: { holder: Holder }): Promise<void>;
  sync(args: { holder: Holder; request: SyncRequest }, signal: AbortSignal): Promise<SyncAnswer>;
  renew(args: { holder: Holder; running: Holding[] }): Promise<{
    leases: (Holding & { status: "ok" | "cancel" | "fenced" | "done" })[];
  }>;
  start(args: {
    holder: Holder;
    execution: string;
    fence: number;
    instanceId: string;
  }): Promise<{ timeoutMs: number }>;
  /** The request body: from the waiting caller (`stream`), or `stored`: read it from the payloads. Throws `request_consumed`, `fenced`, `cancelled`. */
  request(args: {
    holder: Holder;
    execution: string;
    fence: number;
  }): Promise<{ stream: ReadableStream<Uint8Array> } | "stored">;
  /** Pipes a response to the waiting caller, or keeps up to 6 MiB when nobody waits. Resolves when the body was taken; bytes counted. */
  response(
    args: {
      holder: Holder;
      execution: string;
      fence: number;
      head: { status: number; headers: HeaderList };
      body: ReadableStream<Uint8Array>;
    },
    signal: AbortSignal,
  ): Promise<{ bytes: number }>;
  complete(args: { holder: Holder; outcomes: Completion[]; want: number }): Promise<CompleteAnswer>;
  release(args: {
    holder: Holder;
    execution: string;
    fence: number;
    reason: "drained" | "infrastructure";
    started: boolean;
  }): Promise<void>;
  /** The execution a runner holds under this fence, for what the HTTP half does on its behalf (logs, invoke), and the `traceparent` it was handed out with. Throws `fenced`. */
  holding(args: {
    holder: Holder;
    execution: string;
    fence: number;
  }): Promise<{ project: string; attempt: number; depth: number; name: string; traceparent: string | null }>;
  /** The runner's row changed: revoked (null), or new labels, name or state; or there is a command for it. Commands are passed on with the next sync. */
  runnerChanged(args: {
    id: string;
    record: RunnerRecord | null;
    command?: SyncAnswer["commands"][number];
  }): Promise<void>;
  /** Why a queued job of this pool has no runner now, in words. What it needs is given, or is its row's route. */
  explain(args: {
    project: string;
    pool: string;
    requires: Requires | { route: string };
    cap?: { key: string; max: number } | null;
  }): Promise<string>;
  /** What was counted since the hub started. Where there are several, those of the given pools and of their projects are asked; `silent` of them did not answer or were too many. */
  measures(args: { pools: PoolScope[] }): Promise<{ parts: HubMeasures[]; silent: number }>;
  /** Presence of these runners since the hub started; one that is absent was not seen. */
  runnersLive(args: { ids: string[]; inFull?: boolean }): Promise<RunnerLive[]>;
}
