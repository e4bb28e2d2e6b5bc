import { expect, test } from "vitest";
import { barsOf } from "./bars.ts";

test("bars stand on each other by family, as high as they are many", () => {
  const bars = barsOf({ succeeded: [3, 0], failed: [0, 1], timed_out: [1, 0], running: [0, 1] }, 1000, 10);
  expect(bars.map(({ at, total }) => [at, total])).toEqual([
    [1000, 4],
    [1010, 2],
  ]);
  expect(bars[0]?.parts).toEqual([
    { family: "succeeded", from: 0, to: 0.75 },
    { family: "failed", from: 0.75, to: 1 },
  ]);
  expect(bars[1]?.parts).toEqual([
    { family: "failed", from: 0, to: 0.25 },
    { family: "live", from: 0.25, to: 0.5 },
  ]);
  expect(bars[0]?.counts).toEqual([
    { status: "succeeded", count: 3 },
    { status: "timed_out", count: 1 },
  ]);
});

test("nothing made, no bars", () => {
  expect(barsOf({}, 0, 10)).toEqual([]);
});
