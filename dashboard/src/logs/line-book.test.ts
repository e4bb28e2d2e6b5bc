import { expect, test } from "vitest";
import { LineBook, pageLines, windowFor } from "./line-book.ts";

function bookOf(from: number, to: number): LineBook<string> {
  const book = new LineBook<string>();
  for (let number = from; number <= to; number++) book.put(number, `line ${number}`);
  return book;
}

const between = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

test("a line is had by its number, and the first missing one is told", () => {
  const book = bookOf(10, 20);
  expect([book.get(10), book.get(21)]).toEqual(["line 10", undefined]);
  expect(book.firstMissing(between(10, 20))).toBeNull();
  expect(book.firstMissing(between(5, 20))).toBe(5);
  expect(book.firstMissing(between(15, 30))).toBe(21);
  expect(book.firstMissing([12, 40, 13])).toBe(40);
  expect(book.firstMissing([])).toBeNull();
});

test("however long a log is, a bounded number of lines is kept, those that were used last", () => {
  const book = bookOf(1, pageLines * 80);
  expect(book.firstMissing(between(1, pageLines))).toBeNull();
  for (let page = 80; page < 159; page++) book.put(page * pageLines + 1, "far");
  expect(book.get(1)).toBe("line 1");
  expect(book.get(pageLines + 1)).toBeUndefined();
  expect(book.get(158 * pageLines + 1)).toBe("far");
});

test.each([
  [1, 10_000, { from: 1, count: 500 }],
  [730, 10_000, { from: 730, count: 271 }],
  [1000, 10_000, { from: 1000, count: 1 }],
  [1001, 1100, { from: 1001, count: 100 }],
])("for line %i of %i the rest of its page is asked for", (missing, total, asked) => {
  expect(windowFor(missing, total, between(missing - 1, missing + 40))).toEqual(asked);
});

test.each([
  ["before a fold", 11, [10, 11, 12, 90, 91], { from: 11, count: 2 }],
  ["behind it", 90, [10, 11, 12, 90, 91], { from: 90, count: 2 }],
  ["a head alone", 50, [10, 50, 90], { from: 50, count: 1 }],
])("where lines are folded only what stands together is asked for: %s", (_, missing, inSight, asked) => {
  expect(windowFor(missing, 1000, inSight)).toEqual(asked);
});
