import { ProblemError } from "@pulse/schema/problem";
import type { Deps } from "../http/context.ts";
import {
  type LogPosition,
  lineView,
  logStart,
  type PlacedLine,
  readLogPosition,
  storedLines,
} from "./log-lines.ts";
import { createExecutionStore } from "./store.ts";

/** How log lines are written: plain text, one JSON object a line, or server-sent events. */
export type LogForm = "text" | "ndjson" | "sse";

/** What is asked of a log. */
export interface LogRequest {
  project: string;
  id: string;
  form: LogForm;
  /** Whether the answer goes on until the execution ends. */
  follow: boolean;
  /** `fence.seq` of the last line that the reader has; null: from the start. */
  after: string | null;
}

const contentTypes: Record<LogForm, string> = {
  text: "text/plain; charset=utf-8",
  ndjson: "application/x-ndjson",
  sse: "text/event-stream",
};

/** A reader whose connection is silent for this long gets a comment, so that proxies keep it open. */
const heartbeatMs = 15_000;

/** The form that an `Accept` header asks for. */
export function logFormOf(accept: string | null): LogForm {
  if (accept?.includes("text/event-stream")) return "sse";
  return accept?.includes("json") ? "ndjson" : "text";
}

/** The log of an execution: all lines of all its attempts in order, and with `follow` those that come until it ends. */
export async function readLogs(deps: Deps, request: LogRequest, signal: AbortSignal): Promise<Response> {
  const store = createExecutionStore(deps.ports.database);
  const row = await store.get(request.project, request.id);
  if (row === null) throw new ProblemError("not_found", `there is no execution ${request.id}`);
  const after = request.after === null ? logStart : readLogPosition(request.after);
  if (after === null) {
    throw new ProblemError(
      "bad_request",
      `a log position is "fence.seq", got ${JSON.stringify(request.after)}`,
    );
  }
  const gone = new AbortController();
  const source = request.follow
    ? followLines(deps, request.id, after, AbortSignal.any([signal, gone.signal]))
    : storedLines(store, deps.ports, request.id, after);
  const text = written(deps, request, source);
  return new Response(streamOf(text, gone), {
    headers: { "content-type": contentTypes[request.form], "cache-control": "no-store, no-transform" },
  });
}

/** Lines as they are stored, until the execution ends; `"quiet"` when none came for a while. Never misses or repeats one. */
async function* followLines(
  { hub, ports }: Deps,
  id: string,
  after: LogPosition,
  signal: AbortSignal,
): AsyncGenerator<PlacedLine[] | "quiet"> {
  const store = createExecutionStore(ports.database);
  let at = after;
  let ticket: number | null = null;
  for (;;) {
    // The ticket is taken before the rows are read: what arrives in between is told by a newer one.
    const watch = await hub.watchLogs({ id, ticket, waitMs: heartbeatMs }, signal);
    if (signal.aborted) return;
    let came = false;
    for await (const lines of storedLines(store, ports, id, at)) {
      at = lines.at(-1)?.at ?? at;
      came = true;
      yield lines;
    }
    if (watch.ended) return;
    if (!came) yield "quiet";
    ticket = watch.ticket;
  }
}

async function* written(
  deps: Deps,
  { project, id, form }: LogRequest,
  source: AsyncIterable<PlacedLine[] | "quiet">,
): AsyncGenerator<string> {
  const store = createExecutionStore(deps.ports.database);
  const row = await store.get(project, id);
  // An attempt's runner is known of the last one only; it is the same machine in nearly every execution.
  const runner = (line: PlacedLine) => (line.attempt === row?.attempt ? row.runnerName : null);
  for await (const lines of source) {
    if (lines !== "quiet") yield lines.map((line) => writeLine(line, form, runner(line))).join("");
    else if (form === "sse") yield ": quiet\n\n";
  }
  if (form !== "sse") return;
  const ended = await store.get(project, id);
  yield `event: end\ndata: ${JSON.stringify({ status: ended?.status ?? null })}\n\n`;
}

function writeLine(placed: PlacedLine, form: LogForm, runner: string | null): string {
  const { at, line } = placed;
  if (form === "text") return `${new Date(line.t).toISOString()} ${line.s} ${line.d}\n`;
  const json = JSON.stringify(lineView(placed, runner));
  return form === "ndjson" ? `${json}\n` : `id: ${at.fence}.${at.seq}\ndata: ${json}\n\n`;
}

function streamOf(text: AsyncGenerator<string>, gone: AbortController): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await text.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      async cancel(reason) {
        gone.abort(reason);
        await text.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
