import { expect, test } from "vitest";
import { anchorOf, placeOf, rowsAround, rowsBetween, scaleOf } from "./scale.ts";

test.each([
  ["at the top", 0, 400, 1000, [0, 26]],
  ["in the middle", 10_000, 400, 1000, [494, 526]],
  ["at the end", 19_600, 400, 1000, [974, 1000]],
  ["in a short list", 0, 400, 5, [0, 5]],
  ["in an empty list", 0, 400, 0, [0, 0]],
  ["in a list that became shorter", 19_600, 400, 10, [10, 10]],
])("%s the rows in sight and some around are drawn", (_, topPx, heightPx, count, rows) => {
  expect(rowsBetween(topPx, heightPx, 20, count)).toEqual(rows);
});

test("a list that an element can hold is scrolled as it is", () => {
  const scale = scaleOf(200_000 * 20, 400);
  expect(scale).toEqual({ heightPx: 4_000_000, ratio: 1 });
  expect(placeOf(123.5, scale, 400)).toBe(123.5);
});

test.each([1_000_000, 5_000_000, 100_000_000])(
  "of %i rows both ends are reached, and every place between",
  (count) => {
    const listPx = count * 20;
    const scale = scaleOf(listPx, 400);
    expect(scale.heightPx).toBeLessThanOrEqual(15_000_000);
    expect(placeOf(0, scale, 400)).toBe(0);
    const bottomPx = scale.heightPx - 400;
    expect(placeOf(bottomPx, scale, 400)).toBeCloseTo(listPx - 400, 3);
    expect(placeOf(bottomPx - 0.4, scale, 400)).toBeCloseTo(listPx - 400, 3);
    expect(rowsBetween(placeOf(bottomPx, scale, 400), 400, 20, count)[1]).toBe(count);
    expect(placeOf(bottomPx / 2, scale, 400)).toBeCloseTo((listPx - 400) / 2, 3);
  },
);

test.each([
  [0, 1000, { row: 0, part: 0 }],
  [0.5, 1000, { row: 500, part: 0 }],
  [0.50025, 1000, { row: 500, part: 0.25 }],
  [1, 1000, { row: 999, part: 1 }],
  [1, 0, { row: 0, part: 0 }],
])("scrolled %d of the way through %i rows of any height the anchor is told", (share, count, anchor) => {
  const found = anchorOf(share, count);
  expect(found.row).toBe(anchor.row);
  expect(found.part).toBeCloseTo(anchor.part, 6);
});

test("around an anchor as many rows are drawn as fill the frame if none is wrapped, at both ends to the last", () => {
  expect(rowsAround(0, 400, 20, 1000)).toEqual([0, 23]);
  expect(rowsAround(0.5, 400, 20, 1000)).toEqual([488, 513]);
  expect(rowsAround(1, 400, 20, 1000)).toEqual([977, 1000]);
  expect(rowsAround(0.5, 400, 20, 3)).toEqual([0, 3]);
  expect(rowsAround(0, 400, 20, 0)).toEqual([0, 0]);
});
