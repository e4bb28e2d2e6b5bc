import { ProblemError } from "@pulse/schema/problem";
import type { Deps } from "../http/context.ts";
import { standingRight } from "../http/standing-right.ts";
import { encoded, streamOf } from "../http/text-stream.ts";
import type { Viewer } from "../workflows/seen-by.ts";
import { callProblem } from "./answer.ts";
import { readRange, sliceOf } from "./byte-range.ts";
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
  viewer: Viewer;
  id: string;
  form: LogForm;
  /** Whether the answer goes on until the execution ends. */
  follow: boolean;
  /** `fence.seq` of the last line that the reader has; null: from the start. */
  after: string | null;
  /** A `Range` header; it counts only for what is stored. */
  range?: string | null;
  requestId?: string;
  /** Looks again at who asks, and says who that is now; throws when they may not any longer. */
  recheck(): Promise<Viewer>;
}

const contentTypes: Record<LogForm, string> = {
  text: "text/plain; charset=utf-8",
  ndjson: "application/x-ndjson",
  sse: "text/event-stream",
};

/** The form that an `Accept` header asks for. */
export function logFormOf(accept: string | null): LogForm {
  if (accept?.includes("text/event-stream")) return "sse";
  return accept?.includes("json") ? "ndjson" : "text";
}

/** The log of an execution: all lines of all its attempts in order, and with `follow` those that come until it ends. */
export async function readLogs(deps: Deps, request: LogRequest, signal: AbortSignal): Promise<Response> {
  const store = createExecutionStore(deps.ports.database);
  const row = await store.get(request.viewer, request.id);
  if (row === null) throw new ProblemError("not_found", `there is no execution ${request.id}`);
  const after = request.after === null ? logStart : readLogPosition(request.after);
  if (after === null) {
    throw new ProblemError(
      "bad_request",
      `a log position is "fence.seq", got ${JSON.stringify(request.after)}`,
    );
  }
  const gone = new AbortController();
  const headers: Record<string, string> = {
    "content-type": contentTypes[request.form],
    "cache-control": "no-store, no-transform",
  };
  if (request.follow || request.form === "sse") {
    const source = request.follow
      ? followLines(deps, request, after, AbortSignal.any([signal, gone.signal]))
      : storedLines(store, deps.ports, request.id, after);
    return new Response(streamOf(encoded(written(deps, request, source)), gone), { headers });
  }
  const stored = () => encoded(written(deps, request, storedLines(store, deps.ports, request.id, after)));
  headers["accept-ranges"] = "bytes";
  if (typeof request.range !== "string") return new Response(streamOf(stored(), gone), { headers });
  return await partOf(stored, request.range, request.requestId ?? "", headers, gone);
}

/** A part of a stored log. Lines are only ever added behind, so the same bytes are the same part however often it is asked for. */
async function partOf(
  stored: () => AsyncGenerator<Uint8Array>,
  header: string,
  requestId: string,
  headers: Record<string, string>,
  gone: AbortController,
): Promise<Response> {
  let total = 0;
  for await (const chunk of stored()) total += chunk.length;
  const range = readRange(header, total);
  if (range === "unsatisfiable") {
    const problem = new ProblemError("range_not_satisfiable", `the log has ${total} bytes, got ${header}`);
    return callProblem(problem, requestId, [["content-range", `bytes */${total}`]]);
  }
  if (range === null) return new Response(streamOf(stored(), gone), { headers });
  const { from, to } = range;
  const about = { "content-range": `bytes ${from}-${to}/${total}`, "content-length": String(to - from + 1) };
  return new Response(streamOf(sliceOf(stored(), range), gone), {
    status: 206,
    headers: { ...headers, ...about },
  });
}

/**
 * Lines as they are stored, until the execution ends; `"quiet"` when none came for a while, `"gone"` as the last when the reader may not see them any
 * more. Never misses or repeats one.
 */
async function* followLines(
  { hub, ports }: Deps,
  { id, recheck }: Pick<LogRequest, "id" | "recheck">,
  after: LogPosition,
  signal: AbortSignal,
): AsyncGenerator<PlacedLine[] | "quiet" | "gone"> {
  const store = createExecutionStore(ports.database);
  let isSeen = true;
  const right = standingRight(ports, async () => {
    isSeen = (await store.get(await recheck(), id)) !== null;
  });
  let at = after;
  let ticket: number | null = null;
  for (;;) {
    // The ticket is taken before the rows are read: what arrives in between is told by a newer one.
    const watch = await hub.watchLogs({ id, ticket, waitMs: right.leftMs() }, signal);
    if (signal.aborted) return;
    if (!(await right.stands()) || !isSeen) {
      yield "gone";
      return;
    }
    let came = false;
    for await (const lines of storedLines(store, ports, id, at)) {
      at = lines.at(-1)?.at ?? at;
      came = true;
      yield lines;
    }
    if (watch.ended) return;
    // A connection that is silent for so long gets a comment, so that proxies keep it open.
    if (!came) yield "quiet";
    ticket = watch.ticket;
  }
}

async function* written(
  deps: Deps,
  { viewer, id, form }: LogRequest,
  source: AsyncIterable<PlacedLine[] | "quiet" | "gone">,
): AsyncGenerator<string> {
  const store = createExecutionStore(deps.ports.database);
  const row = await store.get(viewer, id);
  // An attempt's runner is known of the last one only; it is the same machine in nearly every execution.
  const runner = (line: PlacedLine) => (line.attempt === row?.attempt ? row.runnerName : null);
  for await (const lines of source) {
    if (lines === "gone") return;
    if (lines !== "quiet") yield lines.map((line) => writeLine(line, form, runner(line))).join("");
    else if (form === "sse") yield ": quiet\n\n";
  }
  if (form !== "sse") return;
  const ended = await store.get(viewer, id);
  yield `event: end\ndata: ${JSON.stringify({ status: ended?.status ?? null })}\n\n`;
}

function writeLine(placed: PlacedLine, form: LogForm, runner: string | null): string {
  const { at, line } = placed;
  if (form === "text") return `${new Date(line.t).toISOString()} ${line.s} ${line.d}\n`;
  const json = JSON.stringify(lineView(placed, runner));
  return form === "ndjson" ? `${json}\n` : `id: ${at.fence}.${at.seq}\ndata: ${json}\n\n`;
}
