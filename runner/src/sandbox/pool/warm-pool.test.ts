import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { exitedBy, ScriptedSandbox } from "../scripted-sandbox.suite.ts";
import { leaseOf, load, never, spec, turn, use } from "./pool-world.suite.ts";
import type { Lease, Load, Use } from "./warm-cell.ts";
import { WarmPool } from "./warm-pool.ts";

const hour = 3_600_000;
let sandbox: ScriptedSandbox;
let pool: WarmPool;

beforeEach(() => {
  sandbox = new ScriptedSandbox();
  pool = new WarmPool(sandbox, { budgetBytes: null, idleMost: 4 });
});
afterEach(async () => {
  vi.useRealTimers();
  await pool.stop();
  await sandbox.stop();
});

const take = async (key = "ver_1", more: Partial<Use> = {}, of = spec) =>
  leaseOf(await pool.take({ key, spec: of, use: { ...use, ...more }, load }, never));

test("a warm cell is taken before a stem cell, and a stem cell before a new one", async () => {
  const first = await take();
  expect(first.start).toBe("cold");
  await vi.waitFor(() => expect(sandbox.cells).toHaveLength(2));
  await pool.giveBack(first.warm, true);
  expect((await take()).start).toBe("warm");
  await turn();
  expect((await take()).start).toBe("stem");
});

test("a stem cell serves no other project and no other size", async () => {
  await take();
  await vi.waitFor(() => expect(sandbox.cells).toHaveLength(2));
  await turn();
  expect((await take("ver_2", {}, { ...spec, project: "prj_2" })).start).toBe("cold");
  expect((await take("ver_3", {}, { ...spec, memory: 2 })).start).toBe("cold");
});

test("two are created at a time, those that a call waits for before those that are made ahead", async () => {
  sandbox.isHeld = true;
  const specs = [1, 2, 3, 4].map((memory) => ({ ...spec, memory }));
  const takes = specs.map((of) => take("ver_1", {}, of));
  await turn();
  expect(sandbox.starts.map((start) => start.spec.memory)).toEqual([1, 2]);
  sandbox.starts[0]?.go();
  await takes[0];
  await vi.waitFor(() => expect(sandbox.starts).toHaveLength(3));
  // The first call's replacement wants its turn as well.
  sandbox.starts[1]?.go();
  await vi.waitFor(() => expect(sandbox.starts).toHaveLength(4));
  expect(sandbox.starts.map((start) => start.spec.memory)).toEqual([1, 2, 3, 4]);
  for (const { go } of sandbox.starts.slice(2)) go();
  await Promise.all(takes);
  await vi.waitFor(() => expect(sandbox.starts).toHaveLength(6));
});

test("a stem cell ends one hour after its kind was last used", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const first = await take("ver_1", { keepAliveMs: 10 * hour });
  while (sandbox.cells.length < 2) await turn();
  await turn();
  await vi.advanceTimersByTimeAsync(0.9 * hour);
  await pool.giveBack(first.warm, false);
  await take("ver_2", { keepAliveMs: 10 * hour });
  while (sandbox.cells.length < 3) await turn();
  await turn();
  await vi.advanceTimersByTimeAsync(0.9 * hour);
  expect(sandbox.cells.map(({ isDestroyed }) => isDestroyed)).toEqual([true, false, false]);
  await vi.advanceTimersByTimeAsync(0.2 * hour);
  expect(sandbox.cells.map(({ isDestroyed }) => isDestroyed)).toEqual([true, false, true]);
});

test("parallel calls of a cold version share one load up to its concurrency", async () => {
  sandbox.isHeld = true;
  const takes = Array.from({ length: 4 }, () => take("ver_1", { concurrency: 3 }));
  await turn();
  for (const { go } of [...sandbox.starts]) go();
  const leases = await Promise.all(takes);
  const cells = leases.map(({ warm }) => warm.cell);
  expect(new Set(cells.slice(0, 3)).size).toBe(1);
  expect(cells[3]).not.toBe(cells[0]);
  expect(leases[0]?.warm.running).toBe(3);
});

