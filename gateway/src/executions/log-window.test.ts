import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { JoinedRunner } from "../runners/joined.suite.ts";
import { takeLogs } from "../runners/logs.ts";
import { makeParts, type Parts, problemCodeOf } from "../runners/parts.suite.ts";
import { makeCall } from "./call.suite.ts";
import { invoke } from "./invoke.ts";
import { fencesOf, LogPlaces } from "./log-places.ts";
import { findLines, readLines } from "./log-window.ts";

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
afterEach(async () => {
  await settle();
  parts.close();
  expect(parts.problems).toEqual([]);
});

async function send(first: number, texts: readonly string[], to = held) {
  const lines = texts.map((d, i) => JSON.stringify({ seq: first + i, t: 1_760_000_000_000, s: "stdout", d }));
  const gzip = gzipSync(`${lines.join("\n")}\n`);
  await takeLogs(parts.deps, runner.holder, {
    ...to,
    firstSeq: first,
    lastSeq: first + texts.length - 1,
    gzip,
  });
}

/** Two lines of a first attempt that failed, three of a second one. */
async function twoAttempts() {
  await send(1, ["a1", "a2"]);
  const error = { code: "function_error", message: "no", source: "function" as const };
  const outcome = { status: "failed" as const, reason: "function_error" as const, error, response: null };
  await runner.complete(held, { ...outcome, logs: { lastSeq: 2, bytes: 1 } });
  const sync = runner.sync();
  await parts.clock.advance(1500);
  const [again] = (await sync).jobs;
  if (again === undefined) throw new Error("no second attempt");
  await send(1, ["b1", "b2", "b3"], again);
}

const lines = async (from: number, count = 500) => {
  const { items } = await readLines(parts.deps.ports, "default", held.execution, { from, count });
  return items.map(({ line, text }) => `${line} ${text}`);
};
const find = (text: string, from = 1, limit = 1000) =>
  findLines(parts.deps.ports, "default", held.execution, { text, from, limit });

test("without a line there is nothing to read or to find", async () => {
  expect(await readLines(parts.deps.ports, "default", held.execution, { from: 1, count: 5 })).toEqual({
    ...{ total: 0, end: null, isOver: false, items: [] },
  });
  expect(await find("x")).toEqual({ total: 0, items: [], next: null });
});

test("lines are numbered over all attempts and read from anywhere", async () => {
  await twoAttempts();
  expect(await lines(1)).toEqual(["1 a1", "2 a2", "3 b1", "4 b2", "5 b3"]);
  expect(await lines(2, 2)).toEqual(["2 a2", "3 b1"]);
  expect(await lines(4, 9)).toEqual(["4 b2", "5 b3"]);
  expect(await lines(-2)).toEqual(["4 b2", "5 b3"]);
  expect(await lines(-9, 1)).toEqual(["1 a1"]);
  expect(await lines(6)).toEqual([]);
});

test("every number and its place are each other's, over any attempts", async () => {
  await twoAttempts();
  const places = new LogPlaces(await fencesOf(parts.deps.ports.database.client, held.execution));
  expect(places.total).toBe(5);
  for (let number = 1; number <= 5; number++) {
    const { fence, seq } = places.before(number);
    expect(places.numberOf({ fence, seq: seq + 1 })).toBe(number);
  }
  expect(places.before(6)).toEqual(places.end);
  expect(places.numberOf({ fence: 99, seq: 1 })).toBeNull();
});

test("a window of the middle reads the chunks that hold it and no others", async () => {
  for (let chunk = 0; chunk < 50; chunk++)
    await send(
      chunk * 100 + 1,
      Array.from({ length: 100 }, (_, i) => `n${chunk * 100 + i + 1}`),
    );
  let unpacked = 0;
  const { gunzip } = parts.deps.ports;
  const ports = {
    ...parts.deps.ports,
    gunzip: (data: Uint8Array<ArrayBuffer>, most: number) => {
      unpacked += 1;
      return gunzip(data, most);
    },
  };
  const { items, total, end } = await readLines(ports, "default", held.execution, { from: 2450, count: 100 });
  expect([total, end, items[0]?.text, items.at(-1)?.text]).toEqual([
    5000,
    `${held.fence}.5000`,
    "n2450",
    "n2549",
  ]);
  expect(unpacked).toBe(2);
});

test("long lines end a window early, but one always comes", async () => {
  const long = "x".repeat(200_000);
  for (let i = 1; i <= 12; i++) await send(i, [long]);
  const { items } = await readLines(parts.deps.ports, "default", held.execution, { from: 1, count: 500 });
  expect(items.length).toBe(10);
  expect(items.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test("a text is found whatever its case and through colours, and an excerpt is shown", async () => {
  await send(1, ["nothing", "an \u001b[31mERR\u001b[0mor", `${"y".repeat(500)} error ${"z".repeat(500)}`]);
  const { items, next } = await find("Error");
  expect(items.map(({ line }) => line)).toEqual([2, 3]);
  expect(items[0]?.text).toBe("an ERRor");
  expect(items[1]?.text).toHaveLength(200);
  expect(items[1]?.text).toContain(" error ");
  expect(next).toBeNull();
});

test("a search that found enough, or looked through enough, says where it goes on", async () => {
  await twoAttempts();
  const first = await find("b", 1, 2);
  expect([first.items.map(({ line }) => line), first.next]).toEqual([[3, 4], 5]);
  const second = await find("b", first.next ?? 0, 2);
  expect([second.items.map(({ line }) => line), second.next]).toEqual([[5], null]);
});

test("a log of twenty million characters is looked through in parts", async () => {
  const line = "x".repeat(20_000);
  for (let chunk = 0; chunk < 100; chunk++)
    await send(
      chunk * 10 + 1,
      Array.from({ length: 10 }, () => line),
    );
  const first = await find("needle");
  expect(first.items).toEqual([]);
  expect(first.next).toBeGreaterThan(800);
  await send(1001, ["a needle"]);
  const rest = await find("needle", first.next ?? 0);
  expect([rest.items.map((item) => item.line), rest.next]).toEqual([[1001], null]);
});

test("another project sees none of it", async () => {
  await send(1, ["mine"]);
  const { ports } = parts.deps;
  expect(await problemCodeOf(readLines(ports, "other", held.execution, { from: 1, count: 5 }))).toBe(
    "not_found",
  );
  expect(
    await problemCodeOf(findLines(ports, "other", held.execution, { text: "m", from: 1, limit: 5 })),
  ).toBe("not_found");
});
