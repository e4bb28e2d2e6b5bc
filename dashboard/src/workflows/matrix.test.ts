import { expect, test } from "vitest";
import { runnersOf, stepTookMs, targetOf } from "./matrix.ts";

const target = (runner: string) => ({
  ...{ runner, execution: null, status: "pending", reason: null },
  ...{ exitCode: null, durationMs: null, reused: false },
});

test("each runner that any step is for is a column, once", () => {
  const steps = [
    { targets: [target("web-2")] },
    { targets: [] },
    { targets: [target("web-1"), target("web-2")] },
  ];
  expect(runnersOf(steps)).toEqual(["web-1", "web-2"]);
  expect(targetOf({ targets: [target("web-1")] }, "web-1")).toMatchObject({ runner: "web-1" });
  expect(targetOf({ targets: [target("web-1")] }, "web-2")).toBeUndefined();
});

test("a step that runs has taken the time until now", () => {
  const startedAt = "2026-03-01T00:00:00.000Z";
  const now = Date.parse(startedAt) + 5000;
  expect(stepTookMs({ startedAt, finishedAt: null }, now)).toBe(5000);
  expect(stepTookMs({ startedAt, finishedAt: "2026-03-01T00:00:02.000Z" }, now)).toBe(2000);
  expect(stepTookMs({ startedAt: null, finishedAt: null }, now)).toBeNull();
});
