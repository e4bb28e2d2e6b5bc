import { expect, test } from "vitest";
import { csvCell, csvLine, htmlText } from "./cells.ts";

test.each([
  ["=1+1", "'=1+1"],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\t=1", "'\t=1"],
  [" =HYPERLINK(1)", "' =HYPERLINK(1)"],
  ['=cmd|"/c x"!A1', `"'=cmd|""/c x""!A1"`],
  ["a,b", '"a,b"'],
  ["a\nb", '"a\nb"'],
  ["plain", "plain"],
  [-5, "-5"],
  [null, ""],
])("%j is the cell %s", (value, cell) => {
  expect(csvCell(value)).toBe(cell);
});

test("a line ends as RFC 4180 says", () => {
  expect(csvLine(["a", 1, null])).toBe("a,1,\r\n");
});

test("HTML is text in a page", () => {
  expect(htmlText('<img src="x" onerror=alert(1)>&')).toBe(
    "&lt;img src=&quot;x&quot; onerror=alert(1)&gt;&amp;",
  );
});
