import { ProblemError } from "@pulse/schema/problem";
import type { CompleteAnswer, Completion } from "@pulse/schema/wire/runner-protocol";
import type { Deps } from "../http/context.ts";
import type { Holder } from "../hub.ts";
import type { Ports } from "../ports.ts";
import { type ChunkToStore, createLogStore } from "./log-store.ts";

/** The lines of one chunk, unpacked. */
const rawMostBytes = 256 * 1024;
/** The same, packed: gzip of what does not compress is a little larger. */
export const packedMostBytes = rawMostBytes + 16 * 1024;

/** How often a runner sends lines while somebody watches them, and otherwise. */
const flushMs = { watched: 200, unwatched: 2000 };
const streams: ReadonlySet<unknown> = new Set(["stdout", "stderr", "log", "system"]);
const latestTimeMs = 8.64e15;

interface Sent {
  execution: string;
  fence: number;
  firstSeq: number;
  lastSeq: number;
  gzip: Uint8Array;
}

/** Unpacks and checks a chunk: its lines are numbered from `firstSeq` to `lastSeq`. Throws `payload_too_large`, `bad_request`. */
async function checked(ports: Ports, sent: Sent): Promise<ChunkToStore> {
  const { gzip, ...chunk } = sent;
  const raw = await unpack(ports, gzip);
  let seq = chunk.firstSeq;
  for (const row of new TextDecoder().decode(raw).split("\n")) {
    if (row === "") continue;
    if (!isLine(row, seq)) throw new ProblemError("bad_request", `line ${seq} of the log chunk is not valid`);
    seq += 1;
  }
  if (seq !== chunk.lastSeq + 1 || seq === chunk.firstSeq) {
    throw new ProblemError(
      "bad_request",
      `the log chunk should hold the lines ${chunk.firstSeq} to ${chunk.lastSeq} and ends with ${seq - 1}`,
    );
  }
  return { ...chunk, rawBytes: raw.length, data: gzip };
}

async function unpack(ports: Ports, gzip: Uint8Array): Promise<Uint8Array> {
  try {
    return await ports.gunzip(gzip, rawMostBytes);
  } catch (cause) {
    if (cause instanceof ProblemError) throw cause;
    if (cause instanceof RangeError) {
      throw new ProblemError("payload_too_large", `a log chunk may unpack to ${rawMostBytes} bytes at most`, {
        cause,
      });
    }
    throw new ProblemError("bad_request", "the log chunk is not gzip", { cause });
  }
}

/** Hand-written, for every line of every log passes here. */
function isLine(text: string, seq: number): boolean {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return false;
  }
  if (typeof line !== "object" || line === null) return false;
  const { seq: number, t, s, d, l, f } = line as Record<string, unknown>;
  return (
    number === seq &&
    typeof t === "number" &&
    Math.abs(t) <= latestTimeMs &&
    typeof d === "string" &&
    streams.has(s) &&
    (l === undefined || typeof l === "string") &&
    (f === undefined || (typeof f === "object" && f !== null && !Array.isArray(f)))
  );
}

/** Takes one uploaded chunk. A resend is acknowledged again. Throws `log_gap` with `expectedSeq`, `fenced`, `payload_too_large`. */
export async function takeLogs(
  deps: Deps,
  holder: Holder,
  sent: Sent,
): Promise<{ ackSeq: number; nextFlushMs: number; cancelled?: boolean }> {
  const { ports, hub } = deps;
  const store = createLogStore(ports.database);
  const chunk = await checked(ports, sent);
  const { execution, fence } = chunk;
  await acknowledge(deps, holder, execution, fence);
  const [written] = await store.append([chunk], holder.runner, ports.now());
  if (!written) {
    const { lastSeq, held } = await store.standing(execution, fence, holder.runner);
    if (lastSeq >= chunk.lastSeq) return { ackSeq: lastSeq, nextFlushMs: flushMs.unwatched };
    if (!held) throw new ProblemError("fenced", `execution ${execution} is not held under fence ${fence}`);
    if (lastSeq === chunk.firstSeq - 1) {
      throw new ProblemError("payload_too_large", `the log of execution ${execution} is over its limit`, {
        hint: 'The setting "logs.max" of the function limits its log.',
      });
    }
    throw new ProblemError("log_gap", `the next line is ${lastSeq + 1}, got ${chunk.firstSeq}`, {
      members: { expectedSeq: lastSeq + 1 },
    });
  }
  const { watched, cancelled } = await hub.logged({ holder, id: execution, fence });
  const nextFlushMs = watched ? flushMs.watched : flushMs.unwatched;
  return { ackSeq: chunk.lastSeq, nextFlushMs, ...(cancelled ? { cancelled } : {}) };
}

