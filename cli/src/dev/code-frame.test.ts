import { expect, test } from "vitest";
import { codeFrame, placeIn, withoutPlace } from "./code-frame.ts";

const text = "one\ntwo\n\tthree four\nfour\nfive\nsix";

test("a frame shows two lines on each side and marks the line and the column", () => {
  expect(codeFrame(text, { line: 3, column: 8 }).split("\n")).toEqual([
    "  1 │ one",
    "  2 │ two",
    "→ 3 │ \tthree four",
    "    │ \t      ^",
    "  4 │ four",
    "  5 │ five",
  ]);
});

test("a frame at the first line begins there, and a line that is not there has none", () => {
  expect(codeFrame(text, { line: 1 }).split("\n")[0]).toBe("→ 1 │ one");
  expect(codeFrame(text, { line: 7 })).toBe("");
  expect(codeFrame(text, { line: 0 })).toBe("");
});

test.each([
  ['index.ts:2: SyntaxError: index.ts:2:13: Unexpected ";"', "", { file: "index.ts", line: 2, column: 13 }],
  [
    "lib/a.ts:3: TypeError: no",
    "TypeError: no\n    at lib/a.ts:3:7",
    { file: "lib/a.ts", line: 3, column: 7 },
  ],
  ["a.ts:3: TypeError: no", "TypeError: no\n    at lib/a.ts:3:7", { file: "a.ts", line: 3 }],
  ["main.py:2: KeyError: 'a'", "", { file: "main.py", line: 2 }],
  ["other.py:2: KeyError: 'a'", "", null],
  ["npm ended with exit code 1", "", null],
])("the place of %j", (message, log, expected) => {
  expect(placeIn(message, log, ["index.ts", "lib/a.ts", "a.ts", "main.py"])).toEqual(expected);
});

test("a message is said without the places before it", () => {
  const place = { file: "index.ts", line: 2 };
  expect(withoutPlace('index.ts:2: SyntaxError: index.ts:2:13: Unexpected ";"', place)).toBe(
    'SyntaxError: Unexpected ";"',
  );
});
