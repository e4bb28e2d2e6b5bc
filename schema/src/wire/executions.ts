import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { filterMost, readFilter, wordsOfFinding } from "../filter/read-filter.ts";
import { executionKinds, executionStatuses } from "../status.ts";
import { jsonValue, listOf, pageQuery, timeField } from "./fields.ts";
import { executionError, headerList, timing } from "./job.ts";
import { runView } from "./workflow-runs.ts";

export const executionView = z.object({
  id: z.string(),
  kind: z.enum(executionKinds),
  name: z.string(),
  version: z.number().int().nullable(),
  status: z.enum(executionStatuses),
  reason: z.string().nullable(),
  attempt: z.number().int(),
  retriesUsed: z.number().int(),
  losses: z.number().int(),
  trigger: z.looseObject({ type: z.string() }),
  parentId: z.string().nullable(),
  runner: z.string().nullable(),
  createdAt: timeField,
  startedAt: timeField.nullable(),
  endedAt: timeField.nullable(),
  /** When a queued or scheduled execution may run next. */
  runAt: timeField.nullable(),
  /** Why it waits, in words, or that its runner is silent (`unreachable: …`): told of one execution, never in a list. */
  waitingFor: z.string().nullable(),
  timing,
  http: z.object({ status: z.number().int() }).nullable(),
  error: executionError.nullable(),
  late: z.boolean(),
  truncated: z.boolean(),
});
export type ExecutionView = z.output<typeof executionView>;

/** One attempt: which runner had it from when to when, and why it ended. */
export const attemptView = z.object({
  attempt: z.number().int(),
  runner: z.string().nullable(),
  /** Null: no runner said that it began. */
  startedAt: timeField.nullable(),
  /** Null: it is not over. */
  endedAt: timeField.nullable(),
  /** Null: it succeeded, or is not over. */
  reason: z.string().nullable(),
  /** What was said of the end: of attempts before the last one the beginning of it. */
  error: executionError.pick({ code: true, message: true }).nullable(),
});
export type AttemptView = z.output<typeof attemptView>;

const byId = z.object({ id: z.string() });
/** A comma-separated list of known words, or the parameter repeated. */
function oneOrMore<const T extends readonly [string, ...string[]]>(words: T) {
  return z
    .preprocess((value) => (typeof value === "string" ? value.split(",") : value), z.array(z.enum(words)))
    .optional();
}

/** A filter as text: `status:failed fn:resize since:2h`. What is wrong with it is a problem of its own for each word. */
export const filterText = z
  .string()
  .max(filterMost)
  .superRefine((text, context) => {
    for (const finding of readFilter(text).findings)
      context.addIssue({ code: "custom", message: wordsOfFinding(finding) });
  });

export const executionFilter = z.strictObject({
  /** The filter language; its conditions hold besides the parameters'. */
  filter: filterText.optional(),
  kind: oneOrMore(executionKinds),
  status: oneOrMore(executionStatuses),
  name: z.string().max(100).optional(),
  runner: z.string().max(100).optional(),
  trigger: z.string().max(50).optional(),
  parent: z.string().max(50).optional(),
  since: timeField.optional(),
  until: timeField.optional(),
  /** Text that the id, the name or the error message contains. */
  q: z.string().max(200).optional(),
});
export type ExecutionFilter = z.output<typeof executionFilter>;

export const listExecutions = endpoint({
  method: "GET",
  path: "/v1/executions",
  tag: "executions",
  summary:
    "Executions, newest first, by parameters or by a `filter` such as `status:failed fn:resize since:2h`; a page of a filter that few fit may be short and still have a next one",
  scope: "read",
  query: executionFilter.extend(pageQuery),
  answer: listOf(executionView),
  statuses: [200],
});

export const getExecution = endpoint({
  method: "GET",
  path: "/v1/executions/:id",
  tag: "executions",
  summary:
    "One execution with its attempts, oldest first; that of a workflow, which has no attempts of its own, with its `run`: steps and prompts",
  scope: "read",
  params: byId,
  answer: executionView.extend({ attempts: z.array(attemptView), run: runView.optional() }),
  statuses: [200],
});

