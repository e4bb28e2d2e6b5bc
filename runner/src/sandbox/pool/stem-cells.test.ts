import { expect, test } from "vitest";
import { poolOfEach, settle, spec } from "./pool-world.suite.ts";

const world = poolOfEach();
const once = { reuse: false };

test("without reuse every call has a cell of its own, and the next one is ready before it is asked for", async () => {
  const { take, pool, sandbox, pass } = world();
  const seen = new Set<unknown>();
  const starts: string[] = [];
  for (let i = 0; i < 5; i++) {
    const { warm, start } = await take("ver_1", once);
    seen.add(warm.cell);
    starts.push(start);
    await pool.giveBack(warm, true);
    await pass(1);
  }
  expect([seen.size, starts]).toEqual([5, ["cold", "stem", "stem", "stem", "stem"]]);
  expect(sandbox.cells.filter((cell) => seen.has(cell) && !cell.isDestroyed)).toEqual([]);
});

test("a burst keeps three ready; a minute later one is left, and an hour later none", async () => {
  const { take, pool, alive, pass } = world();
  for (let i = 0; i < 4; i++) await pool.giveBack((await take("ver_1", once)).warm, true);
  await settle();
  expect(alive()).toHaveLength(3);
  await pass(60_001);
  expect(alive()).toHaveLength(1);
  await pass(3_600_000);
  expect(alive()).toEqual([]);
});

test("calls that find none wait in order for what is being made, two at a time", async () => {
  const { take, sandbox } = world();
  sandbox.isHeld = true;
  const order: number[] = [];
  const takes = [0, 1, 2, 3].map((call) => take("ver_1", once).then(() => order.push(call)));
  for (let made = 0; made < 4; made++) {
    await settle();
    expect(sandbox.starts.length).toBeLessThanOrEqual(made + 2);
    sandbox.starts[made]?.go();
  }
  await Promise.all(takes);
  expect(order).toEqual([0, 1, 2, 3]);
});

test("a call takes what was begun ahead of it", async () => {
  const { take, sandbox } = world();
  await take("ver_1", once);
  await settle();
  sandbox.isHeld = true;
  expect((await take("ver_1", once)).start).toBe("stem");
  await settle();
  // Two are being made to be parked; the next calls wait for those.
  const before = sandbox.starts.length;
  const [one, other] = [take("ver_1", once), take("ver_1", once)];
  await settle();
  expect(sandbox.starts).toHaveLength(before);
  for (const { go } of sandbox.starts.slice(2)) go();
  expect((await Promise.all([one, other])).map(({ start }) => start)).toEqual(["cold", "cold"]);
});

test("a sandbox that cannot start is told to each call that waits for it", async () => {
  const { pool, sandbox, take } = world();
  sandbox.failure = new Error("no space left");
  const takes = [take("ver_1", once), take("ver_1", once), take("ver_2", once, { ...spec, memory: 9 })];
  for (const one of takes) await expect(one).rejects.toThrow("no space left");
  sandbox.failure = null;
  expect((await take("ver_1", once)).start).toBe("cold");
  expect(pool.keys()).toEqual([]);
});
