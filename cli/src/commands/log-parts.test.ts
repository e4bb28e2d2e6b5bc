import { expect, test } from "vitest";
import { meansPart, readLineRange } from "./log-parts.ts";

test.each([
  ["100-200", { from: 100, to: 200 }],
  ["7", { from: 7, to: 7 }],
  ["7-", { from: 7, to: Number.POSITIVE_INFINITY }],
  ["5-5", { from: 5, to: 5 }],
])("%s are lines", (text, range) => {
  expect(readLineRange(text)).toEqual(range);
});

test.each(["", "0-5", "9-3", "-5", "1-2-3", "a", "1.5", " 1", "1".repeat(20)])("%j are no lines", (text) => {
  expect(readLineRange(text)).toBeNull();
});

test("without a part the whole log is meant", () => {
  expect(meansPart({})).toBe(false);
  expect(meansPart({ find: "" })).toBe(true);
});
