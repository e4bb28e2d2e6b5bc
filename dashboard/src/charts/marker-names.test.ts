import { expect, test } from "vitest";
import { markerNames } from "./marker-names.ts";

const marker = (name: string, atMs: number) => ({ name, atMs });

test("markers that stand apart have their own names, those too near to each other one together", () => {
  const markers = [marker("v4", 900), marker("v1", 100), marker("v3", 330), marker("v2", 310)];
  expect(markerNames(markers, (ms) => ms, 40)).toEqual([
    { x: 100, name: "v1" },
    { x: 330, name: "v2–v3" },
    { x: 900, name: "v4" },
  ]);
});

test("a row of which each is near the next is one, and stands at its last", () => {
  const markers = [0, 30, 60, 90].map((at, i) => marker(`v${i + 1}`, at));
  expect(markerNames(markers, (ms) => ms, 40)).toEqual([{ x: 90, name: "v1–v4" }]);
});

test("without a marker there is no name", () => {
  expect(markerNames([], (ms) => ms, 40)).toEqual([]);
});
