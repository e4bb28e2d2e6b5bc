import { expect, test } from "vitest";
import { placeOfFilter, withChosen } from "./complete-filter.ts";
import { valuesOf, withField } from "./edit-filter.ts";
import { type Filtered, fitsFilter, matchesPattern } from "./fits-filter.ts";
import { readFilter, wordsOfFinding } from "./read-filter.ts";

const now = Date.parse("2026-01-31T12:00:30.000Z");
const one: Filtered = {
  id: "exe_1",
  kind: "function",
  name: "resize",
  version: 3,
  status: "failed",
  reason: "function_error",
  trigger: { type: "schedule" },
  parentId: null,
  runner: "pi-4",
  createdAt: "2026-01-31T11:00:00.000Z",
  error: { code: "function_error", message: "KeyError: 'Width'", source: "function" },
};
const fits = (text: string, view: Filtered = one) => {
  const { conditions, findings } = readFilter(text);
  expect(findings).toEqual([]);
  return fitsFilter(conditions, view, now);
};

test.each([
  ["", true],
  ["status:failed", true],
  ["status:succeeded,failed", true],
  ["status:succeeded status:failed", true],
  ["status:ended -status:dead", true],
  ["status:active", false],
  ["-status:failed", false],
  ["fn:resize", true],
  ["FN:resize STATUS:Failed", true],
  ["fn:Resize", false],
  ["fn:RE*", true],
  ["workflow:resize", false],
  ["-workflow:resize", true],
  ["runner:pi-*", true],
  ['runner:"pi-4"', true],
  ["-runner:pi-*", false],
  ["trigger:schedule,http", true],
  ["version:3", true],
  ["version:2", false],
  ["reason:function_error kind:function", true],
  ["since:2h", true],
  ["since:30m", false],
  ["until:30m", true],
  ["since:2026-01-31", true],
  ["since:2026-02-01", false],
  ["until:2026-01-31T11:00Z", false],
  ["since:2026-01-31T12:00+01:00", true],
  ["width", true],
  ['"KeyError: \'w"', true],
  ['keyerror -"height"', true],
  ["-width", false],
  ["parent:exe_2", false],
  ["id:exe_1", true],
  ["key:ci", null],
  ["key:ci status:succeeded", false],
])("%s", (text, expected) => {
  expect(fits(text)).toBe(expected);
});

test.each([
  ["stauts:failed", 'there is no filter "stauts"; did you mean status?'],
  ["colour:red", 'there is no filter "colour"; there are status, fn,'],
  ["status:fialed", 'status cannot be "fialed"; did you mean failed?'],
  ["trigger:x", 'trigger cannot be "x"; it may be http, webhook'],
  ["fn:", "fn: has no value; write it such as fn:one"],
  ["status:failed,", "status: has no value; write it such as status:scheduled"],
  ['fn:"re', 'the quote before "re" is not closed'],
  [
    "since:yesterday",
    'since must be so long ago (2h, 7d), a day (2026-01-31) or a time (2026-01-31T10:00Z), got "yesterday"',
  ],
  ["since:2026-13-01", "since must be so long ago"],
  ["since:1h since:2h", "since is there twice; leave one out"],
  ["-since:1h", "since cannot be turned round with -; use until"],
  ["version:one", 'version must be a whole number from 1 on, got "one"'],
  [Array(31).fill("a").join(" "), "a filter has at most 30 words and 50 values, this one has 31"],
  [
    `fn:${Array.from({ length: 51 }, (_, i) => i).join(",")}`,
    "has at most 30 words and 50 values, this one has 51",
  ],
])("%s is refused in clear words", (text, expected) => {
  const { findings } = readFilter(text);
  expect(findings).toHaveLength(1);
  expect(findings.map(wordsOfFinding).join()).toContain(expected);
});

test("what is wrong is where it says", () => {
  const text = "fn:a stauts:b since:2h";
  const [finding] = readFilter(text).findings;
  expect(text.slice(finding?.at, finding?.end)).toBe("stauts:b");
});

test("a pattern of many stars is decided at once", () => {
  expect(matchesPattern("*a".repeat(300), "a".repeat(50_000))).toBe(true);
  expect(matchesPattern(`${"*a".repeat(300)}b`, "a".repeat(50_000))).toBe(false);
  expect(matchesPattern("a*b*c", "abc")).toBe(true);
  expect(matchesPattern("ab*ba", "aba")).toBe(false);
  expect(matchesPattern("*", "")).toBe(true);
});

test("a field is set and taken out without touching the rest", () => {
  const text = 'status:failed  fn:resize "two  words" -status:dead';
  expect(withField(text, "status", ["lost", "a b"])).toBe(
    'fn:resize "two  words" -status:dead status:lost,"a b"',
  );
  expect(withField(text, "fn", [])).toBe('status:failed "two  words" -status:dead');
  expect(withField("", "since", ["2h"])).toBe("since:2h");
  expect(valuesOf('fn:a,"b c" fn:d -fn:e', "fn")).toEqual(["a", "b c", "d"]);
});

test.each([
  ["sta|", null, "sta", "status", "status:|"],
  ["-sta|", null, "sta", "status", "-status:|"],
  ["fn:a | since:2h", null, "", "runner", "fn:a runner:| since:2h"],
  ["status:fa|", "status", "fa", "failed", "status:failed |"],
  ["status:failed,de| fn:a", "status", "de", "dead", "status:failed,dead| fn:a"],
  ["runner:|", "runner", "", "my pi", 'runner:"my pi" |'],
])("at %s comes %s %s", (marked, field, begun, chosen, then) => {
  const text = marked.replace("|", "");
  const place = placeOfFilter(text, marked.indexOf("|"));
  expect(place).toMatchObject({ field, begun });
  if (place === null) throw new Error("no place");
  const next = withChosen(text, place, chosen);
  expect(`${next.text.slice(0, next.cursor)}|${next.text.slice(next.cursor)}`).toBe(then);
});

test("there is no completion within a quoted text or for an unknown field", () => {
  expect(placeOfFilter('"sta', 4)).toBeNull();
  expect(placeOfFilter("stauts:fa", 9)).toBeNull();
});
