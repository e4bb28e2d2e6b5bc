import { expect, test } from "vitest";
import { diffSteps, isSameStep, type StepPast } from "./diff-runs.ts";

const past = (path: string, more: Partial<StepPast> = {}): StepPast => ({
  ...{ path, name: path, type: "function", status: "succeeded", attempt: 1, durationMs: 10, error: null },
  ...{ reused: false, output: null, targets: new Map() },
  ...more,
});
const run = (...steps: StepPast[]) => new Map(steps.map((step) => [step.path, step]));
const target = (status: string, exitCode: number | null) =>
  new Map([["web-1", { status, exitCode, execution: "exe_1", durationMs: 5 }]]);

test.each<[string, Partial<StepPast>, Partial<StepPast>, boolean]>([
  ["nothing", {}, {}, true],
  ["only their time", {}, { durationMs: 9000 }, true],
  ["only that one was taken over", {}, { reused: true }, true],
  ["the status", {}, { status: "failed" }, false],
  ["the attempts", {}, { attempt: 2 }, false],
  ["the words of the error", { error: "exit code 1" }, { error: "exit code 2" }, false],
  [
    "only the time in the error",
    { error: "no answer since 2026-01-01T10:00:00Z" },
    { error: "no answer since 2026-01-02T11:00:00Z" },
    true,
  ],
  ["the output", { output: { n: 1 } }, { output: { n: 2 } }, false],
  ["the exit code of a target", { targets: target("failed", 1) }, { targets: target("failed", 2) }, false],
  ["the targets", { targets: target("succeeded", 0) }, {}, false],
  [
    "neither of their targets",
    { targets: target("succeeded", 0) },
    { targets: target("succeeded", 0) },
    true,
  ],
])("two steps that differ in %s", (_, before, after, isSame) => {
  const [step] = diffSteps(run(past("a", before)), run(past("a", after)));
  expect(step && isSameStep(step)).toBe(isSame);
});

test("steps come in the order of the later run, then those that only the earlier one has", () => {
  const steps = diffSteps(run(past("gone"), past("b"), past("a")), run(past("a"), past("new"), past("b")));
  expect(steps.map(({ path, before, after }) => [path, before !== null, after !== null])).toEqual([
    ["a", true, true],
    ["new", false, true],
    ["b", true, true],
    ["gone", true, false],
  ]);
  expect(steps.map(isSameStep)).toEqual([true, false, true, false]);
});

test("a long value is cut and many differences are not all told", () => {
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`n${i}`, i]));
  const [long] = diffSteps(run(past("a", { output: "" })), run(past("a", { output: "x".repeat(5000) })));
  expect(String(long?.output[0]?.after)).toMatch(/^x{2000}… \(5000 characters\)$/);
  const [wide] = diffSteps(run(past("a", { output: {} })), run(past("a", { output: many })));
  expect(wide?.output).toHaveLength(200);
});
