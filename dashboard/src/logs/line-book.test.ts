import { expect, test } from "vitest";
import { LineBook, pageLines, windowFor } from "./line-book.ts";

function bookOf(from: number, to: number): LineBook<string> {
  const book = new LineBook<string>();
  for (let number = from; number <= to; number++) book.put(number, `line ${number}`);
  return book;
}

test("a line is had by its number, and the first missing one is told", () => {
  const book = bookOf(10, 20);
  expect([book.get(10), book.get(21)]).toEqual(["line 10", undefined]);
  expect(book.firstMissing(10, 20)).toBeNull();
  expect(book.firstMissing(5, 20)).toBe(5);
  expect(book.firstMissing(15, 30)).toBe(21);
  expect(book.firstMissing(30, 20)).toBeNull();
});

test("however long a log is, a bounded number of lines is kept, those that were used last", () => {
  const book = bookOf(1, pageLines * 80);
  expect(book.firstMissing(1, pageLines)).toBeNull();
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
  expect(windowFor(missing, total)).toEqual(asked);
});
