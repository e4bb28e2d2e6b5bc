import { quotaNames, standingPlans } from "@pulse/schema/wire/plans";
import { expect, test } from "vitest";
import { exceededByCall, exceededByDeploy, quotasOf, reached, type Used } from "./quota.ts";

const used = (change: Partial<Used> = {}): Used => ({
  ...(Object.fromEntries(quotaNames.map((name) => [name, 0])) as Used),
  ...change,
});

test("a project without a plan has no quotas, one with a plan has the plan's, a custom one its own", () => {
  expect(quotasOf(null)).toEqual({});
  expect(quotasOf({ plan: "free", quotas: { executions: 1 } })).toBe(standingPlans.free);
  expect(quotasOf({ plan: "custom", quotas: { executions: 1 } })).toEqual({ executions: 1 });
});

test.each([
  ["executions", 9, null],
  ["executions", 10, "executions"],
  ["executions", 11, "executions"],
  ["concurrentExecutions", 10, "concurrentExecutions"],
  ["runSeconds", 9.99, null],
  ["runSeconds", 10, "runSeconds"],
  ["gbSeconds", 10, "gbSeconds"],
  ["bytesOut", 10, "bytesOut"],
  ["storageBytes", 10, "storageBytes"],
  ["functions", 10, null],
] as const)("a call with %s at %d of 10: %s stands in the way", (quota, at, found) => {
  expect(exceededByCall({ [quota]: 10 }, used({ [quota]: at }))?.quota ?? null).toBe(found);
});

test.each([
  ["functions", 10, true, "functions"],
  ["functions", 9, true, null],
  ["functions", 10, false, null],
  ["storageBytes", 10, false, "storageBytes"],
  ["executions", 10, true, null],
] as const)(
  "a deploy with %s at %d of 10, of a new function %s: %s stands in the way",
  (quota, at, isNew, found) => {
    expect(exceededByDeploy({ [quota]: 10 }, used({ [quota]: at }), isNew)?.quota ?? null).toBe(found);
  },
);

test.each([
  [79, []],
  [80, [80]],
  [99.9, [80]],
  [100, [80, 100]],
  [250, [80, 100]],
] as const)("%d of 100 used reaches %j percent", (at, percents) => {
  const states = [
    { quota: "executions", used: at, most: 100 },
    { quota: "concurrentExecutions", used: 100, most: 100 },
    { quota: "functions", used: 0, most: 0 },
  ] as const;
  expect(reached(states).map(({ percent }) => percent)).toEqual(percents);
});
