import { expect, test } from "vitest";
import { attemptsOf } from "./attempts.ts";

const at = (ms: number) => new Date(ms).toISOString();
const error = { code: "function_error", message: "broken" };
const first = { attempt: 1, runner: "pi-1", startedAt: 100, endedAt: 200, reason: "function_error", error };
const row = {
  ...{ kind: "function" as const, status: "dead" as const, attempt: 2, runnerName: "pi-2" },
  ...{ startedAt: 300, endedAt: 400, reason: "lost" as const, earlier: [first] },
  error: { code: "lost", message: "the runner was silent", source: "platform" as const },
};

test("the attempts are those that others followed and the last one, each with its runner, its times and why it ended", () => {
  expect(attemptsOf(row)).toEqual([
    { ...first, startedAt: at(100), endedAt: at(200) },
    {
      ...{ attempt: 2, runner: "pi-2", startedAt: at(300), endedAt: at(400), reason: "lost" },
      error: { code: "lost", message: "the runner was silent" },
    },
  ]);
});

test("an attempt under way has no reason and no error, though the row still has those of the one before", () => {
  const running = { ...row, status: "running" as const, endedAt: null, reason: "function_error" as const };
  const error = { code: "function_error", message: "broken", source: "function" as const };
  expect(attemptsOf({ ...running, error })[1]).toEqual({
    ...{ attempt: 2, runner: "pi-2", startedAt: at(300), endedAt: null, reason: null, error: null },
  });
});

test("what waits for its next attempt has those that are over, and what no runner got has none", () => {
  const waiting = { ...row, status: "queued" as const, attempt: 1, runnerName: null };
  expect(attemptsOf(waiting).map(({ attempt }) => attempt)).toEqual([1]);
  expect(attemptsOf({ ...waiting, attempt: 0, earlier: null })).toEqual([]);
  expect(attemptsOf({ ...row, kind: "workflow", earlier: null })).toEqual([]);
});
