import { expect, test } from "vitest";
import { poolOfEach, settle, spec } from "./pool-world.suite.ts";

const mb = 2 ** 20;
let available = 0;
const world = poolOfEach({
  budgetBytes: 1024 * mb,
  idleMost: 10,
  availableBytes: () => available || 2 ** 40,
});
const large = { ...spec, memory: 256 * mb };

test("a call that needs room ends the longest idle cells of other versions; nothing is made ahead without room", async () => {
  const { take, pool, alive, pass } = world();
  for (const key of ["a", "b", "c"]) {
    await pool.giveBack((await take(key, {}, large)).warm, true);
    await pass(10);
  }
  expect(pool.keys()).toEqual(["a", "b", "c"]);
  expect(alive()).toHaveLength(4);
  const other = { ...large, cpus: 2 };
  await take("d", {}, other);
  await take("e", {}, other);
  await settle();
  expect(alive().reduce((sum) => sum + 256, 0)).toBeLessThanOrEqual(1024);
  expect(pool.keys()).toContain("e");
  expect(pool.keys()).not.toContain("a");
});

test("one that runs is never ended, and the call runs all the same", async () => {
  const { take, alive } = world();
  for (const key of ["a", "b", "c", "d", "e", "f"]) await take(key, {}, large);
  await settle();
  expect(alive()).toHaveLength(6);
});

test("a machine that runs short of memory ends idle cells within seconds", async () => {
  const { take, pool, alive, pass } = world();
  for (const key of ["a", "b"]) await pool.giveBack((await take(key, {}, large)).warm, true);
  await settle();
  available = mb;
  await pass(5001);
  available = 0;
  expect([alive(), pool.keys()]).toEqual([[], []]);
});
