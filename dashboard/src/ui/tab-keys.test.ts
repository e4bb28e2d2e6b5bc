import { expect, test } from "vitest";
import { tabAfter } from "./tab-keys.ts";

test.each([
  ["ArrowRight", 0, 1],
  ["ArrowRight", 3, 0],
  ["ArrowLeft", 0, 3],
  ["ArrowLeft", 2, 1],
  ["Home", 2, 0],
  ["End", 0, 3],
  ["a", 0, null],
])("%s on tab %i of four leads to %j", (key, at, next) => {
  expect(tabAfter(key, at, 4)).toBe(next);
});
