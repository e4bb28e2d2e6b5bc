import { expect, test } from "vitest";
import { findLines, nextHit } from "./find.ts";

const lines = ["Alpha", "beta", "ALPHABET"].map((text) => ({ text }));

test("lines are found whatever their case, and none for nothing", () => {
  expect(findLines(lines, "alpha")).toEqual([0, 2]);
  expect(findLines(lines, "")).toEqual([]);
  expect(findLines(lines, "alpha", 1)).toEqual([2]);
});

test("going from hit to hit goes round", () => {
  expect(nextHit([0, 2], 0, 1)).toBe(2);
  expect(nextHit([0, 2], 2, 1)).toBe(0);
  expect(nextHit([0, 2], 0, -1)).toBe(2);
  expect(nextHit([], 5, 1)).toBe(-1);
});
