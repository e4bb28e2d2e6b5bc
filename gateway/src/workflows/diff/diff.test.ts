import fc from "fast-check";
import { expect, test } from "vitest";
import { diffLines } from "./diff-lines.ts";
import { diffLogs } from "./diff-logs.ts";
import { plainLine } from "./plain-line.ts";

const lines = (text: string) => (text === "" ? [] : text.split(""));

const told = (before: string, after: string) =>
  diffLines(lines(before), lines(after))
    .map(({ kind, before: b, after: a }) =>
      kind === "same" ? ` ${before[b]}` : kind === "added" ? `+${after[a]}` : `-${before[b]}`,
    )
    .join("");

test.each([
  ["", "", ""],
  ["abc", "abc", " a b c"],
  ["abc", "abxc", " a b+x c"],
  ["abc", "ac", " a-b c"],
  ["", "ab", "+a+b"],
  ["ab", "", "-a-b"],
  ["abcabba", "cbabac", "-a-b c+b a b-b a+c"],
])("the lines of %j and %j differ by the fewest edits", (before, after, expected) => {
  expect(told(before, after)).toBe(expected);
});

test("whatever the lines, the steps lead from the one to the other", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 40 });
  fc.assert(
    fc.property(text, text, (before, after) => {
      const steps = diffLines(before, after);
      const left = steps.filter(({ kind }) => kind !== "added").map((step) => before[step.before]);
      const right = steps.filter(({ kind }) => kind !== "removed").map((step) => after[step.after]);
      expect(left).toEqual(before);
      expect(right).toEqual(after);
      for (const step of steps) {
        if (step.kind === "same") expect(before[step.before]).toBe(after[step.after]);
      }
    }),
    { numRuns: 500 },
  );
});

test("ten thousand lines that all differ are told in a moment", () => {
  const before = Array.from({ length: 10_000 }, (_, i) => `left ${i}`);
  const after = Array.from({ length: 10_000 }, (_, i) => `right ${i}`);
  const started = performance.now();
  expect(diffLines(before, after)).toHaveLength(20_000);
  expect(performance.now() - started).toBeLessThan(5000);
});

test.each([
  ["2026-11-21T19:11:46.123Z started", "<time> started"],
  ["2026-11-21 19:11:46,123+01:00 started", "<time> started"],
  ["[19:11:46] started", "[<time>] started"],
  ["Nov 21 19:11:46 web-1 sshd", "<time> web-1 sshd"],
  ["Sat Nov 21 19:11:46 UTC 2026", "<time>"],
  ['10.0.0.1 - - [21/Nov/2026:19:11:46 +0000] "GET /"', '10.0.0.1 - - [<time>] "GET /"'],
  ["at 1795288306123 it was", "at <time> it was"],
  ["exe_01kam5x2d9f8e0q3 and 0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", "<id> and <id>"],
  ["read 4096 bytes of 10.2 MB, 99.5 %", "read 4096 bytes of 10.2 MB, 99.5 %"],
  ["version 1.2.3 on port 5432", "version 1.2.3 on port 5432"],
])("of %j times and ids are taken out", (text, plain) => {
  expect(plainLine(text)).toBe(plain);
});

const log = (...all: string[]) => ({ lines: all, isWhole: true });

test("logs that differ in their times are the same", () => {
  const found = diffLogs(log("19:00:01 a", "19:00:02 b"), log("20:10:07 a", "20:10:09 b"));
  expect(found).toEqual({ added: 0, removed: 0, hunks: [], truncated: false });
});

test("a part that differs is shown with two lines around it, and near ones together", () => {
  const before = Array.from({ length: 30 }, (_, i) => `${i}`);
  const after = before.map((one) => (one === "10" || one === "13" || one === "25" ? `${one}!` : one));
  const { hunks, added, removed } = diffLogs(log(...before), log(...after));
  expect([added, removed]).toEqual([3, 3]);
  const text = hunks.map(({ lines: all, before: at }) => [
    at,
    all
      .map(({ kind, text: one }) => `${kind === "same" ? " " : kind === "added" ? "+" : "-"}${one}`)
      .join(","),
  ]);
  expect(text).toEqual([
    [9, " 8, 9,-10,+10!, 11, 12,-13,+13!, 14, 15"],
    [24, " 23, 24,-25,+25!, 26, 27"],
  ]);
});
