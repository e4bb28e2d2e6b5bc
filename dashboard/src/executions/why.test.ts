import type { ExecutionView } from "@pulse/schema/wire/executions";
import { expect, test } from "vitest";
import { placeOf, whyOf } from "./why.ts";

const view = (patch: Partial<ExecutionView>) =>
  ({
    status: "failed",
    reason: null,
    error: null,
    attempt: 1,
    retriesUsed: 0,
    runner: "local",
    ...patch,
  }) as ExecutionView;

test.each([
  ["failed", "function_error", "why.function_error"],
  ["dead", "poison", "why.poison"],
  ["timed_out", null, "why.timed_out"],
  ["failed", "a reason of the future", "why.unknown"],
  ["queued", null, "why.queued"],
  ["cancelled", "cancelled", "why.cancelled"],
] as const)("%s because of %s is told as %s", (status, reason, key) => {
  expect(whyOf(view({ status, reason }))?.key).toBe(key);
});

test("a run that failed names the step that did; one that failed without a step has the words of its error", () => {
  const error = {
    code: "failed",
    message: "exit code 3 on web-01",
    name: "Deploy",
    source: "function",
  } as const;
  const run = view({ kind: "workflow", error });
  expect(whyOf({ ...run, reason: "step_failed" })).toMatchObject({
    ...{ key: "why.step_failed", values: { step: "Deploy" } },
  });
  expect(whyOf(run)?.key).toBe("why.run");
});

test("what succeeded or runs needs no explanation", () => {
  expect(whyOf(view({ status: "succeeded" }))).toBeNull();
  expect(whyOf(view({ status: "running" }))).toBeNull();
});

test("the place is file and line, as far as they are known", () => {
  const error = { code: "function_error", message: "x", source: "function" } as const;
  expect(placeOf(view({ error: { ...error, file: "main.py", line: 3 } }))).toBe("main.py:3");
  expect(placeOf(view({ error: { ...error, file: "main.py" } }))).toBe("main.py");
  expect(placeOf(view({ error }))).toBeNull();
});
