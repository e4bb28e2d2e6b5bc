import { gzipSync } from "node:zlib";
import { versionSettings } from "@pulse/schema/wire/manifest";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeCall, makeTarget } from "../executions/call.suite.ts";
import { invoke } from "../executions/invoke.ts";
import { JoinedRunner } from "./joined.suite.ts";
import { takeLogs } from "./logs.ts";
import { makeParts, type Parts, problemCodeOf } from "./parts.suite.ts";

const never = new AbortController().signal;
let parts: Parts;
let runner: JoinedRunner;
let held: { execution: string; fence: number };

beforeEach(async () => {
  parts = await makeParts();
  runner = await JoinedRunner.join(parts);
  await invoke(parts.deps, makeCall({ reply: "accept" }), never);
  held = await runner.take();
});
afterEach(() => {
  parts.close();
  expect(parts.problems).toEqual([]);
});

function packed(first: number, last: number, text = "hello"): Buffer {
  const lines = [];
  for (let seq = first; seq <= last; seq++) lines.push(JSON.stringify({ seq, t: 1, s: "stdout", d: text }));
  return gzipSync(`${lines.join("\n")}\n`);
}

const send = (firstSeq: number, lastSeq: number, gzip: Uint8Array = packed(firstSeq, lastSeq), change = {}) =>
  takeLogs(parts.deps, runner.holder, { ...held, firstSeq, lastSeq, gzip, ...change });

async function storedSeqs(): Promise<number[][]> {
  const { rows } = await parts.ports.database.client.execute(
    "SELECT first_seq, last_seq FROM log_chunks ORDER BY fence, first_seq",
  );
  return rows.map((row) => [Number(row.first_seq), Number(row.last_seq)]);
}

test("chunks that follow each other are stored and acknowledged", async () => {
  expect(await send(1, 3)).toMatchObject({ ackSeq: 3 });
  expect(await send(4, 4)).toMatchObject({ ackSeq: 4 });
  expect(await storedSeqs()).toEqual([
    [1, 3],
    [4, 4],
  ]);
});

test("a resent chunk is acknowledged again and stored once, also after the end", async () => {
  await send(1, 3);
  expect(await send(1, 3)).toMatchObject({ ackSeq: 3 });
  await runner.complete(held);
  expect(await send(1, 3)).toMatchObject({ ackSeq: 3 });
  expect(await storedSeqs()).toEqual([[1, 3]]);
});

test("a gap is refused with the line that is expected", async () => {
  await send(1, 3);
  await expect(send(5, 6)).rejects.toMatchObject({
    code: "log_gap",
    extras: { members: { expectedSeq: 4 } },
  });
});

test("a stale fence, another runner and an execution that is over write nothing", async () => {
  const other = await JoinedRunner.join(parts, "other");
  expect(await problemCodeOf(send(1, 1, packed(1, 1), { fence: held.fence - 1 }))).toBe("fenced");
  const sent = { ...held, firstSeq: 1, lastSeq: 1, gzip: packed(1, 1) };
  expect(await problemCodeOf(takeLogs(parts.deps, other.holder, sent))).toBe("fenced");
  await runner.complete(held);
  await parts.clock.advance(61_000);
  expect(await problemCodeOf(send(1, 1))).toBe("fenced");
  expect(await storedSeqs()).toEqual([]);
});

test("what a function goes on with after its response is logged for a minute more", async () => {
  await runner.complete(held);
  await parts.clock.advance(30_000);
  expect(await send(1, 2)).toMatchObject({ ackSeq: 2 });
  expect(await storedSeqs()).toEqual([[1, 2]]);
});

test("a chunk that unpacks to more than 256 KiB is too large", async () => {
  expect(await problemCodeOf(send(1, 1, packed(1, 1, "x".repeat(256 * 1024))))).toBe("payload_too_large");
});

const chunkBytes = 250_000;
/** Sends chunks of one long line until one is refused; returns how many were taken and why the last was not. */
async function fill(from = 1): Promise<{ taken: number; code: string }> {
  for (let seq = from; ; seq++) {
    const code = await problemCodeOf(send(seq, seq, packed(seq, seq, "x".repeat(chunkBytes))));
    if (code !== "none") return { taken: seq - 1, code };
  }
}

test("the log of an attempt is taken up to its version's limit and some more, and nothing beyond it", async () => {
  const { taken, code } = await fill();
  expect(code).toBe("payload_too_large");
  expect(taken * chunkBytes).toBeGreaterThan(10 * 2 ** 20);
  expect(taken * chunkBytes).toBeLessThan(21 * 2 ** 20);
  expect(await storedSeqs()).toHaveLength(taken);
  // What still has room is taken, and a resend of what is stored is acknowledged.
  expect(await send(taken + 1, taken + 1)).toMatchObject({ ackSeq: taken + 1 });
  expect(await send(1, 1, packed(1, 1, "x".repeat(chunkBytes)))).toMatchObject({ ackSeq: taken + 1 });
});

