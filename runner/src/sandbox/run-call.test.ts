import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WarmPool } from "./pool/warm-pool.ts";
import { CodeShelf } from "./prepare-code.ts";
import { type Deployed, deploy, RecordingLink } from "./recording-link.suite.ts";
import { runCall } from "./run-call.ts";
import { exitedBy, type ScriptedCell, ScriptedSandbox } from "./scripted-sandbox.suite.ts";

const head = { status: 200, headers: [] };
let folder: string;
let sandbox: ScriptedSandbox;
let pool: WarmPool;
let shelf: CodeShelf;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-run-"));
  mkdirSync(join(folder, "versions"));
  sandbox = new ScriptedSandbox();
  pool = new WarmPool(sandbox, { budgetBytes: null, idleMost: 4 });
  shelf = new CodeShelf(join(folder, "versions"));
});
afterEach(async () => {
  vi.useRealTimers();
  await pool.stop();
  await sandbox.stop();
  rmSync(folder, { recursive: true, force: true });
});

const code = (concurrency = 1) =>
  deploy(folder, "python", { "main.py": "def handler(): pass" }, { concurrency });

function run(deployed: Deployed, timeoutMs = 60_000) {
  const link = new RecordingLink(deployed.archive);
  const stop = new AbortController();
  return {
    link,
    stop,
    ended: runCall({ shelf, pool, custom: null }, deployed.call({ timeoutMs }), link, stop.signal),
  };
}

/** The cell that a call came to first, when its code is loaded. */
async function firstCell(): Promise<ScriptedCell> {
  await vi.waitFor(() => expect(sandbox.cells.length).toBeGreaterThan(0));
  const [cell] = sandbox.cells;
  if (cell === undefined) throw new Error("no cell");
  await cell.gets("I");
  cell.ready();
  await cell.gets("Q", 1);
  return cell;
}

test("the outcome is told at the response's end; the slot is held until the call is over", async () => {
  const deployed = await code();
  const { link, ended } = run(deployed);
  const cell = await firstCell();
  cell.send("H", 1, head);
  cell.send("B", 1, "soon");
  cell.send("E", 1);
  cell.sentinel(1);
  expect(await ended).toMatchObject({ status: "succeeded", truncated: false });
  expect(link.body.toString()).toBe("soon");
  const second = run(deployed);
  await vi.waitFor(() => expect(sandbox.cells[1]?.got.some(({ type }) => type === "I")).toBe(true));
  sandbox.cells[1]?.ready();
  await sandbox.cells[1]?.gets("Q", 1);
  sandbox.cells[1]?.answer(1, "other");
  expect((await second.ended).timing.start).not.toBe("warm");

  cell.send("L", 1, { stream: "log", level: "info", text: "still its own", time: 1 });
  cell.send("D", 1, {});
  cell.send("L", 1, { stream: "log", level: "info", text: "too late", time: 1 });
  sandbox.cells[1]?.exit(exitedBy(0));
  // What was sent arrives in the next turns of the loop.
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  const third = run(deployed);
  await cell.gets("Q", 2);
  cell.answer(2, "again");
  expect((await third.ended).timing.start).toBe("warm");
  expect(link.lines.map(({ d }) => d)).toEqual(["still its own"]);
});

test("a call that never finishes after its response costs its cell, after 31 seconds", async () => {
  const { ended } = run(await code());
  const cell = await firstCell();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  cell.send("H", 1, head);
  cell.send("E", 1);
  cell.sentinel(1);
  // It is waited for its end a moment, for most calls end at once.
  await vi.advanceTimersByTimeAsync(10);
  expect(await ended).toMatchObject({ status: "succeeded" });
  await vi.advanceTimersByTimeAsync(30_900);
  expect(cell.isDestroyed).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  expect(cell.isDestroyed).toBe(true);
});

test("a cancellation after the response's end changes nothing", async () => {
  const { ended, stop } = run(await code());
  const cell = await firstCell();
  cell.send("H", 1, head);
  cell.send("E", 1);
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  stop.abort("cancelled");
  expect(await ended).toMatchObject({ status: "succeeded", truncated: false });
  expect(cell.got.some(({ type }) => type === "C")).toBe(false);
});

test("a timeout of one call leaves the others of its cell alone when it ends in time", async () => {
  const deployed = await code(2);
  const [short, long] = [run(deployed, 50), run(deployed)];
  const cell = await firstCell();
  await cell.gets("Q", 2);
  await cell.gets("C", 1);
  cell.send("X", 1, { code: "function_error", message: "stopped" });
  cell.send("D", 1, {});
  expect(await short.ended).toMatchObject({ status: "timed_out" });
  expect([cell.isDestroyed, pool.keys()]).toEqual([false, []]);
  cell.answer(2, "fine");
  expect(await long.ended).toMatchObject({ status: "succeeded" });
  await vi.waitFor(() => expect(cell.isDestroyed).toBe(true));
});

test("a call that does not stop after its timeout takes the cell with it", async () => {
  const deployed = await code(2);
  const [short, long] = [run(deployed, 50), run(deployed)];
  const cell = await firstCell();
  await cell.gets("Q", 2);
  vi.spyOn(cell, "terminate").mockImplementation(() => undefined); // A process that ignores SIGTERM.
  expect(await short.ended).toMatchObject({ status: "timed_out", reason: "timed_out" });
  const end = await long.ended;
  expect(end).toMatchObject({ status: "failed", reason: "crashed" });
  expect(end.error?.message).toContain("ended with a call that did not stop");
});

test("a lost engine is infrastructure, in a load and in a call", async () => {
  const lost = { ...exitedBy(0), code: null, engineLost: true };
  const calling = run(await code());
  (await firstCell()).exit(lost);
  expect(await calling.ended).toMatchObject({ status: "failed", reason: "infrastructure" });
  const loading = run(await code());
  await vi.waitFor(() => expect(sandbox.cells[1]?.got.some(({ type }) => type === "I")).toBe(true));
  sandbox.cells[1]?.exit(lost);
  expect(await loading.ended).toMatchObject({ status: "failed", reason: "infrastructure" });
});
