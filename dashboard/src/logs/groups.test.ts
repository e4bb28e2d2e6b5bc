import { expect, test } from "vitest";
import { Folds, groupsOf, markOf } from "./groups.ts";

test("a line begins a group, ends one, or does neither", () => {
  expect(markOf("::group::Install the tools")).toEqual({ is: "head", title: "Install the tools" });
  expect(markOf("::endgroup::")).toEqual({ is: "end" });
  for (const text of ["", "subgroup::x", " ::group::x", "::error::no"]) expect(markOf(text)).toBe(null);
});

const marks = (...of: [number, string][]) => of.map(([line, text]) => ({ line, text }));

test("a group ends at its mark, before the next head, or with the log", () => {
  const some = marks([2, "::group::a"], [5, "::endgroup::"], [7, "::group::b"], [9, "::group::c"]);
  expect(groupsOf(some, 12)).toEqual([
    { head: 2, last: 5 },
    { head: 7, last: 8 },
    { head: 9, last: 12 },
  ]);
});

test("while lines come a group that has not ended is none; neither is an end alone, or a head alone", () => {
  expect(groupsOf(marks([2, "::group::a"]), null)).toEqual([]);
  expect(groupsOf(marks([2, "::endgroup::"], [4, "::group::a"]), 4)).toEqual([]);
});

test("rows and lines are told from each other whatever is folded", () => {
  const folded = [
    { head: 2, last: 5 },
    { head: 7, last: 8 },
  ];
  const folds = new Folds(folded);
  const isHidden = (line: number) => folded.some(({ head, last }) => line > head && line <= last);
  const shown = Array.from({ length: 12 }, (_, i) => i + 1).filter((line) => !isHidden(line));
  expect(folds.rows(12)).toBe(shown.length);
  shown.forEach((line, row) => {
    expect(folds.lineOf(row)).toBe(line);
    expect(folds.rowOf(line)).toBe(row);
  });
  expect(folds.rowOf(4)).toBe(folds.rowOf(2));
  expect([folds.hiddenBy(2), folds.hiddenBy(3), folds.hiddenBy(7)]).toEqual([3, 0, 1]);
  // More lines are told of than there are yet.
  expect([1, 2, 3, 5, 6, 7, 8].map((lines) => folds.rows(lines))).toEqual([1, 2, 2, 2, 3, 4, 4]);
});

test("without folds a row is its line", () => {
  const folds = new Folds([]);
  expect([folds.rows(3), folds.lineOf(2), folds.rowOf(3)]).toEqual([3, 3, 2]);
});
