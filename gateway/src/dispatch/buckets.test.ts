import { expect, test } from "vitest";
import { Buckets } from "./buckets.ts";
import { FakeClock } from "./world.suite.ts";

const allowed = (buckets: Buckets, bucket: string, perMinute = 1) =>
  buckets.take("default", [{ bucket, perMinute }])[0]?.allowed;

test("each name has a bucket of its own, and a minute fills it", async () => {
  const clock = new FakeClock();
  const buckets = new Buckets(clock.now);
  expect([allowed(buckets, "a"), allowed(buckets, "a"), allowed(buckets, "b")]).toEqual([true, false, true]);
  await clock.advance(60_000);
  expect(allowed(buckets, "a")).toBe(true);
});

test("projects do not share a bucket of the same name", () => {
  const buckets = new Buckets(new FakeClock().now);
  const take = (project: string) => buckets.take(project, [{ bucket: "a", perMinute: 1 }])[0]?.allowed;
  expect([take("default"), take("other"), take("default")]).toEqual([true, true, false]);
});

test("an empty bucket keeps the others of the same call full", () => {
  const buckets = new Buckets(new FakeClock().now);
  const both = [
    { bucket: "wide", perMinute: 3 },
    { bucket: "narrow", perMinute: 1 },
  ];
  expect(buckets.take("default", both).map(({ allowed }) => allowed)).toEqual([true, true]);
  for (let i = 0; i < 5; i++) {
    const refused = buckets.take("default", both);
    expect(refused.map(({ allowed }) => allowed)).toEqual([true, false]);
    expect(refused[0]?.remaining).toBe(2);
  }
  expect([1, 2, 3].map(() => allowed(buckets, "wide", 3))).toEqual([true, true, false]);
});

test("RL-02 a hundred thousand names leave fifty thousand buckets, and the one in use keeps its count", () => {
  const buckets = new Buckets(new FakeClock().now);
  allowed(buckets, "busy");
  for (let i = 0; i < 100_000; i++) {
    allowed(buckets, `name-${i}`);
    if (i % 1000 === 0) expect(allowed(buckets, "busy")).toBe(false);
  }
  expect(buckets.size).toBe(50_000);
  expect([allowed(buckets, "name-99999"), allowed(buckets, "name-0")]).toEqual([false, true]);
});
