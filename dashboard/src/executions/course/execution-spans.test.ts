import { expect, test } from "vitest";
import { executionSpans } from "./execution-spans.ts";

const time = (ms: number) => new Date(ms).toISOString();
const logAt = (line: number | null) => `log:${line ?? ""}`;
const once = {
  ...{
    createdAt: time(1000),
    startedAt: time(1200),
    endedAt: time(2000),
    attempt: 1,
    status: "succeeded" as const,
  },
  ...{
    retriesUsed: 0,
    losses: 0,
    runner: "pi-1",
    timing: { queueMs: 150, startMs: 0, initMs: 50, runMs: 500 },
  },
} as const;
const told = (spans: ReturnType<typeof executionSpans>) =>
  spans.map(({ id, parent, fromMs, toMs }) => [id, parent, fromMs, toMs]);

test("one attempt: its wait, then its parts one after the other", () => {
  expect(told(executionSpans(once, [], logAt))).toEqual([
    ["queue", null, 1000, 1150],
    ["timeline.start", null, 1150, 1150],
    ["timeline.init", null, 1150, 1200],
    ["timeline.run", null, 1200, 1700],
  ]);
});

test("what waits has only its wait, what runs goes on, what ended before it began waited until then", () => {
  const waiting = {
    ...once,
    startedAt: null,
    endedAt: null,
    timing: {},
    status: "queued" as const,
    attempt: 0,
  };
  expect(told(executionSpans(waiting, [], logAt))).toEqual([["queue", null, 1000, null]]);
  const running = { ...once, endedAt: null, timing: {}, status: "running" as const };
  const spans = executionSpans(running, [], logAt);
  expect(told(spans)).toEqual([
    ["queue", null, 1000, 1200],
    ["run", null, 1200, null],
  ]);
  expect(spans[1]?.look).toBe("busy");
  const cancelled = {
    ...waiting,
    endedAt: time(1900),
    timing: { queueMs: 900 },
    status: "cancelled" as const,
  };
  expect(told(executionSpans(cancelled, [], logAt))).toEqual([["queue", null, 1000, 1900]]);
});

const retried = {
  ...{ ...once, attempt: 3, retriesUsed: 2, status: "failed" as const, endedAt: time(9000) },
  timing: { queueMs: 7000, runMs: 600 },
} as const;
const lost = { runner: "pi-1", reason: "lost", message: "it is silent" };
const logged = [
  { ...lost, attempt: 1, startedMs: 1250, endedMs: 1400, line: 1 },
  { ...lost, attempt: 2, startedMs: null, endedMs: 5000, line: null },
  { ...lost, attempt: 3, reason: "function_error", startedMs: 8100, endedMs: 9000, line: 4 },
];

test("each attempt before the last one is told with its times and why it ended", () => {
  const spans = executionSpans(retried, logged, logAt);
  expect(told(spans)).toEqual([
    ["before", null, 1000, 8000],
    ["attempt-1", "before", 1250, 1400],
    ["attempt-2", "before", 5000, 5000],
    ["last", null, 8000, 9000],
    ["timeline.run", "last", 8000, 8600],
  ]);
  expect(spans.map(({ href }) => href)).toEqual(["log:", "log:1", "log:", "log:4", "log:4"]);
  expect(spans[0]?.note).toEqual({ key: "course.retried", values: { retries: 2, losses: 0 } });
  expect(spans[1]?.note).toMatchObject({ key: "why.lost", values: { runner: "pi-1" } });
});

test("while it waits for its next try, the attempts that it had are there", () => {
  const waiting = {
    ...{ ...retried, attempt: 1, retriesUsed: 1, startedAt: null, endedAt: null, timing: {} },
    status: "queued" as const,
  };
  expect(told(executionSpans(waiting, logged.slice(0, 1), logAt))).toEqual([
    ["before", null, 1000, null],
    ["attempt-1", "before", 1250, 1400],
  ]);
});
