import { expect, test } from "vitest";
import { durationClassOf, durationOfClass, neverRan } from "./duration-class.ts";

test.each([0.1, 0.4, 1, 3.7, 12, 250, 1999, 60_000, 900_000, 86_400_000])(
  "%d ms are told to within 6 %%",
  (ms) => {
    const told = durationOfClass(durationClassOf(ms));
    expect(Math.abs(told - ms) / ms).toBeLessThan(0.06);
  },
);

test("what never ran, and what took no time, have classes of their own", () => {
  expect(durationClassOf(null)).toBe(neverRan);
  expect(durationClassOf(0)).toBe(durationClassOf(0.1));
  expect(durationClassOf(0.1)).toBeGreaterThan(neverRan);
});
