import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { jsonValue } from "./fields.ts";
import { job, outcome } from "./job.ts";
import { publicJwk } from "./runner-keys.ts";
import { warmOrders } from "./warm-order.ts";

export { getBuild, getBundle, putBundle } from "./bundles.ts";
export { publicJwk, rotateKeys } from "./runner-keys.ts";

/** Protocol N; the gateway serves N and N−1 (there is no 0). Sent as `Pulse-Protocol`. */
export const protocolVersion = 1;

/** The numbers of the lease protocol, milliseconds. */
export const leaseNumbers = {
  syncWaitMs: 30_000,
  ackMs: 3_000,
  offersMost: 5,
  renewEveryMs: 5_000,
  renewTimeoutMs: 4_000,
  selfFenceMs: 55_000,
  giveAwayMs: 70_000,
  bootGraceMs: 75_000,
  lostAfterMs: 300_000,
  onlineMs: 45_000,
  cancelGraceMs: 10_000,
} as const;

const holding = z.object({ execution: z.string(), fence: z.number().int() });
export type Holding = z.output<typeof holding>;

export const runnerFacts = z.looseObject({
  os: z.string(),
  arch: z.string(),
  cpus: z.number(),
  memoryBytes: z.number(),
  hostname: z.string().optional(),
  engine: z.string().nullable().optional(),
  runtimes: z.array(z.string()),
});
export type RunnerFacts = z.output<typeof runnerFacts>;

export const runnerMetrics = z.object({
  cpu: z.number(),
  memFree: z.number(),
  memTotal: z.number(),
  load1: z.number(),
  diskFree: z.number(),
});

export type RunnerMetrics = z.output<typeof runnerMetrics>;

const config = z
  .object({ renewEveryMs: z.number(), selfFenceMs: z.number(), syncWaitMs: z.number() })
  .loose();

export const enroll = endpoint({
  method: "POST",
  path: "/runner/v1/enroll",
  tag: "runner protocol",
  summary:
    "Enrol with a token and two public keys; `proof` is a compact JWS by the signing key over {token, sealingKey}",
  scope: "enrolment",
  audit: { action: "runner.enrol", body: ["name"], answer: ["runner", "name", "pool"] },
  body: z.object({
    token: z.string(),
    name: z.string(),
    signingKey: publicJwk,
    sealingKey: publicJwk,
    proof: z.string(),
    facts: runnerFacts.partial().optional(),
  }),
  answer: z.object({ runner: z.string(), name: z.string(), pool: z.string(), project: z.string(), config }),
  statuses: [201],
});

export const token = endpoint({
  method: "POST",
  path: "/runner/v1/token",
  tag: "runner protocol",
  summary: "Exchange a private_key_jwt assertion (RFC 7523) for an access token",
  scope: "enrolment",
  audit: { exempt: "every few minutes, for every runner; what it opens is a session" },
  body: z.object({ assertion: z.string() }),
  answer: z.object({ accessToken: z.string(), expiresInMs: z.number().int(), serverTimeMs: z.number() }),
  statuses: [200],
});

export const session = endpoint({
  method: "POST",
  path: "/runner/v1/session",
  tag: "runner protocol",
  summary: "Start a session: one process life of a runner",
  scope: "runner",
  body: z.object({
    bootId: z.string(),
    instanceId: z.string(),
    version: z.string(),
    capacity: z.number().int().min(0).max(10_000),
    capabilities: z.array(z.string()),
    facts: runnerFacts,
    /** Why calls cannot run yet, such as "preparing image"; null when ready. */
    preparing: z.string().nullable().default(null),
    inFlight: z.array(holding.extend({ state: z.enum(["running", "finished"]) })).default([]),
  }),
  answer: z.object({
    epoch: z.number().int(),
    name: z.string(),
    config,
    reconcile: z.array(holding.extend({ action: z.enum(["continue", "stop", "forget", "report"]) })),
  }),
  statuses: [200],
});

export const endSession = endpoint({
  method: "DELETE",
  path: "/runner/v1/session",
  tag: "runner protocol",
  summary: "Leave",
  scope: "runner",
  statuses: [204],
});

export const syncRequest = z.object({
  n: z.number().int(),
  waitMs: z.number().int().min(0).max(60_000),
  free: z.number().int().min(0),
  state: z.enum(["active", "draining", "maintenance"]),
  warm: z.array(z.string()).default([]),
  running: z.array(holding).default([]),
  preparing: z.string().nullable().optional(),
  runtimes: z.array(z.string()).optional(),
  /** What it can now; absent: as when its session began. */
  capabilities: z.array(z.string()).optional(),
  metrics: runnerMetrics.optional(),
  /** The tag of the orders to keep warm that it follows; absent: it has none. */
  prewarmed: z.string().max(64).optional(),
});
export type SyncRequest = z.output<typeof syncRequest>;