export const logLineView = z.object({
  seq: z.number().int(),
  time: timeField,
  stream: z.enum(["stdout", "stderr", "log", "system"]),
  level: z.string(),
  text: z.string(),
  fields: z.record(z.string(), z.unknown()).optional(),
  attempt: z.number().int().optional(),
  runner: z.string().nullable(),
});
export type LogLineView = z.output<typeof logLineView>;

export const getLogs = endpoint({
  method: "GET",
  path: "/v1/executions/:id/logs",
  tag: "executions",
  summary:
    "Log lines: text, NDJSON or SSE by `Accept`; SSE follows until the end and resumes by `Last-Event-ID` (`fence.seq`); of what is stored a part by `Range`; of a run's `step` (its path) what all targets wrote so far, in the order of time, each line with its host (text, NDJSON)",
  scope: "read",
  params: byId,
  query: z.strictObject({
    step: z.string().min(1).max(1000).optional(),
    after: z.string().max(40).optional(),
    follow: z.enum(["true", "false"]).optional(),
  }),
  rawAnswer: ["text/plain", "application/x-ndjson", "text/event-stream"],
  statuses: [200, 206],
});

export const getResult = endpoint({
  method: "GET",
  path: "/v1/executions/:id/result",
  tag: "executions",
  summary: "The stored response: status, headers and body as the function answered",
  scope: "read",
  params: byId,
  rawAnswer: ["*/*"],
  statuses: [200],
});

/** A body as JSON can carry it: text where it is UTF-8, else base64; null: none, or too large to show. */
export const shownBody = z
  .union([z.object({ text: z.string() }), z.object({ base64: z.string() })])
  .nullable();

export const inputView = z.object({
  method: z.string(),
  /** Below the function, with the query. */
  path: z.string(),
  headers: headerList,
  /** Up to 256 KiB. */
  body: shownBody,
  /** Null: it was streamed, so nobody knows. */
  bytes: z.number().int().nullable(),
  /** Whether it can be sent again: a body that was streamed is not kept. */
  isKept: z.boolean(),
});
export type InputView = z.output<typeof inputView>;

export const getInput = endpoint({
  method: "GET",
  path: "/v1/executions/:id/input",
  tag: "executions",
  summary: "What a function was called with: method, path, headers and body",
  scope: "read",
  params: byId,
  answer: inputView,
  statuses: [200],
});

export const cancelExecution = endpoint({
  method: "POST",
  path: "/v1/executions/:id/cancel",
  tag: "executions",
  summary: "Cancel: what waits never starts, what runs is told to stop",
  scope: "execute",
  audit: { action: "execution.cancel", answer: ["status"] },
  params: byId,
  answer: executionView,
  statuses: [200, 202],
});

export const replayExecution = endpoint({
  method: "POST",
  path: "/v1/executions/:id/replay",
  tag: "executions",
  summary:
    "Run again as a new execution, with the same request (or another input) on the same version (or another); that of a workflow also from a step on (`fromStep`: id or name; what was before keeps its results) or only what failed (`onlyFailed`), on a revision, an alias or the `latest`",
  scope: "execute",
  audit: { action: "execution.replay", body: ["version", "fromStep", "onlyFailed"], answer: ["id"] },
  params: byId,
  body: z.strictObject({
    version: z.union([z.number().int().min(1), z.string().max(63)]).optional(),
    input: jsonValue.optional(),
    fromStep: z.string().min(1).max(500).optional(),
    onlyFailed: z.boolean().optional(),
  }),
  answer: z.object({ id: z.string(), status: z.enum(executionStatuses), url: z.string() }),
  statuses: [202],
});

/** The answer to an invocation that was accepted but is not waited for (any longer). */
export const acceptedView = z.object({ id: z.string(), status: z.enum(executionStatuses), url: z.string() });
