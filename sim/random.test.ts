import { expect, test } from "vitest";
import { Random } from "./random.ts";
import { Schedule } from "./schedule.ts";

const some = (random: Random) => Array.from({ length: 5 }, () => random.next());

test("the seed and the name decide every number", () => {
  expect(some(new Random(7, "a"))).toEqual(some(new Random(7, "a")));
  expect(some(new Random(7, "a"))).not.toEqual(some(new Random(8, "a")));
  expect(some(new Random(7, "a"))).not.toEqual(some(new Random(7, "b")));
});

test("numbers are spread evenly over what was asked for", () => {
  const random = new Random(1, "even");
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 4000; i++) {
    const at = random.below(4);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  for (let i = 0; i < 1000; i++) expect([3, 4, 5]).toContain(random.between(3, 5));
});

test("events happen in the order of their times, and time passes only between them", async () => {
  const schedule = new Schedule(new Random(1, "ties"));
  const start = schedule.now();
  const seen: [string, number][] = [];
  const note = (name: string) => () => void seen.push([name, schedule.now() - start]);
  schedule.after(30, note("third"));
  schedule.after(10, note("first"));
  const cancel = schedule.after(15, note("never"));
  schedule.after(20, () => {
    note("second")();
    cancel();
    schedule.after(5, note("after the second"));
  });
  cancel();
  await schedule.run(start + 100, () => false);
  expect(seen).toEqual([
    ["first", 10],
    ["second", 20],
    ["after the second", 25],
    ["third", 30],
  ]);
  expect(schedule.now() - start).toBe(100);
});

test("which of two events of the same time comes first is the seed's to say", async () => {
  const orders = new Set<string>();
  for (let seed = 1; seed <= 10; seed++) {
    const schedule = new Schedule(new Random(seed, "ties"));
    let order = "";
    for (const name of ["a", "b"]) schedule.after(1, () => (order += name));
    await schedule.run(schedule.now() + 10, () => false);
    orders.add(order);
  }
  expect([...orders].sort()).toEqual(["ab", "ba"]);
});
