import type { ExecutionView } from "@pulse/schema/wire/executions";
import { expect, test } from "vitest";
import { fits, keptMost, toldExecution, withTold } from "./told.ts";

const now = Date.parse("2026-11-21T10:00:00Z");

function view(at: number, given: Partial<ExecutionView> = {}): ExecutionView {
  return {
    id: `exe_${at}`,
    kind: "function",
    name: "resize",
    version: 1,
    status: "running",
    reason: null,
    attempt: 1,
    retriesUsed: 0,
    losses: 0,
    trigger: { type: "http" },
    parentId: null,
    runner: "local",
    createdAt: new Date(now - 1000 + at).toISOString(),
    startedAt: null,
    endedAt: null,
    runAt: null,
    waitingFor: null,
    timing: {},
    http: null,
    error: null,
    late: false,
    truncated: false,
    ...given,
  };
}

const ids = ({ items }: { items: readonly ExecutionView[] }) => items.map(({ id }) => id);
const page = { items: [view(3), view(1)], nextCursor: null };

test("what is there changes in place, also when it no longer fits", () => {
  const told = withTold(page, [view(1, { status: "failed" })], () => false);
  expect(told.items.map(({ id, status }) => [id, status])).toEqual([
    ["exe_3", "running"],
    ["exe_1", "failed"],
  ]);
});

test("what is new and belongs comes in by time; what does not belong stays out", () => {
  expect(ids(withTold(page, [view(4), view(2), view(9)], ({ id }) => id !== "exe_9"))).toEqual([
    "exe_4",
    "exe_3",
    "exe_2",
    "exe_1",
  ]);
});

test("what lies on a later page stays there", () => {
  expect(ids(withTold({ ...page, nextCursor: "more" }, [view(0)], () => true))).toEqual(["exe_3", "exe_1"]);
  expect(ids(withTold(page, [view(0)], () => true))).toEqual(["exe_3", "exe_1", "exe_0"]);
});

test("a thing told several times is there once, as told last", () => {
  const told = withTold(page, [view(4), view(4, { status: "succeeded" })], () => true);
  expect(told.items.filter(({ id }) => id === "exe_4").map(({ status }) => status)).toEqual(["succeeded"]);
});

test("a page takes in only so many, and what it has goes on changing", () => {
  const many = Array.from({ length: keptMost + 50 }, (_, i) => view(10 + i));
  const full = withTold(page, many, () => true);
  expect(full.items).toHaveLength(keptMost);
  const later = withTold(full, [view(9999), view(1, { status: "failed" })], () => true);
  expect(later.items).toHaveLength(keptMost);
  expect(later.items.at(-1)?.status).toBe("failed");
});

test("nothing told of this page leaves it the same object", () => {
  expect(withTold(page, [view(9)], () => false)).toBe(page);
});

test.each([
  ["", true],
  ["kind:command", false],
  ["status:queued,running", true],
  ["status:failed", false],
  ["name:resize", true],
  ["name:resiz", false],
  ["runner:other", false],
  ["since:15m", true],
  ["RESI", true],
  ["keyerror", true],
  ["nothing", false],
  ["key:ci", null],
])("a list by %s has it: %s", (filter, expected) => {
  const failed = view(1, { error: { code: "function_error", message: "KeyError: 'w'", source: "function" } });
  expect(fits(filter, failed, now)).toBe(expected);
});

test("a list of the last minutes has nothing older", () => {
  expect(fits("since:15m", view(0, { createdAt: "2026-11-21T09:00:00.000Z" }), now)).toBe(false);
});

test.each([
  ["an execution", { execution: view(1) }, view(1)],
  ["nothing", null, null],
  ["no execution", { name: "resize", function: null }, null],
  ["an execution that is gone", { execution: null }, null],
  ["an execution without its state", { execution: { ...view(1), status: undefined } }, null],
])("an event may tell of %s", (_, data, told) => {
  expect(toldExecution(data)).toEqual(told);
});
