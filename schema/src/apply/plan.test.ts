import { expect, test } from "vitest";
import { differencesOf } from "./differences.ts";
import { type Compared, isDue, planOf } from "./plan.ts";

const schedule = (name: string, present: Compared["present"], wanted = { cron: "0 3 * * *" }): Compared => ({
  ...{ kind: "schedule", name, wanted, present },
});

test.each([
  [1, 1, []],
  [{ a: [1, 2] }, { a: [1, 2] }, []],
  [{ a: 1, b: 2 }, { b: 2, a: 1 }, []],
  [{ a: 1 }, { a: 2 }, [{ path: "a", before: 1, after: 2 }]],
  [{}, { a: null }, [{ path: "a", before: undefined, after: null }]],
  [{ a: { b: 1 } }, { a: {} }, [{ path: "a.b", before: 1, after: undefined }]],
  [{ a: [1, 2] }, { a: [1] }, [{ path: "a.1", before: 2, after: undefined }]],
  [{ a: [1] }, { a: { 0: 1 } }, [{ path: "a", before: [1], after: { 0: 1 } }]],
  [{ a: null }, { a: { b: 1 } }, [{ path: "a", before: null, after: { b: 1 } }]],
])("from %j to %j differs %j", (before, after, differences) => {
  expect(differencesOf(before, after)).toEqual(differences);
});

test("what is not there is made, what differs is changed, what is as it should be stays", () => {
  const plan = planOf(
    [schedule("new", null), schedule("other", { cron: "@daily" }), schedule("same", { cron: "0 3 * * *" })],
    [],
  );
  expect(plan.map(({ name, act, differences }) => [name, act, differences])).toEqual([
    ["new", "create", []],
    ["other", "change", [{ path: "cron", before: "@daily", after: "0 3 * * *" }]],
    ["same", "unchanged", []],
  ]);
});

test("what the folder does not speak of is not compared", () => {
  expect(planOf([schedule("a", { cron: "0 3 * * *", enabled: false })], [])[0]?.act).toBe("unchanged");
});

test("what is named is made before what names it, and removed after it", () => {
  const all = (["webhook", "function", "channel", "schedule", "workflow"] as const).map((kind) => ({
    ...{ kind, name: "a", wanted: {}, present: null, isThere: true },
  }));
  expect(planOf(all, []).map(({ kind }) => kind)).toEqual([
    "channel",
    "function",
    "workflow",
    "schedule",
    "webhook",
  ]);
  expect(planOf([], all).map(({ kind }) => kind)).toEqual([
    "webhook",
    "schedule",
    "workflow",
    "function",
    "channel",
  ]);
});

test("what is to be removed and is not there is nothing to do, and without --prune nothing is due for it", () => {
  const gone = { kind: "function", name: "a", isThere: false } as const;
  expect(planOf([], [gone])).toEqual([]);
  const plan = planOf([], [{ ...gone, isThere: true }]);
  expect([isDue(plan, false), isDue(plan, true)]).toEqual([false, true]);
});
