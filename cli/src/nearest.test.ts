import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

const names = ["hello", "hello-python", "resize", "csv-stats"];

test.each([
  ["helo", "hello"],
  ["hlelo", "hello"],
  ["HELLO", "hello"],
  ["resise", "resize"],
  ["csv_stats", "csv-stats"],
  ["zebra", null],
  ["x", null],
  ["", null],
])("%j was meant as %j", (typed, expected) => {
  expect(nearest(typed, names)).toBe(expected);
});
