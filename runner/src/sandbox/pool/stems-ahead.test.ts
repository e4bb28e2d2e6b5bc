import { expect, test } from "vitest";
import { stemsAhead } from "./stems-ahead.ts";

test.each([
  ["none was taken", [], 1],
  ["one was taken", [99_000], 1],
  ["two were taken at once", [99_000, 99_001], 2],
  ["many were taken at once", [98_000, 98_500, 99_000, 99_001, 99_002], 3],
  ["the burst is over", [10_000, 10_001, 10_002, 99_000], 1],
])("when %s", (_words, takes, expected) => {
  expect(stemsAhead(takes, 100_000)).toBe(expected);
});