test("an append reads the last chunk alone: the others may be gone, and it still knows what the log holds", async () => {
  const { taken } = await fill();
  const { client } = parts.ports.database;
  await client.execute({ sql: "DELETE FROM log_chunks WHERE first_seq < ?", args: [taken] });
  expect(await fill(taken + 1)).toEqual({ taken, code: "payload_too_large" });
});

test("lines that ride in a completion count too: it settles without them once the runner says so", async () => {
  const { taken } = await fill();
  const at = taken + 1;
  const logs = { firstSeq: at, lastSeq: at, gzip: packed(at, at, "x".repeat(chunkBytes)).toString("base64") };
  const missing = await runner.complete(held, { logs: { lastSeq: at, bytes: 1 } }, logs);
  expect(missing.results).toMatchObject([{ result: "logs_missing", expectedSeq: at }]);
  expect((await runner.complete(held, { logs: { lastSeq: taken, bytes: 1 } })).results).toMatchObject([
    { result: "ok" },
  ]);
});

test("short lines do not use up the limit by the JSON around them", async () => {
  parts.close();
  parts = await makeParts();
  runner = await JoinedRunner.join(parts);
  const { version, ...target } = makeTarget();
  const settings = versionSettings.parse({ logs: { max: "1KB" } });
  const call = makeCall(
    { reply: "accept" },
    { at: "none" },
    { target: { ...target, version: { ...version, settings } } },
  );
  await invoke(parts.deps, call, never);
  held = await runner.take();
  const lines = 4000;
  for (let first = 1; first < 200_000; first += lines)
    await send(first, first + lines - 1, packed(first, first + lines - 1, "x"));
  const { code } = await fill(200_001);
  expect(code).toBe("payload_too_large");
});

test.each([
  ["no gzip", Buffer.from("x")],
  ["no JSON", gzipSync("{]\n")],
  ["other numbers", packed(2, 3)],
  ["too few lines", packed(1, 1)],
  ["too many lines", packed(1, 3)],
  ["no lines", gzipSync("")],
  [
    "an impossible time",
    gzipSync('{"seq":1,"t":1e300,"s":"stdout","d":""}\n{"seq":2,"t":1,"s":"stdout","d":""}\n'),
  ],
])("a chunk with %s is refused", async (_what, gzip) => {
  expect(await problemCodeOf(send(1, 2, gzip))).toBe("bad_request");
});

test("lines that ride in a completion are stored before it settles", async () => {
  const logs = { firstSeq: 1, lastSeq: 2, gzip: packed(1, 2).toString("base64") };
  const answer = await runner.complete(held, { logs: { lastSeq: 2, bytes: 10 } }, logs);
  expect(answer.results).toEqual(
    [{ ...held, result: "ok" }].map(({ execution, fence, result }) => ({ execution, fence, result })),
  );
  expect(await storedSeqs()).toEqual([[1, 2]]);
  const again = await runner.complete(held, { logs: { lastSeq: 2, bytes: 10 } }, logs);
  expect(again.results[0]?.result).toBe("ok");
});

test("a completion that lacks lines is not settled until they are there", async () => {
  await send(1, 2);
  const outcome = { logs: { lastSeq: 3, bytes: 10 } };
  expect((await runner.complete(held, outcome)).results).toMatchObject([
    { result: "logs_missing", expectedSeq: 3 },
  ]);
  await send(3, 3);
  expect((await runner.complete(held, outcome)).results).toMatchObject([{ result: "ok" }]);
});

test("a completion under a stale fence is fenced, whatever lines it lacks", async () => {
  const stale = { execution: held.execution, fence: held.fence + 1 };
  const answer = await runner.complete(stale, { logs: { lastSeq: 9, bytes: 1 } });
  expect(answer.results).toMatchObject([{ result: "fenced" }]);
});

test("the sender learns of a cancellation, and that somebody watches", async () => {
  await parts.deps.hub.watchLogs({ id: held.execution, ticket: null, waitMs: 1 }, never);
  const watched = await send(1, 1);
  await parts.deps.hub.cancel({ project: "default", id: held.execution, reason: "cancelled" });
  const cancelled = await send(2, 2);
  expect(watched.cancelled).toBeUndefined();
  expect(watched.nextFlushMs).toBeLessThan(1000);
  expect(cancelled).toMatchObject({ ackSeq: 2, cancelled: true });
});
