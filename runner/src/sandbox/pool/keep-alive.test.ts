import { expect, test } from "vitest";
import { addGap, type Gaps, keepAliveOf, noGaps } from "./keep-alive.ts";

const minute = 60_000;
const hour = 60 * minute;
const seen = (...gaps: number[]): Gaps => gaps.reduce(addGap, noGaps());
const times = (count: number, ms: number): number[] => new Array<number>(count).fill(ms);

test.each([
  ["the setting until ten idle times are known", times(9, 1000), 10 * minute, 10 * minute],
  ["a minute when calls follow each other at once", times(50, 20), 10 * minute, minute],
  ["never longer than the setting", times(50, 2 * hour), 10 * minute, 10 * minute],
  ["never longer than a setting of less than a minute", times(50, 20), 5000, 5000],
  ["a rare long pause is not waited for", [...times(99, 1000), hour], 10 * minute, minute],
  ["one of ten is", [...times(90, 1000), ...times(10, hour)], 10 * minute, 10 * minute],
  ["no end is no limit", times(20, Number.MAX_SAFE_INTEGER), 10 * minute, 10 * minute],
])("%s", (_words, gaps, mostMs, expected) => {
  expect(keepAliveOf(seen(...gaps), mostMs)).toBe(expected);
});

test("it covers the idle times that were seen, by less than half more", () => {
  for (const gap of [70_000, 90_000, 200_000, 777_777]) {
    const kept = keepAliveOf(seen(...times(20, gap)), hour);
    expect(kept).toBeGreaterThanOrEqual(gap);
    expect(kept).toBeLessThan(1.51 * gap);
  }
});

test("what was long ago weighs less: a new habit takes over", () => {
  const before = seen(...times(200, 5 * minute));
  expect(keepAliveOf(before, hour)).toBeGreaterThan(5 * minute);
  expect(keepAliveOf(times(900, 1000).reduce(addGap, before), hour)).toBe(minute);
});

test("what is remembered does not grow", () => {
  const gaps = seen(...times(10_000, 1000), ...times(10_000, hour));
  expect(gaps.counts).toHaveLength(34);
  expect(gaps.counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(201);
});
