import { expect, test } from "vitest";
import { parseJsonc } from "./jsonc.ts";

test.each([
  ['{"a": 1}', { a: 1 }],
  ['// one\n{"a": /* two */ 1, // three\n}', { a: 1 }],
  [
    '{"a": "// no comment", "b": "/* nor this */", "c": ",]"}',
    { a: "// no comment", b: "/* nor this */", c: ",]" },
  ],
  ["[1, 2, /* last */ ]", [1, 2]],
  ['{"a": "\\"//", "b": [{"c": 1,},],}', { a: '"//', b: [{ c: 1 }] }],
  ['\uFEFF{"a": 1}', { a: 1 }],
])("%j is %j", (text, value) => {
  expect(parseJsonc(text)).toEqual(value);
});

test.each(["", "{", '{"a" 1}', "[1,,2]", '{"a": 1}}', "{,}x", '"unended', "/* unended"])(
  "%j is refused",
  (text) => {
    expect(() => parseJsonc(text)).toThrow(SyntaxError);
  },
);