export const syncAnswer = z.object({
  serverTimeMs: z.number(),
  jobs: z.array(job),
  cancel: z.array(
    holding.extend({ graceMs: z.number().int(), reason: z.enum(["cancelled", "disconnected"]).optional() }),
  ),
  commands: z.array(
    z.object({ id: z.string(), type: z.enum(["drain", "resume", "refresh", "update", "exit"]) }),
  ),
  /** What to keep warm from now on; only where that is not what `prewarmed` says. */
  prewarm: warmOrders.optional(),
});
export type SyncAnswer = z.output<typeof syncAnswer>;

export const sync = endpoint({
  method: "POST",
  path: "/runner/v1/sync",
  tag: "runner protocol",
  summary: "The long poll: presence, acknowledgement, cancels, commands, new jobs",
  scope: "runner",
  body: syncRequest,
  answer: syncAnswer,
  statuses: [200],
});

export const renew = endpoint({
  method: "POST",
  path: "/runner/v1/renew",
  tag: "runner protocol",
  summary: "Renew leases",
  scope: "runner",
  body: z.object({ running: z.array(holding) }),
  answer: z.object({
    leases: z.array(holding.extend({ status: z.enum(["ok", "cancel", "fenced", "done"]) })),
  }),
  statuses: [200],
});

const executionParams = z.object({ id: z.string() });

export const start = endpoint({
  method: "POST",
  path: "/runner/v1/executions/:id/start",
  tag: "runner protocol",
  summary: "The gate before any side effect of an at-most-once job",
  scope: "runner",
  params: executionParams,
  body: z.object({ instanceId: z.string() }),
  answer: z.object({ timeoutMs: z.number().int() }),
  statuses: [200],
});

export const request = endpoint({
  method: "GET",
  path: "/runner/v1/executions/:id/request",
  tag: "runner protocol",
  summary: "The request body of a job whose body is stored or piped",
  scope: "runner",
  params: executionParams,
  rawAnswer: ["application/octet-stream"],
  statuses: [200],
});

export const logs = endpoint({
  method: "POST",
  path: "/runner/v1/executions/:id/logs",
  tag: "runner protocol",
  summary:
    "One gzip chunk of NDJSON log lines, at most 256 KiB raw; `Pulse-First-Seq` and `Pulse-Last-Seq` number it",
  scope: "runner",
  params: executionParams,
  rawBody: ["application/x-ndjson"],
  answer: z.object({
    ackSeq: z.number().int(),
    nextFlushMs: z.number().int(),
    cancelled: z.boolean().optional(),
  }),
  statuses: [202],
});

/** The response head rides in the `Pulse-Response-Head` header: base64url of this JSON. */
export const responseHead = z.object({
  status: z.number().int().min(100).max(599),
  headers: z.array(z.tuple([z.string(), z.string()])),
});

export const response = endpoint({
  method: "POST",
  path: "/runner/v1/executions/:id/response",
  tag: "runner protocol",
  summary: "A streamed response: head in the `Pulse-Response-Head` header, body as it comes",
  scope: "runner",
  params: executionParams,
  rawBody: ["application/octet-stream"],
  answer: z.object({ bytes: z.number().int() }),
  statuses: [200],
});

export const completion = z.object({
  execution: z.string(),
  fence: z.number().int(),
  outcome,
  /** The last log lines, when no separate upload was worth it: gzip NDJSON in base64. */
  logs: z.object({ firstSeq: z.number().int(), lastSeq: z.number().int(), gzip: z.string() }).optional(),
});
export type Completion = z.output<typeof completion>;

export const complete = endpoint({
  method: "POST",
  path: "/runner/v1/complete",
  tag: "runner protocol",
  summary: "Settle a batch of outcomes; only this settles. Answers up to `want` next jobs",
  scope: "runner",
  body: z.object({ outcomes: z.array(completion).max(64), want: z.number().int().min(0).default(0) }),
  // 64 inline responses of 256 KiB in base64, each with its head and its last log lines.
  bodyMostBytes: 32 * 2 ** 20,
  answer: z.object({
    results: z.array(
      z.object({
        execution: z.string(),
        fence: z.number().int(),
        result: z.enum(["ok", "fenced", "logs_missing"]),
        expectedSeq: z.number().int().optional(),
      }),
    ),
    jobs: z.array(job),
  }),
  statuses: [200],
});
export type CompleteAnswer = z.output<NonNullable<typeof complete.answer>>;

export const release = endpoint({
  method: "POST",
  path: "/runner/v1/executions/:id/release",
  tag: "runner protocol",
  summary: "Give back unstarted or drained work",
  scope: "runner",
  params: executionParams,
  body: z.object({
    reason: z.enum(["drained", "infrastructure"]),
    started: z.boolean(),
    detail: z.string().max(500).optional(),
  }),
  statuses: [204],
});

/** `ctx.invoke`: the job calls another function of its project, as its child. */
export const invokeFromJob = endpoint({
  method: "POST",
  path: "/runner/v1/executions/:id/invoke",
  tag: "runner protocol",
  summary: "Call another function of the same project on behalf of a running job",
  scope: "runner",
  params: executionParams,
  body: z.object({ name: z.string(), input: jsonValue }),
  answer: z.object({ execution: z.string(), status: z.number().int(), value: jsonValue }),
  statuses: [200],
});