/** Every call that names a hand-out acknowledges it. Whether the lines may be written is for the row to say: a resend may come late. */
async function acknowledge({ hub }: Deps, holder: Holder, execution: string, fence: number): Promise<void> {
  try {
    await hub.holding({ holder, execution, fence });
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== "fenced") throw error;
  }
}

/** Settles a batch: the logs that ride along are written first, and what lacks lines is sent back instead of settled. */
export async function completeWithLogs(
  deps: Deps,
  holder: Holder,
  outcomes: Completion[],
  want: number,
): Promise<CompleteAnswer> {
  const stored = await storeInline(deps, holder, outcomes);
  const missing = new Map<Completion, number>();
  for (const completion of outcomes) {
    const { lastSeq } = completion.outcome.logs;
    if (lastSeq === 0 || stored.get(completion) === lastSeq) continue;
    const { execution, fence } = completion;
    const standing = await createLogStore(deps.ports.database).standing(execution, fence, holder.runner);
    if (standing.held && standing.lastSeq < lastSeq) missing.set(completion, standing.lastSeq + 1);
  }
  if (missing.size === 0) return await deps.hub.complete({ holder, outcomes, want });
  const whole = outcomes.filter((completion) => !missing.has(completion));
  const answer = await deps.hub.complete({ holder, outcomes: whole, want });
  const settled = answer.results.values();
  const results: CompleteAnswer["results"] = [];
  for (const completion of outcomes) {
    const expectedSeq = missing.get(completion);
    const { execution, fence } = completion;
    if (expectedSeq !== undefined) results.push({ execution, fence, result: "logs_missing", expectedSeq });
    else results.push(settled.next().value ?? { execution, fence, result: "fenced" });
  }
  return { ...answer, results };
}

/** Writes the chunks that ride in completions, in one batch; tells the last line of each that was written. */
async function storeInline(
  { ports, hub }: Deps,
  holder: Holder,
  outcomes: readonly Completion[],
): Promise<Map<Completion, number>> {
  const stored = new Map<Completion, number>();
  const chunks: { completion: Completion; chunk: ChunkToStore }[] = [];
  for (const completion of outcomes) {
    const { logs, execution, fence } = completion;
    if (logs === undefined) continue;
    try {
      const sent = {
        execution,
        fence,
        firstSeq: logs.firstSeq,
        lastSeq: logs.lastSeq,
        gzip: bytesOf(logs.gzip),
      };
      chunks.push({ completion, chunk: await checked(ports, sent) });
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      // Its neighbours settle all the same; this one is told that its lines are missing and uploads them by themselves.
      ports.log.warn("log lines of a completion are not valid", { execution, detail: error.message });
    }
  }
  if (chunks.length === 0) return stored;
  const store = createLogStore(ports.database);
  const written = await store.append(
    chunks.map(({ chunk }) => chunk),
    holder.runner,
    ports.now(),
  );
  for (const [i, { completion, chunk }] of chunks.entries()) {
    if (!written[i]) continue;
    stored.set(completion, chunk.lastSeq);
    // A success ends the execution, which wakes those who watch; another attempt may follow a failure.
    if (completion.outcome.status !== "succeeded")
      await hub.logged({ holder, id: chunk.execution, fence: chunk.fence });
  }
  return stored;
}

function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(base64);
  } catch (cause) {
    throw new ProblemError("bad_request", "the log lines are not base64", { cause });
  }
}
