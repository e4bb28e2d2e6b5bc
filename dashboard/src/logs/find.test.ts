import { expect, test } from "vitest";
import { findLines, findMore, nextHit } from "./find.ts";

const lines = ["Alpha", "beta", "ALPHABET"].map((text) => ({ text }));

test("lines are found whatever their case, and none for nothing", () => {
  expect(findLines(lines, "alpha")).toEqual([0, 2]);
  expect(findLines(lines, "")).toEqual([]);
  expect(findLines(lines, "alpha", 1)).toEqual([2]);
  expect(findLines(lines, "alpha", 0, 2)).toEqual([0]);
});

test("going from hit to hit goes round", () => {
  expect(nextHit([0, 2], 0, 1)).toBe(2);
  expect(nextHit([0, 2], 2, 1)).toBe(0);
  expect(nextHit([0, 2], 0, -1)).toBe(2);
  expect(nextHit([], 5, 1)).toBe(-1);
});

test("a search goes on where it was while a log grows, and begins anew with another text or fewer lines", () => {
  const first = findMore(undefined, lines, "alpha", 2);
  expect(first).toEqual({ text: "alpha", upTo: 2, hits: [0] });
  const all = findMore(first, lines, "alpha", 3);
  expect(all.hits).toEqual([0, 2]);
  expect(findMore(all, [{ text: "x" }, { text: "y" }, { text: "z" }], "alpha", 3).hits).toEqual([0, 2]);
  expect(findMore(all, lines, "beta", 3).hits).toEqual([1]);
  expect(findMore(all, lines, "alpha", 1).hits).toEqual([0]);
});
