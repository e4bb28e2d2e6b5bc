import type { AuditEntry } from "@pulse/schema/wire/audit";
import type { CallbackView } from "@pulse/schema/wire/callbacks";
import type { ExecutionView } from "@pulse/schema/wire/executions";
import type { PromptView } from "@pulse/schema/wire/workflow-runs";
import { expect, test } from "vitest";
import { eventsOf } from "./events.ts";

const time = (ms: number) => new Date(ms).toISOString();
const nothing = { prompts: [], attempts: [], callbacks: [], audit: [] };
// Only what the events read of it.
const view = (changes: Partial<ExecutionView> = {}) =>
  ({
    ...{ status: "failed", reason: "function_error", attempt: 1, retriesUsed: 0, trigger: { type: "http" } },
    ...{ createdAt: time(0), startedAt: time(10), endedAt: time(90), runAt: null, runner: "pi-1" },
    ...{ error: { code: "x", message: "broken", source: "function" }, timing: { queueMs: 5 }, ...changes },
  }) as ExecutionView;
const told = (events: ReturnType<typeof eventsOf>) =>
  events.map(({ atMs, label, detail }) => [atMs, "key" in label ? label.key : label.text, detail]);

test("one attempt: made, started, ended with its reason", () => {
  expect(told(eventsOf({ ...nothing, view: view() }))).toEqual([
    [0, "course.created", null],
    [5, "course.handed", null],
    [10, "course.started", null],
    [90, "why.function_error", "broken"],
  ]);
});

test("what waits for its time says when, and has no end", () => {
  const planned = view({
    status: "scheduled",
    startedAt: null,
    endedAt: null,
    error: null,
    runAt: time(500),
  });
  expect(told(eventsOf({ ...nothing, view: planned }))).toEqual([
    [0, "course.created", null],
    [500, "course.planned", null],
  ]);
});

test("of several attempts: when each began and ended and why, and when the last one was handed out", () => {
  const first = { attempt: 1, runner: "pi-1", line: 1, startedMs: 12, endedMs: 20 };
  const attempts = [
    { ...first, reason: "lost", message: "it is silent" },
    { ...first, attempt: 2, startedMs: 65, endedMs: 90, reason: "function_error", message: "broken" },
  ];
  const retried = view({ attempt: 2, startedAt: time(65), timing: { queueMs: 60 } });
  expect(told(eventsOf({ ...nothing, view: retried, attempts })).map(([at, key]) => [at, key])).toEqual([
    [0, "course.created"],
    [12, "course.started_attempt_on"],
    [20, "course.attempt_over"],
    [20, "why.lost"],
    [60, "course.handed"],
    [65, "course.started_attempt"],
    [90, "why.function_error"],
  ]);
});

test("questions with who answered, callbacks with each try, and acts with who did them", () => {
  const prompt = {
    ...{ id: "prm_1", message: "Ship?", status: "answered", openedAt: time(20), closedAt: time(30) },
    answers: [{ by: "Ada", response: "Ship", form: {}, at: time(30) }],
  } as unknown as PromptView;
  const expired = {
    ...prompt,
    id: "prm_2",
    status: "expired",
    answers: [],
    closedAt: time(35),
  } as PromptView;
  const callbacks: CallbackView[] = [
    {
      ...{ id: "cb_1", url: "https://example.test/done", status: "delivered", createdAt: time(1) },
      ...{ nextAt: null },
      tries: [
        { at: time(91), status: null, error: "refused", durationMs: 3 },
        { at: time(95), status: 204, error: null, durationMs: 3 },
      ],
    },
  ];
  const entry = (seq: number, action: string, outcome: string, code: string | null = null) =>
    ({
      ...{ seq, at: time(80 + seq), action, outcome, code },
      actor: { kind: "person", id: "usr_1", name: "Bea" },
    }) as AuditEntry;
  const audit = [
    entry(1, "execution.cancel", "done"),
    entry(2, "prompt.answer", "done"),
    entry(3, "execution.replay", "denied", "forbidden"),
  ];
  const events = eventsOf({ ...nothing, view: view(), prompts: [prompt, expired], callbacks, audit });
  expect(told(events)).toEqual([
    [0, "course.created", null],
    [1, "course.callback_asked", null],
    [5, "course.handed", null],
    [10, "course.started", null],
    [20, "course.asked", "Ship?"],
    [20, "course.asked", "Ship?"],
    [30, "course.answered", "Ship?"],
    [35, "course.expired", "Ship?"],
    [81, "course.cancel_by", null],
    [83, "course.act_by", "forbidden"],
    [90, "why.function_error", "broken"],
    [91, "course.callback_failed", "refused"],
    [95, "course.callback_answered", null],
  ]);
});
