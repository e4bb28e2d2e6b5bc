import type { Client } from "@pulse/schema/client";
import { isTerminal } from "@pulse/schema/status";
import {
  type ExecutionView,
  getExecution,
  getLogs,
  type LogLineView,
  listExecutions,
} from "@pulse/schema/wire/executions";

const lookMs = 250;
const overlapMs = 2000;
const followedAtMost = 16;

/** What a tail tells: a line of a call's log, or the call's end. */
export type TailEvent =
  | { type: "log"; execution: string; line: LogLineView }
  | { type: "call"; execution: ExecutionView };

interface TailOptions {
  client: Client;
  /** The function. */
  name: string;
  /** Which versions are told of. */
  isOurs: (version: number | null) => boolean;
  tell: (event: TailEvent) => void;
  signal: AbortSignal;
}

/** Tells of every call of a function that starts from now on, its log lines as they come; resolves when `signal` aborts. */
export async function tailCalls({ client, name, isOurs, tell, signal }: TailOptions): Promise<void> {
  const look = (since: string | null, limit: number) =>
    client.call(listExecutions, {
      query: { name, kind: "function", limit, ...(since === null ? {} : { since }) },
      signal,
    });
  const seen = new Map<string, number>();
  let newestAt: number | null = null;
  const followed = new Set<Promise<void>>();
  const track = (following: Promise<void>) => {
    followed.add(following);
    void following.finally(() => followed.delete(following));
  };
  let inOrder = Promise.resolve();
  let begun = false;
  while (!signal.aborted) {
    const since = newestAt === null ? null : new Date(newestAt - overlapMs).toISOString();
    // While the gateway is away the reloads say so; the tail goes on where it was.
    const list = await look(since, begun ? 100 : 1).catch(() => null);
    for (const one of list?.items.toReversed() ?? []) {
      newestAt = Math.max(newestAt ?? 0, Date.parse(one.createdAt));
      // A call of a version that is not ours yet may be of ours in a moment: its deploy's answer is on the way.
      if (seen.has(one.id) || (begun && !isOurs(one.version))) continue;
      seen.set(one.id, Date.parse(one.createdAt));
      if (!begun) continue;
      const withLogs = followed.size < followedAtMost;
      if (isTerminal(one.status)) {
        // What has ended already is told in the order in which it began.
        const kept: TailEvent[] = [];
        const read = follow({ client, one, withLogs, tell: (event) => kept.push(event), signal });
        inOrder = Promise.all([read, inOrder]).then(() => kept.forEach(tell));
        track(inOrder);
      } else track(follow({ client, one, withLogs, tell, signal }));
    }
    for (const [id, at] of seen) if (at < (newestAt ?? 0) - 2 * overlapMs) seen.delete(id);
    if (list !== null) begun = true;
    await pause(lookMs, signal);
  }
  await Promise.all(followed);
}

interface Followed extends Pick<TailOptions, "client" | "signal"> {
  one: ExecutionView;
  withLogs: boolean;
  tell: (event: TailEvent) => void;
}

/** One call: its log to its end, then how it ended. A tail that breaks off tells no more. */
async function follow({ client, one, withLogs, tell, signal }: Followed): Promise<void> {
  const params = { id: one.id };
  try {
    if (withLogs) {
      const headers = { accept: "application/x-ndjson" };
      const response = await client.open(getLogs, { params, query: { follow: "true" }, headers, signal });
      for await (const text of linesOf(response))
        tell({ type: "log", execution: one.id, line: JSON.parse(text) as LogLineView });
    }
    const ended = isTerminal(one.status) ? one : await client.call(getExecution, { params, signal });
    tell({ type: "call", execution: ended });
  } catch {
    // The gateway left in between, or the tail was stopped.
  }
}

/** The lines of a text answer, as they come. */
export async function* linesOf(response: Response): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") yield line;
  }
  if (rest !== "") yield rest;
}

/** Resolves after `ms`, or at once when `signal` aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
  });
}
