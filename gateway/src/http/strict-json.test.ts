import fc from "fast-check";
import { expect, test } from "vitest";
import { parseStrictJson } from "./strict-json.ts";

test("what is plain JSON is parsed as JSON.parse does", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (text) => {
      fc.pre(!/__proto__|prototype|\\u[dD]/.test(text) && !hasTwins(text));
      expect(parseStrictJson(text)).toEqual(JSON.parse(text));
    }),
    { numRuns: 2000 },
  );
});

/** Whether parsing loses a name, so that one stood twice. */
function hasTwins(text: string): boolean {
  return JSON.stringify(JSON.parse(text)).length !== text.replace(/\s/g, "").length;
}

test.each([
  "{}",
  '{"toString":1,"hasOwnProperty":2,"__defineGetter__":3,"constructor":"x","prototype":4}',
  '{"a":{"b":1},"b":{"b":1},"c":[{"b":1},{"b":2}]}',
  '["a","a",{"a":"a"}]',
  '"\\ud83d\\ude00 \\\\ud800 \\u0041"',
  "[1e308,-0.5,1E-400,123456789012345678901234567890]",
  `${"[".repeat(64)}${"]".repeat(64)}`,
])("%s is read", (text) => {
  expect(parseStrictJson(text)).toEqual(JSON.parse(text));
});

test.each([
  ["a name twice", '{"a":1,"b":2,"a":3}', /"a" stands twice/],
  ["a name twice, written otherwise", '{"a":1,"\\u0061":3}', /"a" stands twice/],
  ["a name twice, deep inside", '[{"x":{"a":{},"a":{}}}]', /"a" stands twice/],
  ["__proto__", '{"__proto__":{"admin":true}}', /__proto__/],
  ["__proto__, written otherwise", '{"x":{"__pro\\u0074o__":1}}', /__proto__/],
  ["constructor.prototype", '{"constructor":{"prototype":{"admin":true}}}', /prototype/],
  ["65 levels", `${"[".repeat(65)}${"]".repeat(65)}`, /deeper than 64/],
  ["65 levels of objects", `${'{"a":'.repeat(65)}1${"}".repeat(65)}`, /deeper than 64/],
  ["a million open arrays", "[".repeat(1e6), /deeper than 64/],
  ["many names", `{${Array.from({ length: 100_001 }, (_, i) => `"${i}":0`).join(",")}}`, /100000 names/],
  ["1e400", "[1e400]", /too large/],
  ["a number of a million digits", "9".repeat(1e6), /too large/],
  ["half a surrogate pair", '"\\ud800"', /surrogate/],
  ["the other half", '{"a":"\\udc00"}', /surrogate/],
  ["NaN", "[NaN]", /./],
  ["a comment", "{} // x", /./],
  ["a byte order mark", "\ufeff{}", /byte order mark/],
  ["a text without an end", '{"a', /./],
  ["two documents", "{}{}", /./],
  ["nothing", "", /./],
])("%s is refused", (_, text, why) => {
  expect(() => parseStrictJson(text)).toThrow(expect.objectContaining({ code: "invalid_json" }));
  expect(() => parseStrictJson(text)).toThrow(why);
});

test("no text of a hundred thousand leads to anything but a value or that problem", () => {
  const piece = fc.constantFrom(
    ...'{}[]",:\\ue+-.019ad',
    "\\u",
    "\\ud800",
    '"a":',
    "null",
    "true",
    "__proto__",
  );
  const texts = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(texts, (text) => {
      try {
        parseStrictJson(text);
      } catch (error) {
        if ((error as { code?: string }).code !== "invalid_json") throw error;
      }
    }),
    { numRuns: 100_000 },
  );
});
