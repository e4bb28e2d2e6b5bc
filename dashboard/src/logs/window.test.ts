import { expect, test } from "vitest";
import { rowsBetween } from "./window.ts";

test.each([
  ["at the top", 0, 400, 1000, [0, 32]],
  ["in the middle", 10_000, 400, 1000, [488, 532]],
  ["at the end", 19_600, 400, 1000, [968, 1000]],
  ["in a short list", 0, 400, 5, [0, 5]],
  ["in an empty list", 0, 400, 0, [0, 0]],
  ["in a list that became shorter", 19_600, 400, 10, [10, 10]],
])("%s the rows in sight and some around are drawn", (_, topPx, heightPx, count, rows) => {
  expect(rowsBetween(topPx, heightPx, 20, count)).toEqual(rows);
});
