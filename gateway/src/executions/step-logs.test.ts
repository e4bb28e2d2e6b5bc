import { gzipSync } from "node:zlib";
import type { RunView } from "@pulse/schema/wire/workflow-runs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { JoinedRunner } from "../runners/joined.suite.ts";
import { takeLogs } from "../runners/logs.ts";
import { makeParts, type Parts } from "../runners/parts.suite.ts";
import { makeCall } from "./call.suite.ts";
import { invoke } from "./invoke.ts";
import { readStepLogs } from "./step-logs.ts";

const never = new AbortController().signal;
const startMs = 1_760_000_000_000;
let parts: Parts;
let runner: JoinedRunner;

beforeEach(async () => {
  parts = await makeParts();
  runner = await JoinedRunner.join(parts);
});
afterEach(async () => {
  await settle();
  parts.close();
  expect(parts.problems).toEqual([]);
});

/** An execution that wrote so many lines, one each two milliseconds, the first at `firstMs`. */
async function wrote(lines: number, firstMs: number, text = (n: number) => `${n}`): Promise<string> {
  await invoke(parts.deps, makeCall({ reply: "accept" }), never);
  const { execution, fence } = await runner.take();
  const atOnce = text(1).length > 1000 ? 2 : 3000;
  for (let first = 1; first <= lines; first += atOnce) {
    const last = Math.min(lines, first + atOnce - 1);
    const rows = Array.from({ length: last - first + 1 }, (_, i) => {
      const t = startMs + firstMs + 2 * (first + i - 1);
      return `${JSON.stringify({ seq: first + i, t, s: "stdout", d: text(first + i) })}\n`;
    });
    const chunk = { execution, fence, firstSeq: first, lastSeq: last, gzip: gzipSync(rows.join("")) };
    await takeLogs(parts.deps, runner.holder, chunk);
  }
  return execution;
}

/** The log of a step over these executions, a target each: `one`, `two`, … */
async function read(executions: readonly (string | null)[]): Promise<string[]> {
  const targets = executions.map((execution, i) => ({ runner: ["one", "two", "three"][i], execution }));
  // What is read of a run is this.
  const run = { steps: [{ path: "talk", targets }] } as unknown as RunView;
  const asked = { viewer: "default", run, id: "exe_run", step: "talk", form: "text" } as const;
  const text = await (await readStepLogs(parts.deps, asked)).text();
  return text.split("\n").slice(0, -1);
}

test("long logs are read to their ends, some chunks at a time, no line twice or left out", async () => {
  const [one, two] = [await wrote(25_000, 0), await wrote(21_000, 1)];
  const lines = await read([one, null, two]);
  const of = (name: string) =>
    lines.filter((line) => line.includes(` ${name} `)).map((line) => Number(line.split(" ")[3]));
  expect(of("one")).toEqual(Array.from({ length: 25_000 }, (_, i) => i + 1));
  expect(of("three")).toEqual(Array.from({ length: 21_000 }, (_, i) => i + 1));
  const times = lines.map((line) => line.split(" ")[0] ?? "");
  expect(times).toEqual(times.toSorted());
});

test("lines so long that few are held are all there", async () => {
  const long = (n: number) => `${n} ${"x".repeat(100_000)}`;
  const [one, two] = [await wrote(90, 0, long), await wrote(100, 1, long)];
  const lines = await read([one, two]);
  expect(lines.length).toBe(190);
  expect(lines.slice(-1)[0]).toMatch(/ two stdout 100 x/);
});

test("of an execution that another project has nothing is told", async () => {
  const id = await wrote(1, 0);
  const run = {
    steps: [{ path: "talk", targets: [{ runner: "one", execution: id }] }],
  } as unknown as RunView;
  const asked = { viewer: "elsewhere", run, id: "exe_run", step: "talk", form: "ndjson" } as const;
  expect(await (await readStepLogs(parts.deps, asked)).text()).toBe("");
  await expect(readStepLogs(parts.deps, { ...asked, step: "other" })).rejects.toThrow("no step");
  await expect(readStepLogs(parts.deps, { ...asked, run: null })).rejects.toThrow("none of a workflow");
});
