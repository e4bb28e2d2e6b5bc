import { ProblemError } from "@pulse/schema/problem";
import type { HeaderList, Timing } from "@pulse/schema/wire/job";
import type { Deps } from "../http/context.ts";
import { problemResponse } from "../http/problems.ts";
import type { Settled } from "../hub.ts";
import { cancelLeft } from "./cancel-left.ts";
import { headersToCaller, isActiveDocument, whyUnsendable } from "./forwarded-headers.ts";
import type { Answered } from "./invoke.ts";
import { answerOf, type CallerProblem, withoutDetail } from "./outcome-response.ts";
import { createExecutionStore } from "./store.ts";

/** What an answer needs to know of its call. */
export interface AnswerContext {
  method: string;
  project: string;
  /** The version number that was called. */
  version: number;
  requestId: string;
  /** Whether the caller may see the function's own error messages. */
  showsErrors: boolean;
  /** `Preference-Applied`. */
  applied: string | null;
  /** Whether the caller wanted to stay until the end. */
  waits: boolean;
  /** Fires when the caller leaves. */
  signal: AbortSignal;
  /** Headers of every answer to this call: CORS, rate limit. */
  extra: HeaderList;
}

/** Statuses without a body (RFC 9110 section 6.4.1, and fetch's null body statuses). */
const nullBody: ReadonlySet<number> = new Set([204, 205, 304]);
const sandbox = "sandbox allow-scripts allow-forms";

/** Turns what came of a call into the HTTP answer. */
export async function answerCall(deps: Deps, answered: Answered, context: AnswerContext): Promise<Response> {
  const { id, outcome, replayed } = answered;
  const headers: HeaderList = [["pulse-execution-id", id], ...context.extra];
  if (context.applied !== null) headers.push(["preference-applied", context.applied]);
  if (replayed) headers.push(["idempotent-replayed", "true"]);
  const kept = replayed ? await createExecutionStore(deps.ports.database).kept(id) : null;
  headers.push(["pulse-version", String(kept?.version ?? context.version)]);
  if (outcome.kind === "streaming") {
    headers.push(["pulse-attempt", String(outcome.attempt)]);
    return streamed(deps, outcome, headers, context);
  }
  if (outcome.kind === "settled") return await answerSettled(deps, outcome.execution, headers, context);
  if (context.waits) return stillRunning(id, headers, context);
  return accepted(deps, outcome, headers);
}

/** The answer to a settled execution: the function's own, or the problem of the status table. */
export async function answerSettled(
  deps: Deps,
  settled: Settled,
  headers: HeaderList,
  context: Pick<AnswerContext, "method" | "requestId" | "showsErrors">,
): Promise<Response> {
  if (settled.attempt > 0) headers.push(["pulse-attempt", String(settled.attempt)]);
  const timing = serverTiming(settled.timing);
  if (timing !== null) headers.push(["server-timing", timing]);
  const answer = answerOf(settled);
  if (answer.kind === "not_kept") return await answerNotKept(deps, settled.id, headers, context);
  if (answer.kind === "problem") {
    return problemAnswer(context.showsErrors ? answer : withoutDetail(answer), headers, context.requestId);
  }
  let body: Uint8Array<ArrayBuffer> | null = null;
  if (context.method !== "HEAD" && answer.bytes > 0 && !nullBody.has(answer.status)) {
    body = await bodyOf(deps, settled.id, answer.base64);
  }
  return functionAnswer(deps, answer.status, answer.headers, body, headers, context);
}

async function bodyOf(deps: Deps, id: string, base64: string | null): Promise<Uint8Array<ArrayBuffer>> {
  if (base64 !== null) return Uint8Array.fromBase64(base64);
  const stored = await createExecutionStore(deps.ports.database).payload(id, "response");
  if (stored === null) throw new ProblemError("gone", "the response is no longer kept");
  return stored;
}

async function answerNotKept(
  deps: Deps,
  id: string,
  headers: HeaderList,
  context: { requestId: string },
): Promise<Response> {
  const row = await createExecutionStore(deps.ports.database).kept(id);
  if (row?.responseAt === "none") return new Response(null, { status: 204, headers });
  const problem = new ProblemError(
    "response_not_kept",
    "it succeeded, and its response was too large to keep",
  );
  return callProblem(problem, context.requestId, headers);
}

