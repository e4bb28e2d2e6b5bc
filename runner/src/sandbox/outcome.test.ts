import { expect, test } from "vitest";
import { type AttemptFacts, outcomeOf, outcomeOfLoad } from "./outcome.ts";

const quiet: AttemptFacts = { call: null, timedOut: false, cancelled: false, exit: null, timeoutMs: 1000 };
const killed = {
  ...{ code: null, signal: "SIGKILL", outOfMemory: false, engineLost: false },
  ...{ fault: null, lastLines: ["no room"] },
};
const thrown = { error: { code: "function_error", name: "TypeError", message: "no" } };

test.each([
  ["an answer succeeds", { call: { answered: true } }, "succeeded", null],
  [
    "an answer stands though a cancellation came too",
    { call: { answered: true }, cancelled: true },
    "succeeded",
    null,
  ],
  [
    "an answer after its timeout is no success",
    { call: { answered: true }, timedOut: true },
    "timed_out",
    "timed_out",
  ],
  ["a throw is the function's error", { call: thrown }, "failed", "function_error"],
  [
    "a throw after a cancellation is the cancellation",
    { call: thrown, cancelled: true },
    "cancelled",
    "cancelled",
  ],
  [
    "a killed process after its timeout timed out",
    { exit: killed, timedOut: true },
    "timed_out",
    "timed_out",
  ],
  ["a killed process otherwise crashed", { exit: killed }, "failed", "crashed"],
  ["an OOM kill is out_of_memory", { exit: { ...killed, outOfMemory: true } }, "failed", "out_of_memory"],
  [
    "137 with a lost engine is infrastructure",
    { exit: { ...killed, engineLost: true } },
    "failed",
    "infrastructure",
  ],
  ["no facts at all are infrastructure", {}, "failed", "infrastructure"],
] as [string, Partial<AttemptFacts>, string, string | null][])("%s", (_name, facts, status, reason) => {
  expect(outcomeOf({ ...quiet, ...facts })).toMatchObject({ status, reason });
});

test("the error keeps where it happened, and what it asks of a retry", () => {
  const error = { ...thrown.error, file: "index.ts", line: 3, permanent: true, retryAfterMs: 5000 };
  expect(outcomeOf({ ...quiet, call: { error } })).toMatchObject({
    error: { message: "TypeError: no", file: "index.ts", line: 3, source: "function" },
    permanent: true,
    retryAfterMs: 5000,
  });
});

test.each([
  [
    "a process that ends while it loads is an init_error with its last words",
    killed,
    "init_error",
    "no room",
  ],
  [
    "an OOM kill while it loads is out_of_memory",
    { ...killed, outOfMemory: true },
    "out_of_memory",
    "memory",
  ],
  [
    "a lost engine while it loads is infrastructure",
    { ...killed, engineLost: true },
    "infrastructure",
    "lost",
  ],
])("%s", (_name, ending, reason, words) => {
  const verdict = outcomeOfLoad({ ending });
  expect(verdict).toMatchObject({ status: "failed", reason });
  expect(verdict.error?.message).toContain(words);
});

test("a process that was ended for what it did is told so", () => {
  const exit = { ...killed, fault: "closed its line to the runner" };
  expect(outcomeOf({ ...quiet, exit }).error?.message).toContain("the process closed its line");
});
