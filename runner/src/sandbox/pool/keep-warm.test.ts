import { beforeEach, expect, test } from "vitest";
import { KeepWarm } from "./keep-warm.ts";
import { poolOfEach, settle, versionOf } from "./pool-world.suite.ts";
import type { Load } from "./warm-cell.ts";

const world = poolOfEach();
let said: string[];
let keep: KeepWarm;
beforeEach(() => {
  said = [];
  keep = new KeepWarm(world().pool, (line) => said.push(line));
});
const order = (name: string, key: string, count: number) => ({
  function: name,
  version: versionOf(key),
  count,
});
const count = (key: string) => world().pool.warmCount(key);

test("as many cells as asked for are warm before any call, and stay beyond their keep-alive", async () => {
  const { pass, take } = world();
  keep.follow([order("f", "ver_1", 3)]);
  await pass(0);
  expect(count("ver_1")).toBe(3);
  await pass(3_000_000);
  expect(count("ver_1")).toBe(3);
  expect((await take()).start).toBe("warm");
});

test("one that ends is replaced", async () => {
  const { pass, take, pool } = world();
  keep.follow([order("f", "ver_1", 2)]);
  await pass(0);
  await pool.giveBack((await take()).warm, false);
  await pass(0);
  expect(count("ver_1")).toBe(2);
});

test("when the version changes, the old one stays until the new one is warm", async () => {
  const { pass, sandbox } = world();
  keep.follow([order("f", "ver_1", 2)]);
  await pass(0);
  sandbox.isHeld = true;
  keep.follow([order("f", "ver_2", 2)]);
  await pass(100_000);
  // The stem that was ready made one.
  expect([count("ver_1"), count("ver_2")]).toEqual([2, 1]);
  sandbox.isHeld = false;
  while (count("ver_2") < 2) {
    for (const { go } of sandbox.starts) go();
    await settle();
  }
  await pass(61_000);
  expect([count("ver_1"), count("ver_2")]).toEqual([0, 2]);
});

test("what is not asked for any more ends like any idle cell", async () => {
  const { pass } = world();
  keep.follow([order("f", "ver_1", 2)]);
  await pass(0);
  keep.follow([]);
  await pass(0);
  expect(count("ver_1")).toBe(2);
  await pass(61_000);
  expect(count("ver_1")).toBe(0);
});

test("code that does not load is tried again, ever more rarely, and the version of before is let go after two minutes", async () => {
  const { pass } = world();
  keep.follow([order("f", "ver_1", 1)]);
  await pass(0);
  const broken: Load = async () => ({ error: { code: "init_error", message: "no such table" } });
  keep.follow([{ ...order("f", "ver_2", 1), version: { ...versionOf("ver_2"), load: broken } }]);
  await pass(60_000);
  expect(said.slice(0, 2)).toEqual(["f is kept warm: 1", "f could not be warmed: no such table"]);
  expect(said.length).toBeGreaterThan(3);
  expect(said.length).toBeLessThan(8);
  expect(count("ver_1")).toBe(1);
  await pass(180_000);
  expect(count("ver_1")).toBe(0);
});

test("without reuse, each warmed cell serves one call and another is warmed", async () => {
  const { pool, pass, take } = world();
  const once = { reuse: false };
  keep.follow([{ ...order("f", "ver_1", 2), version: versionOf("ver_1", once) }]);
  await pass(0);
  const [one, other] = [await take("ver_1", once), await take("ver_1", once)];
  expect([one.start, other.start, one.warm === other.warm]).toEqual(["warm", "warm", false]);
  await pool.giveBack(one.warm, true);
  await pass(0);
  expect(one.warm.isDead).toBe(true);
  expect(count("ver_1")).toBe(2);
});

test("a call joins what is being warmed", async () => {
  const { sandbox, take, pass } = world();
  sandbox.isHeld = true;
  keep.follow([order("f", "ver_1", 1)]);
  await pass(0);
  const taking = take();
  await settle();
  expect(sandbox.starts).toHaveLength(1);
  sandbox.starts[0]?.go();
  expect((await taking).warm.running).toBe(1);
});
