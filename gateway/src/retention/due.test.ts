import { keptByDefault } from "@pulse/schema/wire/retention";
import { expect, test } from "vitest";
import { changed, goWhole, judgeContents, longerThanExecutions, losePart, upToBytes } from "./due.ts";

const row = (given: Partial<Parameters<typeof goWhole>[0][number]>) => ({
  id: "exe_1",
  createdAt: 100,
  endedAt: 200,
  isAwaited: false,
  ...given,
});

test.each([
  ["ended before the cutoff", {}, 201, true],
  ["ended at the cutoff", {}, 200, false],
  ["has not ended, however old", { endedAt: null }, 1_000_000, false],
  ["is awaited, however old", { isAwaited: true }, 1_000_000, false],
])("an execution that %s: goes whole or stays", (_, given, cutoff, goes) => {
  expect(goWhole([row(given)], cutoff)).toEqual(goes ? ["exe_1"] : []);
});

test.each([
  ["made before the cutoff and over", {}, 101, true],
  ["made at the cutoff", {}, 100, false],
  ["still going on", { endedAt: null }, 1_000_000, false],
  ["awaited", { isAwaited: true }, 1_000_000, false],
])("an execution that is %s: loses a part or not", (_, given, cutoff, loses) => {
  expect(losePart([row(given)], cutoff)).toEqual(loses ? ["exe_1"] : []);
});

test("a step takes rows up to its bytes, and one at least", () => {
  const rows = [5, 5, 5, 50].map((bytes) => ({ bytes }));
  expect(upToBytes(rows, 10)).toHaveLength(2);
  expect(upToBytes(rows, 1)).toHaveLength(1);
  expect(upToBytes(rows, 1000)).toHaveLength(4);
  expect(upToBytes([], 10)).toEqual([]);
});

test("a change leaves what it does not name; null versions mean all", () => {
  const kept = { ...keptByDefault, versions: 5 };
  expect(changed(kept, { logs: 7 })).toEqual({ ...kept, logsMs: 7 });
  expect(changed(kept, { versions: null }).versions).toBeNull();
});

test("logs and payloads are kept no longer than their executions", () => {
  expect(longerThanExecutions(keptByDefault)).toEqual([]);
  expect(longerThanExecutions({ ...keptByDefault, executionsMs: 1 })).toEqual(["logs", "payloads"]);
});

const day = 86_400_000;
const judge = (
  isNamed: boolean,
  unnamedSince: number | null,
  now: number,
  oldestLive: number | null = null,
) => {
  const { mark, unmark, drop } = judgeContents([{ sha256: "a", isNamed, unnamedSince }], {
    now,
    graceMs: day,
    oldestLive,
  });
  return mark.length > 0 ? "mark" : unmark.length > 0 ? "unmark" : drop.length > 0 ? "drop" : "leave";
};

test.each([
  ["named", true, null, 5 * day, null, "leave"],
  ["named again", true, day, 5 * day, null, "unmark"],
  ["seen without a name for the first time", false, null, 5 * day, null, "mark"],
  ["without a name for less than a day", false, day, 2 * day - 1, null, "leave"],
  ["without a name for a day", false, day, 2 * day, null, "drop"],
  ["perhaps named by a job made before", false, day, 9 * day, day, "leave"],
  ["named by no job, for all were made later", false, day, 9 * day, day + 1, "drop"],
] as const)("content that is %s", (_, isNamed, since, now, oldestLive, verdict) => {
  expect(judge(isNamed, since, now, oldestLive)).toBe(verdict);
});
