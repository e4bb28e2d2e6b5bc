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

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
const values = (count: number) => `[${"1,".repeat(count - 2)}1]`;

test("a text of 256 KiB, 50 levels or 20,000 values is read, and one more of each is refused in words", () => {
  const long = (length: number) => `"${"x".repeat(length - 2)}"`;
  expect(parseJsonc(long(262_144))).toHaveLength(262_142);
  expect(() => parseJsonc(long(262_145))).toThrow("must have at most 262144 characters, has 262145");
  expect(parseJsonc(nested(50))).toHaveLength(1);
  expect(() => parseJsonc(nested(51))).toThrow("nests deeper than 50 levels");
  expect(() => parseJsonc(nested(100_000))).toThrow("nests deeper than 50 levels");
  expect(parseJsonc(values(20_000))).toHaveLength(19_999);
  expect(() => parseJsonc(values(20_001))).toThrow("has more than 20000 values and names");
});

test("brackets in texts and comments do not count", () => {
  expect(parseJsonc(`{"a": "${"[".repeat(100)}"} // ${"[".repeat(100)}`)).toEqual({ a: "[".repeat(100) });
});
