import type { RunnerView } from "@pulse/schema/wire/runners";
import { expect, test } from "vitest";
import { grouped, labelNames, nextSort, sorted } from "./order.ts";

const runner = (name: string, patch: Partial<RunnerView> = {}) =>
  ({
    ...{ name, pool: "default", labels: {}, status: "online", state: "active", running: 0, slots: 5 },
    ...{ lastSeenAt: "2026-01-01T00:00:00.000Z", metrics: null, ...patch },
  }) as RunnerView;
const metrics = (cpu: number) => ({ cpu, memFree: 1, memTotal: 2, load1: 10 - cpu, diskFree: 1 });
const fleet = [
  runner("a", { metrics: metrics(0.2), pool: "arm", labels: { env: "prod" }, running: 2 }),
  runner("b", { status: "offline", labels: { env: "dev", role: "web" } }),
  runner("c", { metrics: metrics(0.9), lastSeenAt: "2026-01-02T00:00:00.000Z" }),
];
const names = (runners: readonly RunnerView[]) => runners.map(({ name }) => name).join("");

test.each([
  ["name", "abc"],
  ["-name", "cba"],
  ["cpu", "acb"],
  ["-cpu", "cab"],
  ["load", "cab"],
  ["work", "bca"],
  ["-work", "abc"],
  ["status", "acb"],
  ["-seen", "cab"],
] as const)(
  "by %s the fleet stands as %s; who has not said is last, and alike ones go by name",
  (word, order) => {
    expect(names(sorted(fleet, word))).toBe(order);
  },
);

test("a press sorts by a column, another one turns it round", () => {
  expect([nextSort("name", "cpu"), nextSort("cpu", "cpu"), nextSort("-cpu", "cpu")]).toEqual([
    ...["cpu", "-cpu", "cpu"],
  ]);
});

test("groups are the pools or the values of a label, in order, and those without it come last", () => {
  const told = (by?: string) => grouped(fleet, by).map(({ title, runners }) => [title, names(runners)]);
  expect(told()).toEqual([[null, "abc"]]);
  expect(told("pool")).toEqual([
    ["arm", "a"],
    ["default", "bc"],
  ]);
  expect(told("label:env")).toEqual([
    ["dev", "b"],
    ["prod", "a"],
    [null, "c"],
  ]);
  expect(labelNames(fleet)).toEqual(["env", "role"]);
});
