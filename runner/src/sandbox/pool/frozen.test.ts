import { expect, test } from "vitest";
import { poolOfEach, settle } from "./pool-world.suite.ts";

const world = poolOfEach();
const frozen = () => world().sandbox.cells.map(({ isFrozen }) => isFrozen);

test("an idle cell and a parked stem are frozen after ten seconds, and thawed by the call that takes them", async () => {
  const { take, pool, pass, sandbox } = world();
  const first = await take();
  await pool.giveBack(first.warm, true);
  await pass(9900);
  expect(frozen()).toEqual([false, false]);
  await pass(200);
  expect(frozen()).toEqual([true, true]);
  const again = await take();
  expect([again.warm, again.start]).toEqual([first.warm, "warm"]);
  const other = await take("ver_2");
  expect(other.start).toBe("stem");
  expect(sandbox.cells.slice(0, 2).map(({ isFrozen, thaws }) => [isFrozen, thaws])).toEqual([
    [false, 1],
    [false, 1],
  ]);
});

test("a cell that runs is not frozen, however long", async () => {
  const { take, pass } = world();
  await take();
  await pass(3_000_000);
  expect(frozen()[0]).toBe(false);
});

test("one that is awake is taken before one that is frozen", async () => {
  const { take, pool, pass } = world();
  const [one, other] = [await take(), await take()];
  await pool.giveBack(one.warm, true);
  await pass(10_500);
  await pool.giveBack(other.warm, true);
  expect((await take()).warm).toBe(other.warm);
  expect((await take()).warm).toBe(one.warm);
});

test("keep-alive ends a frozen cell", async () => {
  const { take, pool, pass, sandbox } = world();
  const { warm } = await take();
  await pool.giveBack(warm, true);
  await pass(60_001);
  expect(sandbox.cells[0]?.isDestroyed).toBe(true);
  expect(pool.keys()).toEqual([]);
});

test("a frozen cell that cannot be thawed ends, and the call gets another", async () => {
  const { take, pool, pass, sandbox } = world();
  const { warm } = await take();
  await pool.giveBack(warm, true);
  await pass(10_500);
  for (const cell of sandbox.cells) cell.isStuck = true;
  const next = await take();
  expect([next.warm === warm, next.start]).toEqual([false, "cold"]);
  await settle();
  expect(sandbox.cells.slice(0, 2).map(({ isDestroyed }) => isDestroyed)).toEqual([true, true]);
});
