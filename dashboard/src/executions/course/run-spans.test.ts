import type { ExecutionView } from "@pulse/schema/wire/executions";
import type { StepView } from "@pulse/schema/wire/workflow-runs";
import { expect, test } from "vitest";
import { parentOf, runSpans } from "./run-spans.ts";

const time = (ms: number) => new Date(ms).toISOString();
const at = {
  step: (path: string) => `step ${path}`,
  log: (id: string) => `log ${id}`,
  execution: (id: string) => `execution ${id}`,
};
const step = (path: string, changes: Partial<StepView> = {}): StepView => ({
  ...{ path, id: path, name: path, type: "execute", status: "succeeded", attempt: 1, reused: false },
  ...{ startedAt: time(0), finishedAt: time(5000), error: null, targets: [], ...changes },
});
const target = (runner: string, execution: string | null) => ({
  ...{ runner, execution, status: "succeeded", reason: null, exitCode: 0, durationMs: 10, reused: false },
});
// Only what the spans read of it.
const child = (id: string, changes: Partial<ExecutionView> = {}) =>
  ({
    ...{ id, createdAt: time(0), startedAt: time(100), endedAt: time(4000), attempt: 1, status: "succeeded" },
    ...{ retriesUsed: 0, losses: 0, runner: "pi-1", trigger: { type: "workflow" }, ...changes },
  }) as ExecutionView;

test.each([
  ["each[17]/parse", ["each", "each[17]/parse"], "step:each"],
  ["each[17]/parse", ["each", "each[17]"], "step:each[17]"],
  ["build", ["bui", "build"], null],
  ["a/b/c", ["a"], "step:a"],
])("%s among %j stands in %s", (path, paths, parent) => {
  expect(parentOf(path, new Set(paths))).toBe(parent);
});

test("targets stand in their steps, a long queue apart from the run; each leads to what it shows", () => {
  const steps = [
    step("build", { targets: [target("pi-1", "exe_1")] }),
    step("check", { targets: [target("pi-1", "exe_2"), target("pi-2", "exe_3"), target("pi-3", null)] }),
  ];
  const children = [
    child("exe_1"),
    child("exe_2", { startedAt: time(3000) }),
    child("exe_3", { attempt: 2, losses: 1, status: "lost" }),
  ];
  const spans = runSpans({ steps }, children, at);
  expect(spans.map(({ id, parent, fromMs, toMs, href }) => [id, parent, fromMs, toMs, href])).toEqual([
    ["step:build", null, 0, 5000, "log exe_1"],
    ["target:exe_1", "step:build", 0, 4000, "execution exe_1"],
    ["step:check", null, 0, 5000, "step check"],
    ["target:exe_2", "step:check", 0, 4000, "execution exe_2"],
    ["target:exe_2:queue", "target:exe_2", 0, 3000, "execution exe_2"],
    ["target:exe_2:run", "target:exe_2", 3000, 4000, "execution exe_2"],
    ["target:exe_3", "step:check", 0, 4000, "execution exe_3"],
  ]);
  expect(spans.at(-1)?.note).toEqual({
    key: "course.attempt_of",
    values: { attempt: 2, retries: 0, losses: 1 },
  });
});

test("what has not begun or happened in the run before is not there; what waits for people is idle", () => {
  const steps = [
    step("kept", { reused: true }),
    step("ask", { type: "prompt", status: "waiting", finishedAt: null }),
    step("last", { startedAt: null, status: "pending" }),
  ];
  const spans = runSpans({ steps }, [], at);
  expect(spans.map(({ id, isIdle, toMs, look }) => [id, isIdle, toMs, look])).toEqual([
    ["step:ask", true, null, "wait"],
  ]);
});

test("what an earlier attempt of a step ran and what ended rounds of a loop did is told by the key of the child", () => {
  const by = (key: string) => ({ trigger: { type: "workflow", key } });
  const children = [
    child("exe_1", by("check#1/0")),
    child("exe_2", by("check#2/0")),
    child("exe_3", by("each[0]/one#1")),
    child("exe_4", by("nothing that is known")),
  ];
  const check = step("check", { attempt: 2, targets: [target("pi-1", "exe_2")] });
  const spans = runSpans({ steps: [check, step("each")] }, children, at);
  expect(spans.slice(2).map(({ id, parent, label, note }) => [id, parent, label, note])).toEqual([
    ["step:each", null, { text: "each" }, null],
    ["target:exe_1", "step:check", { text: "pi-1" }, { key: "timeline.attempt", values: { attempt: 1 } }],
    ["target:exe_3", "step:each", { text: "each[0]/one" }, { text: "pi-1" }],
  ]);
});
