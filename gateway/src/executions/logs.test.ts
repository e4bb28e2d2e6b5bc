import { gzipSync } from "node:zlib";
import { ProblemError } from "@pulse/schema/problem";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { JoinedRunner } from "../runners/joined.suite.ts";
import { takeLogs } from "../runners/logs.ts";
import { makeParts, type Parts, problemCodeOf } from "../runners/parts.suite.ts";
import { makeCall } from "./call.suite.ts";
import { invoke } from "./invoke.ts";
import { type LogForm, logFormOf, readLogs } from "./logs.ts";

const never = new AbortController().signal;
const recheck = async () => "default";
let parts: Parts;
let runner: JoinedRunner;
let held: { execution: string; fence: number };

beforeEach(async () => {
  parts = await makeParts();
  runner = await JoinedRunner.join(parts);
  await invoke(parts.deps, makeCall({ reply: "accept" }), never);
  held = await runner.take();
});
afterEach(async () => {
  await settle();
  parts.close();
  expect(parts.problems).toEqual([]);
});

function send(first: number, last: number, to = held) {
  const lines = [];
  for (let seq = first; seq <= last; seq++) {
    lines.push(JSON.stringify({ seq, t: 1_760_000_000_000, s: "stdout", d: `${to.fence}:${seq}` }));
  }
  const gzip = gzipSync(`${lines.join("\n")}\n`);
  return takeLogs(parts.deps, runner.holder, { ...to, firstSeq: first, lastSeq: last, gzip });
}

function read(
  form: LogForm,
  change: { follow?: boolean; after?: string; range?: string; recheck?: () => Promise<string> } = {},
  signal = never,
) {
  const request = { viewer: "default", id: held.execution, form, follow: false, after: null, recheck };
  return readLogs(parts.deps, { ...request, ...change }, signal);
}

/** The ids and data of server-sent events, read until `count` came or the stream ended. */
async function events(response: Response, count = Number.POSITIVE_INFINITY): Promise<string[]> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  const seen: string[] = [];
  let text = "";
  while (reader !== undefined && seen.length < count) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const id = /^id: (.*)$/m.exec(block)?.[1];
      const event = /^event: (.*)$/m.exec(block)?.[1];
      if (id !== undefined || event !== undefined) seen.push(id ?? event ?? "");
    }
  }
  await reader?.cancel();
  return seen;
}

test("lines come as text, as NDJSON, and as events with their place", async () => {
  await send(1, 2);
  expect(await (await read("text")).text()).toBe(
    "2025-10-09T08:53:20.000Z stdout 1:1\n2025-10-09T08:53:20.000Z stdout 1:2\n",
  );
  const [line] = (await (await read("ndjson")).text()).trimEnd().split("\n");
  expect(JSON.parse(line ?? "")).toEqual({
    seq: 1,
    time: "2025-10-09T08:53:20.000Z",
    stream: "stdout",
    level: "info",
    text: "1:1",
    attempt: 1,
    runner: "one",
  });
  expect(await events(await read("sse"))).toEqual(["1.1", "1.2", "end"]);
});

test("the lines of all attempts come in order", async () => {
  await send(1, 2);
  const error = { code: "function_error", message: "no", source: "function" as const };
  const outcome = { status: "failed" as const, reason: "function_error" as const, error, response: null };
  await runner.complete(held, { ...outcome, logs: { lastSeq: 2, bytes: 1 } });
  const sync = runner.sync();
  await parts.clock.advance(1500);
  const [again] = (await sync).jobs;
  if (again === undefined) throw new Error("no second attempt");
  await send(1, 1, again);
  expect(await events(await read("sse"))).toEqual(["1.1", "1.2", `${again.fence}.1`, "end"]);
  const lines = (await (await read("ndjson")).text()).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line).attempt)).toEqual([1, 1, 2]);
});

test("a follower gets what comes until the end, and a resumed one neither gap nor repeat", async () => {
  await send(1, 2);
  const first = await events(await read("sse", { follow: true }), 2);
  expect(first).toEqual(["1.1", "1.2"]);
  await send(3, 3);
  const resumed = events(await read("sse", { follow: true, after: "1.2" }));
  await settle();
  await send(4, 5);
  await settle();
  await runner.complete(held, { logs: { lastSeq: 5, bytes: 1 } });
  expect(await resumed).toEqual(["1.3", "1.4", "1.5", "end"]);
});

test("a resume inside a chunk starts after its line", async () => {
  await send(1, 5);
  expect(await events(await read("sse", { after: "1.3" }))).toEqual(["1.4", "1.5", "end"]);
});

