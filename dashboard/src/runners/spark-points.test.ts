import { expect, test } from "vitest";
import { spanMs, sparkPoints } from "./spark-points.ts";

const now = 10 * spanMs;

test("the newest value stands at the right, the oldest of the half hour at the left", () => {
  const values = [
    { at: now - spanMs, value: 0 },
    { at: now - spanMs + 30_000, value: 0.5 },
  ];
  expect(sparkPoints(values, now, 1, 100, 22)).toBe("M0.0 21.0h0L1.7 11.0");
  expect(sparkPoints([{ at: now, value: 1 }], now, 1, 100, 22)).toBe("M100.0 1.0h0");
});

test("a value above the usual top is the top, and what is older than half an hour is left out", () => {
  const values = [
    { at: now - spanMs - 1, value: 100 },
    { at: now, value: 8 },
  ];
  expect(sparkPoints(values.slice(1), now, 4, 100, 22)).toBe("M100.0 1.0h0");
  expect(sparkPoints(values, now, 4, 100, 22)).not.toContain("L");
});

test("a gap breaks the line", () => {
  const values = [now - 300_000, now - 270_000, now - 60_000, now - 30_000].map((at) => ({ at, value: 0 }));
  expect(sparkPoints(values, now, 1, 100, 22).match(/M/g)).toHaveLength(2);
});

test("nothing is no line", () => {
  expect(sparkPoints([], now, 1, 100, 22)).toBe("");
});
