import { expect, test } from "vitest";
import { poolOfEach } from "./pool-world.suite.ts";

const world = poolOfEach();

test("what is idle when the engine goes away from under it ends at once, warm or not, and no call gets it", async () => {
  const { take, pool, pass, sandbox, alive } = world();
  const { warm } = await take();
  await pool.giveBack(warm, true);
  await pass(0);
  const idle = alive();
  expect(idle).toHaveLength(2);
  for (const cell of idle) cell.cut();
  expect(pool.keys()).toEqual([]);
  await pass(0);
  expect(idle.map(({ isDestroyed }) => isDestroyed)).toEqual([true, true]);
  const next = await take();
  expect(idle).not.toContain(next.warm.cell);
  expect(sandbox.cells).toContain(next.warm.cell);
});

test("a call that runs meanwhile goes on to its end, and no other comes after it", async () => {
  const { take, pool, sandbox, pass } = world();
  const { warm } = await take("ver_1", { concurrency: 2 });
  const [cell] = sandbox.cells;
  cell?.cut();
  expect([pool.keys(), cell?.isDestroyed]).toEqual([[], false]);
  expect((await take("ver_1", { concurrency: 2 })).warm).not.toBe(warm);
  await pool.giveBack(warm, true);
  await pass(0);
  expect(cell?.isDestroyed).toBe(true);
});