function functionAnswer(
  deps: Deps,
  status: number,
  own: HeaderList,
  body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null,
  ours: HeaderList,
  context: { method: string; requestId: string },
): Response {
  const wrong = whyUnsendable(status, own);
  if (wrong !== null) {
    const problem = new ProblemError("bad_response", `the function answered with ${wrong}`);
    return callProblem(problem, context.requestId, [["pulse-error-source", "function"], ...ours]);
  }
  // Whole bodies are counted by the platform; the length of what is streamed, or not sent at all, is the function's to tell.
  const keepLength = context.method === "HEAD" || body instanceof ReadableStream;
  const opened = ours.some(([name]) => name === "access-control-allow-origin");
  const headers = headersToCaller(own, { keepLength, keepCors: !opened }).concat(ours);
  if (deps.config.functionsUrl === null) {
    const type = own.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? null;
    if (isActiveDocument(type)) headers.push(["content-security-policy", sandbox]);
    if (type === null) headers.push(["x-content-type-options", "nosniff"]);
  }
  return new Response(nullBody.has(status) ? null : body, { status, headers: initOf(headers) });
}

/** A plain record where no name repeats: the Node server sends it as it is, without a Headers object in between. */
function initOf(headers: HeaderList): HeadersInit {
  const record: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (Object.hasOwn(record, name)) return headers;
    record[name] = value;
  }
  return record;
}

/** Passes a streamed answer on as it comes; a caller who leaves ends the execution. */
function streamed(
  deps: Deps,
  outcome: Extract<Answered["outcome"], { kind: "streaming" }>,
  ours: HeaderList,
  context: AnswerContext,
): Response {
  if (context.method === "HEAD" || nullBody.has(outcome.status)) {
    deps.ports.background(outcome.body.cancel());
    return functionAnswer(deps, outcome.status, outcome.headers, null, ours, context);
  }
  if (whyUnsendable(outcome.status, outcome.headers) !== null) deps.ports.background(outcome.body.cancel());
  cancelWhenGone(deps, outcome.id, context);
  // Compressing proxies would hold events back: what streams says that it must not be transformed.
  const own = new Set(outcome.headers.map(([name]) => name.toLowerCase()));
  const wanted = [["cache-control", "no-transform"] as const, ...(deps.config.streamHeaders ?? [])];
  const headers: HeaderList = [...ours];
  for (const [name, value] of wanted) if (!own.has(name)) headers.push([name, value]);
  return functionAnswer(deps, outcome.status, outcome.headers, outcome.body, headers, context);
}

/** The hub notices a caller who left at the next chunk; a function that waits between chunks learns of it here. */
function cancelWhenGone(deps: Deps, id: string, { signal, project }: AnswerContext): void {
  signal.addEventListener("abort", () => deps.ports.background(cancelLeft(deps, { project, id })), {
    once: true,
  });
}

function accepted(deps: Deps, outcome: { id: string; status: string }, headers: HeaderList): Response {
  const url = `${deps.config.publicUrl}/v1/executions/${outcome.id}`;
  const body = JSON.stringify({ id: outcome.id, status: outcome.status, url });
  const all: HeaderList = [["content-type", "application/json"], ["location", url], ...headers];
  return new Response(body, { status: 202, headers: initOf(all) });
}

function stillRunning(id: string, headers: HeaderList, context: AnswerContext): Response {
  const problem = new ProblemError(
    "timed_out",
    `execution ${id} had not finished when the wait for it ended`,
  );
  return callProblem(problem, context.requestId, [["pulse-error-source", "platform"], ...headers]);
}

function problemAnswer(answer: CallerProblem, headers: HeaderList, requestId: string): Response {
  const problem = new ProblemError(answer.code, answer.detail, {
    ...(answer.hint === null ? {} : { hint: answer.hint }),
    ...(answer.retryAfter === null ? {} : { retryAfter: answer.retryAfter }),
  });
  return callProblem(problem, requestId, [["pulse-error-source", answer.source], ...headers]);
}

/** The problem of a call, with the headers that belong to the call. */
export function callProblem(problem: ProblemError, requestId: string, headers: HeaderList): Response {
  const response = problemResponse(problem, requestId);
  for (const [name, value] of headers) response.headers.append(name, value);
  return response;
}

function serverTiming(timing: Timing): string | null {
  const parts: string[] = [];
  const add = (name: string, ms: number | undefined) => {
    if (ms !== undefined) parts.push(`${name};dur=${Math.round(ms * 1000) / 1000}`);
  };
  add("queue", timing.queueMs);
  add("start", timing.startMs);
  add("init", timing.initMs);
  add("run", timing.runMs);
  return parts.length === 0 ? null : parts.join(", ");
}
