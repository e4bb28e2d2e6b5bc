import { expect, test } from "vitest";
import { countOf, labelled, ordered, roundUp, stepAt } from "./axis.ts";

test("steps lie side by side", () => {
  const steps = { fromMs: 1000, toMs: 7000, stepMs: 2000 };
  expect(countOf(steps)).toBe(3);
  expect(stepAt(steps, 2)).toEqual({ from: 5000, to: 7000 });
});

test.each([
  [0, 1],
  [1, 1],
  [3, 5],
  [11, 20],
  [20, 20],
  [501, 1000],
])("an axis for %d ends at %d", (value, end) => {
  expect(roundUp(value)).toBe(end);
});

test("only some steps are labelled", () => {
  expect(labelled(60, 6)).toEqual([0, 10, 20, 30, 40, 50]);
  expect(labelled(3, 6)).toEqual([0, 1, 2]);
  expect(labelled(7, 0)).toEqual([0]);
});

test("a choice is in order, whichever way it was made", () => {
  expect(ordered(5, 2)).toEqual({ first: 2, last: 5 });
});
