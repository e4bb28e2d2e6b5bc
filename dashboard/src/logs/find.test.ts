import { expect, test } from "vitest";
import { nextHit } from "./find.ts";

test("going from hit to hit goes round", () => {
  expect(nextHit([1, 3], 1, 1)).toBe(3);
  expect(nextHit([1, 3], 3, 1)).toBe(1);
  expect(nextHit([1, 3], 0, 1)).toBe(1);
  expect(nextHit([1, 3], 1, -1)).toBe(3);
  expect(nextHit([], 5, 1)).toBeNull();
});
