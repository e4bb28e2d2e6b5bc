import { expect, test } from "vitest";
import { withLines } from "./attempts.ts";

const at = (second: number) => new Date(second * 1000).toISOString();

test("each attempt has its times, why it ended and the line with which it begins in the log", () => {
  const error = { code: "lost", message: "the runner went silent" };
  const attempts = [
    { attempt: 1, runner: "pi-1", startedAt: at(1), endedAt: at(2), reason: "lost", error },
    { attempt: 2, runner: "pi-2", startedAt: null, endedAt: at(4), reason: "lost", error: null },
    { attempt: 3, runner: "pi-2", startedAt: at(5), endedAt: null, reason: null, error: null },
  ];
  const lines = [{ attempt: 1 }, {}, { attempt: 3 }, { attempt: 3 }];
  expect(withLines(attempts, lines)).toEqual([
    {
      ...{ attempt: 1, runner: "pi-1", reason: "lost", startedMs: 1000, endedMs: 2000 },
      ...{ message: "the runner went silent", line: 1 },
    },
    {
      ...{ attempt: 2, runner: "pi-2", reason: "lost", startedMs: null, endedMs: 4000 },
      ...{ message: null, line: null },
    },
    {
      ...{ attempt: 3, runner: "pi-2", reason: null, startedMs: 5000, endedMs: null },
      ...{ message: null, line: 3 },
    },
  ]);
});
