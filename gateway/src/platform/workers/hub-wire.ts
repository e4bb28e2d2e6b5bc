import { readProblem } from "@pulse/schema/client";
import { ProblemError } from "@pulse/schema/problem";
import type { Hub, Invoked } from "../../hub.ts";
import { decodeMessage, encodeMessage, HubLost, type Message } from "./hub-message.ts";

/** The hub over fetch: one POST per call, the method's name as the path. Problems travel as problem documents. */
type Method = Exclude<keyof Hub, never>;

/** Takes the one stream out of a call's arguments or answer. */
function split(value: unknown, key: "body" | "stream"): Message {
  if (typeof value !== "object" || value === null || !(key in value)) return { value, stream: null };
  const { [key]: stream, ...rest } = value as Record<string, unknown>;
  return stream instanceof ReadableStream ? { value: rest, stream } : { value, stream: null };
}

const streamKey = (method: string): "body" | "stream" => (method === "request" ? "stream" : "body");

/** An error as `hubClient` reads it back: problems as they are, everything else as `internal`. */
export function hubProblem(error: unknown): Response {
  const problem = error instanceof ProblemError ? error : new ProblemError("internal", "", { cause: error });
  const { retryAfter } = problem.extras;
  const headers = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  return Response.json(problem.toDocument(), { status: problem.status, headers });
}

/**
 * Answers the calls of `hubClient` with a hub. `onBug` hears of errors that are no problems. `signal` is for who made the request of another one
 * (see `hubClient`).
 */
export function serveHub(
  hub: Hub,
  onBug: (error: unknown) => void = () => undefined,
): (request: Request, signal?: AbortSignal) => Promise<Response> {
  const methods = hub as unknown as Record<string, (args: unknown, signal: AbortSignal) => Promise<unknown>>;
  return async (request, signal = request.signal) => {
    const method = new URL(request.url).pathname.slice(1);
    try {
      if (!isMethod(method)) throw new ProblemError("not_found", `the hub has no method ${method}`);
      const { value, stream } = await decodeMessage(request.body, "framed");
      const args = stream === null ? value : { ...(value as object), body: stream };
      const answer = await methods[method]?.(args, signal);
      const headers = { "content-encoding": "identity", "cache-control": "no-transform" };
      return new Response(encodeMessage(split(answer, streamKey(method)), "plain"), { headers });
    } catch (error) {
      if (!(error instanceof ProblemError)) onBug(error);
      return hubProblem(error);
    }
  };
}

const names: Record<Method, true> = {
  invoke: true,
  wait: true,
  cancel: true,
  watchLogs: true,
  watchEvents: true,
  take: true,
  changed: true,
  warmChanged: true,
  prewarm: true,
  logged: true,
  capChanged: true,
  openSession: true,
  endSession: true,
  sync: true,
  renew: true,
  start: true,
  request: true,
  response: true,
  complete: true,
  release: true,
  holding: true,
  runnerChanged: true,
  explain: true,
  measures: true,
  runnersLive: true,
};

/** Every method of a hub. */
export const hubMethods = Object.keys(names) as readonly (keyof Hub)[];

function isMethod(name: string): name is Method {
  return Object.hasOwn(names, name);
}

/**
 * A hub that lives elsewhere, reached by `fetch` (a Durable Object's stub, or a gateway that owns the database). Who makes another request of the
 * one that `send` is given takes `signal` along: on Node the signal of a request fires no more once the request itself is garbage.
 */
export function hubClient(send: (request: Request, signal?: AbortSignal) => Promise<Response>): Hub {
  const call = async (method: Method, args: object, signal?: AbortSignal): Promise<Message> => {
    const body = encodeMessage(split(args, "body"), "framed");
    const init = { method: "POST", body, ...(signal === undefined ? {} : { signal }), duplex: "half" };
    let response: Response;
    try {
      response = await send(new Request(`http://hub/${method}`, init as RequestInit), signal);
    } catch (cause) {
      if (signal?.aborted) throw signal.reason;
      throw new HubLost("the hub could not be reached", cause);
    }
    if (!response.ok) throw await readProblem(response);
    return decodeMessage(response.body, "plain");
  };
  const answerOf = async (message: Promise<Message>) => (await message).value as never;
  const invoked = async (message: Promise<Message>): Promise<Invoked> => {
    const { value, stream } = await message;
    return (stream === null ? value : { ...(value as object), body: stream }) as Invoked;
  };
  return {
    invoke: (args, signal) => invoked(call("invoke", args, signal)),
    wait: (args, signal) => invoked(call("wait", args, signal)),
    cancel: (args) => answerOf(call("cancel", args)),
    watchLogs: (args, signal) => answerOf(call("watchLogs", args, signal)),
    watchEvents: (args, signal) => answerOf(call("watchEvents", args, signal)),
    take: (args) => answerOf(call("take", args)),
    changed: (args) => answerOf(call("changed", args)),
    warmChanged: (args) => answerOf(call("warmChanged", args)),
    prewarm: (args) => answerOf(call("prewarm", args)),
    logged: (args) => answerOf(call("logged", args)),
    capChanged: (args) => answerOf(call("capChanged", args)),
    openSession: (args) => answerOf(call("openSession", args)),
    endSession: (args) => answerOf(call("endSession", args)),
    sync: (args, signal) => answerOf(call("sync", args, signal)),
    renew: (args) => answerOf(call("renew", args)),
    start: (args) => answerOf(call("start", args)),
    request: async (args) => {
      const { value, stream } = await call("request", args);
      return stream === null ? (value as "stored") : { stream };
    },
    response: (args, signal) => answerOf(call("response", args, signal)),
    complete: (args) => answerOf(call("complete", args)),
    release: (args) => answerOf(call("release", args)),
    holding: (args) => answerOf(call("holding", args)),
    runnerChanged: (args) => answerOf(call("runnerChanged", args)),
    explain: (args) => answerOf(call("explain", args)),
    measures: (args) => answerOf(call("measures", args)),
    runnersLive: (args) => answerOf(call("runnersLive", args)),
  };
}