test("more chunks than one reading takes come all", async () => {
  for (let seq = 1; seq <= 40; seq++) await send(seq, seq);
  expect(await events(await read("sse"))).toHaveLength(41);
});

test("lines that ride in the completion reach a follower before the end", async () => {
  const following = events(await read("sse", { follow: true }));
  await settle();
  const line = JSON.stringify({ seq: 1, t: 1, s: "log", d: "last", l: "warn", f: { a: 1 } });
  const logs = { firstSeq: 1, lastSeq: 1, gzip: gzipSync(`${line}\n`).toString("base64") };
  await runner.complete(held, { logs: { lastSeq: 1, bytes: 1 } }, logs);
  expect(await following).toEqual(["1.1", "end"]);
});

test("a silent log says now and then that it is there", async () => {
  const response = await read("sse", { follow: true });
  const reader = response.body?.getReader();
  const first = reader?.read();
  await settle();
  await parts.clock.advance(15_000);
  expect(new TextDecoder().decode((await first)?.value)).toBe(": quiet\n\n");
  await reader?.cancel();
});

test.each([
  [
    "whose credential is no longer good",
    async () => Promise.reject(new ProblemError("invalid_credential", "")),
  ],
  ["who may not see the execution any more", async () => "other"],
])("a follower %s is told nothing more, not even the end", async (_, becomes) => {
  let recheck: () => Promise<string> = async () => "default";
  const following = events(await read("sse", { follow: true, recheck: () => recheck() }));
  await settle();
  await send(1, 1);
  await parts.clock.advance(15_100);
  recheck = becomes;
  for (let seq = 2; seq < 20; seq++) {
    await send(seq, seq);
    await parts.clock.advance(1000);
  }
  await runner.complete(held, { logs: { lastSeq: 19, bytes: 1 } });
  const told = await following;
  expect([told[0], told.includes("end"), told.length]).toEqual([
    "1.1",
    false,
    expect.toSatisfy((n) => n < 17),
  ]);
});

test("a follower who leaves stops the watching", async () => {
  const leaving = new AbortController();
  const response = await read("ndjson", { follow: true }, leaving.signal);
  const text = response.text();
  await settle();
  leaving.abort();
  expect(await text).toBe("");
});

test("another project's log is not found, and a place that is none is refused", async () => {
  const form = "text" as const;
  const request = { viewer: "other", id: held.execution, form, follow: false, after: null, recheck };
  expect(await problemCodeOf(readLogs(parts.deps, request, never))).toBe("not_found");
  expect(await problemCodeOf(read("sse", { after: "x" }))).toBe("bad_request");
});

test.each([
  ["text/event-stream", "sse"],
  ["application/x-ndjson", "ndjson"],
  ["application/json", "ndjson"],
  ["*/*", "text"],
  [null, "text"],
])("%s asks for %s", (accept, form) => {
  expect(logFormOf(accept)).toBe(form);
});

test.each<LogForm>(["text", "ndjson"])("a stored log of form %s can be had in parts", async (form) => {
  for (let seq = 1; seq <= 3; seq++) await send(seq, seq);
  const whole = await read(form);
  expect(whole.headers.get("accept-ranges")).toBe("bytes");
  const bytes = new Uint8Array(await whole.arrayBuffer());
  const half = Math.floor(bytes.length / 2);
  const first = await read(form, { range: `bytes=0-${half - 1}` });
  const second = await read(form, { range: `bytes=${half}-` });
  expect([first.status, second.status]).toEqual([206, 206]);
  expect(second.headers.get("content-range")).toBe(`bytes ${half}-${bytes.length - 1}/${bytes.length}`);
  expect(second.headers.get("content-length")).toBe(String(bytes.length - half));
  const parts = [new Uint8Array(await first.arrayBuffer()), new Uint8Array(await second.arrayBuffer())];
  expect(parts.flatMap((part) => [...part])).toEqual([...bytes]);
  const tail = await read(form, { range: "bytes=-5" });
  expect(new Uint8Array(await tail.arrayBuffer())).toEqual(bytes.slice(-5));
});

test("a range beyond the end says how much there is, and one that counts nothing here is ignored", async () => {
  await send(1, 2);
  const total = (await (await read("text")).arrayBuffer()).byteLength;
  const beyond = await read("text", { range: `bytes=${total}-` });
  expect(beyond.status).toBe(416);
  expect(beyond.headers.get("content-range")).toBe(`bytes */${total}`);
  expect(await beyond.json()).toMatchObject({ code: "range_not_satisfiable" });
  expect((await read("text", { range: "bytes=0-1,3-4" })).status).toBe(200);
  const followed = await read("sse", { range: "bytes=0-1" });
  expect(followed.status).toBe(200);
  await followed.body?.cancel();
});
