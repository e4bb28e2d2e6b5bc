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

test.each(["", "{", '{"a" 1}', "[1,,2]", '{"a": 1}}', "{,}x", '"unended', "/* unended", "[1] /*", "[1] /*/"])(
  "%j is refused",
  (text) => {
    expect(() => parseJsonc(text)).toThrow(SyntaxError);
  },
);

test.each([`"${'\\"'.repeat(10_000)}`, "/* ".repeat(10_000), "[1 ,".repeat(10_000)])(
  "a long text that is not closed is refused at once",
  (text) => {
    const began = performance.now();
    expect(() => parseJsonc(text)).toThrow(SyntaxError);
    expect(performance.now() - began).toBeLessThan(2000);
  },
);
