import * as z from "zod";
import { reasons, terminalStatuses, triggerTypes } from "../status.ts";
import { commandEnd, commandSpec } from "./command.ts";
import { jsonValue, sha256Field } from "./fields.ts";
import { runtimeField, versionSettings } from "./manifest.ts";

/** Header lists keep order and repeats; names in lower case. */
export const headerList = z.array(z.tuple([z.string(), z.string()]));
export type HeaderList = z.output<typeof headerList>;

/** What started an execution. */
export const trigger = z.looseObject({
  type: z.enum(triggerTypes),
});
export type Trigger = z.output<typeof trigger>;

/** The request a function sees, without its body. */
export const requestHead = z.object({
  method: z.string(),
  url: z.string(),
  /** Below the function, with the query; starts with `/`. */
  path: z.string(),
  headers: headerList,
});
export type RequestHead = z.output<typeof requestHead>;

/**
 * Where the request body is: none; `inline` base64 (up to 64 KiB); `stored`: read again and again at `/executions/:id/request`;
 * `piped`: read once from the waiting caller at the same place.
 */
export const bodyPlace = z.discriminatedUnion("at", [
  z.object({ at: z.literal("none") }),
  z.object({ at: z.literal("inline"), base64: z.string() }),
  z.object({ at: z.literal("stored"), bytes: z.number().int() }),
  z.object({ at: z.literal("piped") }),
]);
export type BodyPlace = z.output<typeof bodyPlace>;

export const functionSpec = z.object({
  function: z.object({
    id: z.string(),
    name: z.string(),
    version: z.number().int(),
    alias: z.string().nullable(),
  }),
  runtime: runtimeField,
  entry: z.string(),
  settings: versionSettings.partial().loose(),
  /** For a function that is an image: what its build pinned, `repository@sha256:…` or an image id. */
  image: z.string().optional(),
  keepAliveMs: z.number().int(),
  /** sha256 of the built dependencies' archive, when the version has some. */
  deps: sha256Field.nullable(),
  trigger,
  request: requestHead,
  body: bodyPlace,
  idempotencyKey: z.string().nullable(),
  depth: z.number().int(),
});
export type FunctionSpec = z.output<typeof functionSpec>;

/** A build execution: installs dependencies (when the bundle names any), then loads the code once as a smoke test. */
export const buildSpec = z.object({
  function: z.object({ id: z.string(), name: z.string(), version: z.number().int() }),
  runtime: runtimeField,
  entry: z.string(),
  settings: versionSettings.partial().loose(),
});
export type BuildSpec = z.output<typeof buildSpec>;

/** A host command, and what started it. */
export const startedCommand = commandSpec.extend({ trigger });

const jobBase = {
  execution: z.string(),
  fence: z.number().int(),
  attempt: z.number().int(),
  project: z.string(),
  delivery: z.enum(["atLeastOnce", "atMostOnce"]),
  timeoutMs: z.number().int(),
  /** Epoch milliseconds after which the whole execution is over, retries and queue included; null when unbounded. */
  deadlineMs: z.number().int().nullable(),
  traceparent: z.string().nullable(),
  /** A JWE to the runner's key, holding a JSON object of texts by the names of their variables; null: none. */
  secrets: z.string().nullable(),
  /** Why its secrets are not to be had, in words: it must not start, and ends as `secret_unavailable`. */
  secretsFault: z.string().optional(),
};

const codeBase = {
  ...jobBase,
  version: z.string(),
  /** `sha256:` and the hex digest of the source bundle. */
  bundle: z.string(),
};

/** An execution as the dispatcher hands it out. */
export const job = z.discriminatedUnion("kind", [
  z.object({ ...codeBase, kind: z.literal("function"), spec: functionSpec }),
  z.object({ ...codeBase, kind: z.literal("build"), spec: buildSpec }),
  z.object({ ...jobBase, kind: z.literal("command"), spec: startedCommand }),
]);
export type Job = z.output<typeof job>;

/** What the execution of a job is shown as: the name of its function, or the command's own. */
export function nameOfJob({ spec }: { spec: Job["spec"] }): string {
  return "function" in spec ? spec.function.name : spec.name;
}

export const executionError = z.object({
  code: z.string(),
  message: z.string(),
  name: z.string().optional(),
  stack: z.string().optional(),
  file: z.string().optional(),
  line: z.number().int().optional(),
  source: z.enum(["function", "platform"]),
});
export type ExecutionError = z.output<typeof executionError>;

export const timing = z.object({
  queueMs: z.number().optional(),
  startMs: z.number().optional(),
  initMs: z.number().optional(),
  runMs: z.number().optional(),
  start: z.enum(["warm", "stem", "cold"]).optional(),
});
export type Timing = z.output<typeof timing>;

/** The response of a function: inline (base64, up to 256 KiB), or streamed already through `/executions/:id/response`. */
export const outcomeResponse = z.object({
  status: z.number().int().min(100).max(599),
  headers: headerList,
  body: z.union([
    z.object({ base64: z.string() }),
    z.object({ streamed: z.literal(true), bytes: z.number().int(), sha256: sha256Field }),
  ]),
});
export type OutcomeResponse = z.output<typeof outcomeResponse>;

/** What a build made: the dependency archive's digest (if any), the image that it pinned (if it is one) and what the smoke load answered. */
export const builtVersion = z.object({
  image: z.string().optional(),
  deps: sha256Field.nullable(),
  buildKey: z.string().nullable(),
  kinds: z.array(z.string()),
  schema: jsonValue.nullable(),
  initMs: z.number(),
});

/** How an attempt ended. User code that fails is an outcome, never an error of ours. */
export const outcome = z.object({
  status: z.enum(["succeeded", "failed", "timed_out", "cancelled"]),
  reason: z.enum(reasons).nullable(),
  error: executionError.nullable(),
  /** The function forbade a retry (`PermanentError`). */
  permanent: z.boolean().default(false),
  /** The function asked for a retry no earlier than this (`RetryAfter`). */
  retryAfterMs: z.number().int().min(0).nullable().default(null),
  response: outcomeResponse.nullable(),
  built: builtVersion.nullable().default(null),
  /** How a host command ended; absent for what is none. */
  command: commandEnd.optional(),
  timing,
  truncated: z.boolean().default(false),
  /** Last log line's `seq` (0: none), and the raw bytes sent, so that the gateway can ask for what is missing. */
  logs: z.object({ lastSeq: z.number().int(), bytes: z.number().int() }),
});
export type Outcome = z.output<typeof outcome>;

export const terminalStatus = z.enum(terminalStatuses);

/** One captured line: `s` is the stream, `t` epoch milliseconds, `d` the text, `l` the level, `f` structured fields. */
export const logLine = z.object({
  seq: z.number().int(),
  t: z.number(),
  s: z.enum(["stdout", "stderr", "log", "system"]),
  d: z.string(),
  l: z.string().optional(),
  f: z.record(z.string(), z.unknown()).optional(),
});
export type LogLine = z.output<typeof logLine>;
