import { expect, test } from "vitest";
import { csvOf } from "./csv.ts";

test.each([
  ["plain", "plain"],
  ['a "quoted" one', '"a ""quoted"" one"'],
  ["a, b", '"a, b"'],
  ["two\nlines", '"two\nlines"'],
  ["=HYPERLINK(A1)", "'=HYPERLINK(A1)"],
  ["+1", "'+1"],
  ["-2+3", "'-2+3"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\t=1", "'\t=1"],
  ["\r=1", '"\'\r=1"'],
  ['=1,"2"', '"\'=1,""2"""'],
])("the cell %j is written %j", (value, cell) => expect(csvOf([[value]])).toBe(`${cell}\r\n`));

test("numbers are numbers, negative ones too", () => {
  expect(
    csvOf(
      [
        ["a", "b"],
        [1.5, -2],
      ].map((row) => [...row]),
    ),
  ).toBe("a,b\r\n1.5,-2\r\n");
});
