import { readProblem } from "@pulse/schema/client";
import { ProblemError } from "@pulse/schema/problem";
import type { Hub, Invoked } from "../../hub.ts";

/**
 * The hub over fetch. A message is 4 bytes of length (big-endian), that much JSON, and then the bytes of a stream if one goes
 * along. One POST per call, the method's name as the path. Problems travel as problem documents.
 */
type Method = Exclude<keyof Hub, never>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const jsonMostBytes = 64 * 2 ** 20;

interface Message {
  value: unknown;
  stream: ReadableStream<Uint8Array> | null;
}

function encode({ value, stream }: Message): ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> {
  const json = encoder.encode(JSON.stringify({ value: value ?? null, stream: stream !== null }));
  const head = new Uint8Array(4 + json.length);
  new DataView(head.buffer).setUint32(0, json.length);
  head.set(json, 4);
  if (stream === null) return head;
  const reader = stream.getReader();
  let first = true;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (first) {
        first = false;
        controller.enqueue(head);
        return;
      }
      const { done, value: chunk } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(chunk);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

async function decode(body: ReadableStream<Uint8Array> | null): Promise<Message> {
  if (body === null) throw new ProblemError("bad_request", "a hub message has no body");
  const reader = body.getReader();
  let bytes = new Uint8Array(0);
  const read = async (length: number): Promise<void> => {
    while (bytes.length < length) {
      const { done, value } = await reader.read();
      if (done) throw new ProblemError("unavailable", "a hub message broke off");
      const joined = new Uint8Array(bytes.length + value.length);
      joined.set(bytes);
      joined.set(value, bytes.length);
      bytes = joined;
    }
  };
  await read(4);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  if (length > jsonMostBytes) throw new ProblemError("payload_too_large", `a hub message of ${length} bytes`);
  await read(4 + length);
  // The other end is this same file.
  const head = JSON.parse(decoder.decode(bytes.subarray(4, 4 + length))) as {
    value: unknown;
    stream: boolean;
  };
  let rest: Uint8Array | null = bytes.subarray(4 + length);
  if (!head.stream) {
    await reader.cancel();
    return { value: head.value, stream: null };
  }
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (rest !== null && rest.length > 0) {
        controller.enqueue(rest);
        rest = null;
        return;
      }
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return { value: head.value, stream };
}

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

/** Answers the calls of `hubClient` with a hub. `onBug` hears of errors that are no problems. */
export function serveHub(
  hub: Hub,
  onBug: (error: unknown) => void = () => undefined,
): (request: Request) => Promise<Response> {
  const methods = hub as unknown as Record<string, (args: unknown, signal: AbortSignal) => Promise<unknown>>;
  return async (request) => {
    const method = new URL(request.url).pathname.slice(1);
    try {
      if (!isMethod(method)) throw new ProblemError("not_found", `the hub has no method ${method}`);
      const { value, stream } = await decode(request.body);
      const args = stream === null ? value : { ...(value as object), body: stream };
      const answer = await methods[method]?.(args, request.signal);
      const headers = { "content-encoding": "identity", "cache-control": "no-transform" };
      return new Response(encode(split(answer, streamKey(method))), { headers });
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
  runnersLive: true,
};

function isMethod(name: string): name is Method {
  return Object.hasOwn(names, name);
}

/** A hub that lives elsewhere, reached by `fetch` (a Durable Object's stub, or a gateway that owns the database). */
export function hubClient(send: (request: Request) => Promise<Response>): Hub {
  const call = async (method: Method, args: object, signal?: AbortSignal): Promise<Message> => {
    const body = encode(split(args, "body"));
    const init = { method: "POST", body, ...(signal === undefined ? {} : { signal }), duplex: "half" };
    let response: Response;
    try {
      response = await send(new Request(`http://hub/${method}`, init as RequestInit));
    } catch (cause) {
      if (signal?.aborted) throw signal.reason;
      throw new ProblemError("unavailable", "the hub could not be reached", { cause, retryAfter: 1 });
    }
    if (!response.ok) throw await readProblem(response);
    return decode(response.body);
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
    runnersLive: (args) => answerOf(call("runnersLive", args)),
  };
}
