import { syncStatuses } from "@pulse/schema/wire/sources";
import { expect, test } from "vitest";
import { isUnderWay, planParts, shortCommit } from "./source-sync.ts";

test("a sync is under way while it waits or runs", () => {
  expect(syncStatuses.filter((status) => isUnderWay({ status }))).toEqual(["waiting", "running"]);
  expect(isUnderWay(null)).toBe(false);
});

test("a commit is shown by its first twelve digits", () => {
  expect(shortCommit("0123456789abcdef0123456789abcdef01234567")).toBe("0123456789ab");
  expect(shortCommit(null)).toBe(null);
});

test("what is removed is due only where the source prunes", () => {
  const plan = (["create", "change", "unchanged", "unchanged", "remove"] as const).map((act) => ({ act }));
  const [create, change, , , remove] = plan;
  expect(planParts(plan, true)).toEqual({ due: [create, change, remove], unpruned: [], same: 2 });
  expect(planParts(plan, false)).toEqual({ due: [create, change], unpruned: [remove], same: 2 });
});