test("with a concurrency of one nobody shares", async () => {
  const leases = await Promise.all([take(), take()]);
  expect(leases[0]?.warm).not.toBe(leases[1]?.warm);
});

test("a call that leaves a shared load leaves it to the others; the last one ends it", async () => {
  sandbox.isHeld = true;
  const [one, other] = [new AbortController(), new AbortController()];
  const shared = { ...use, concurrency: 2 };
  const takes = [one, other].map(({ signal }) =>
    pool.take({ key: "ver_1", spec, use: shared, load }, signal),
  );
  await turn();
  one.abort(new Error("left"));
  await expect(takes[0]).rejects.toThrow("left");
  sandbox.starts[0]?.go();
  const lease = leaseOf((await takes[1]) ?? { error: { code: "", message: "" } });
  expect(lease.warm.running).toBe(1);

  const last = new AbortController();
  let loads = 0;
  const hanging: Load = (_cell, conversation, signal) => {
    loads += 1;
    return conversation.load({}, () => undefined, signal);
  };
  const waiting = pool.take(
    { key: "ver_2", spec: { ...spec, memory: 9 }, use: shared, load: hanging },
    last.signal,
  );
  while (sandbox.starts.every((start) => start.spec.memory !== 9)) await turn();
  const cell = sandbox.starts.find((start) => start.spec.memory === 9)?.go();
  while (loads === 0) await turn();
  last.abort(new Error("left too"));
  await expect(waiting).rejects.toThrow("left too");
  await vi.waitFor(() => expect(cell?.isDestroyed).toBe(true));
});

test("an error of the code is everyone's who waited, and its cell is gone", async () => {
  const broken: Load = async () => ({ error: { code: "init_error", message: "no" } });
  const shared = { ...use, concurrency: 2 };
  const takes = [1, 2].map(() => pool.take({ key: "ver_1", spec, use: shared, load: broken }, never));
  expect(await Promise.all(takes)).toEqual(
    [1, 2].map(() => ({ error: { code: "init_error", message: "no" } })),
  );
  expect([sandbox.cells[0]?.isDestroyed, pool.keys()]).toEqual([true, []]);
});

test("a version that becomes warm, or is no more, is told; calls of it are not", async () => {
  const told: string[][] = [];
  pool.onChange(() => told.push(pool.keys()));
  const first = await take();
  await pool.giveBack(first.warm, true);
  const again = await take();
  await pool.giveBack(again.warm, true);
  expect(told).toEqual([["ver_1"]]);
  sandbox.cells[0]?.exit(exitedBy(1));
  await turn();
  expect(told).toEqual([["ver_1"], []]);
});

test("a cell that is not healthy serves no further call, and ends with its last one", async () => {
  const one = await take("ver_1", { concurrency: 2 });
  const other = await take("ver_1", { concurrency: 2 });
  expect(other.warm).toBe(one.warm);
  await pool.giveBack(one.warm, false);
  expect((await take("ver_1", { concurrency: 2 })).warm).not.toBe(one.warm);
  expect(sandbox.cells[0]?.isDestroyed).toBe(false);
  await pool.giveBack(other.warm, true);
  expect(sandbox.cells[0]?.isDestroyed).toBe(true);
});

test("a cell ends after its keep-alive, and the longest idle ones above the limit at once", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const leases: Lease[] = [];
  for (const name of ["a", "b", "c", "d", "e"]) leases.push(await take(name, { keepAliveMs: 1000 }));
  for (const { warm } of leases) await pool.giveBack(warm, true);
  expect(pool.keys()).toEqual(["b", "c", "d", "e"]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(pool.keys()).toEqual([]);
});

test("without reuse every call has a cell of its own, gone when it is given back", async () => {
  const one = await take("ver_1", { reuse: false, concurrency: 8 });
  const other = await take("ver_1", { reuse: false, concurrency: 8 });
  expect(other.warm).not.toBe(one.warm);
  await pool.giveBack(one.warm, true);
  expect(sandbox.cells.slice(0, 2).map(({ isDestroyed }) => isDestroyed)).toEqual([true, false]);
  expect(pool.keys()).toEqual([]);
});
