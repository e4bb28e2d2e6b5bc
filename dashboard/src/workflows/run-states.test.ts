import { expect, test } from "vitest";
import { statesById } from "./run-states.ts";

test("a step's iterations are counted by state, what needs eyes first", () => {
  const step = (id: string, status: string) => ({ id, status });
  const states = statesById([
    ...[step("a", "succeeded"), step("a", "succeeded"), step("a", "failed")],
    ...[step("b", "skipped"), step("b", "running")],
  ]);
  expect(states.get("a")).toEqual([
    { status: "failed", count: 1 },
    { status: "succeeded", count: 2 },
  ]);
  expect(states.get("b")?.map(({ status }) => status)).toEqual(["running", "skipped"]);
  expect(states.get("c")).toBeUndefined();
});
