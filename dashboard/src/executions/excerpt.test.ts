import { expect, test } from "vitest";
import { excerptOf } from "./excerpt.ts";

const files = [
  { path: "main.py", text: Array.from({ length: 20 }, (_, i) => `line ${i + 1}`).join("\n") },
  { path: "logo.png", text: null },
];

test("an excerpt has the line and four on each side", () => {
  const lines = excerptOf(files, "main.py", 10);
  expect(lines.map(({ number }) => number)).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14]);
  expect(lines.find(({ isIt }) => isIt)).toEqual({ number: 10, text: "line 10", isIt: true });
});

test("at the ends of a file it has what is there", () => {
  expect(excerptOf(files, "./main.py", 1).map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
  expect(excerptOf(files, "main.py", 20).map(({ number }) => number)).toEqual([16, 17, 18, 19, 20]);
});

test.each([
  ["main.py", 0],
  ["main.py", 21],
  ["main.py", undefined],
  ["logo.png", 1],
  ["other.py", 1],
  [undefined, 1],
])("of %s line %s there is none", (file, line) => {
  expect(excerptOf(files, file, line)).toEqual([]);
});
