import { expect, test } from "vitest";
import { readTiming, timingFields } from "./schedule-form.ts";

test("expressions and lengths reach the API as they were typed", () => {
  expect(readTiming({ kind: "cron", text: "0 3 * * *" })).toEqual({ cron: "0 3 * * *" });
  expect(readTiming({ kind: "every", text: "soon" })).toEqual({ every: "soon" });
});

test("a local time becomes a moment", () => {
  const at = new Date(2026, 11, 24, 18, 30).toISOString();
  expect(readTiming({ kind: "at", text: "2026-12-24T18:30" })).toEqual({ at });
  expect(readTiming({ kind: "at", text: "" })).toBeNull();
});

test("what a schedule has becomes what was typed", () => {
  const none = { cron: null, everyMs: null, at: null };
  expect(timingFields({ ...none, cron: "0 3 * * *" })).toEqual({ kind: "cron", text: "0 3 * * *" });
  expect(timingFields({ ...none, everyMs: 5_400_000 })).toEqual({ kind: "every", text: "1h30m" });
  const at = new Date(2026, 11, 24, 18, 30, 5).toISOString();
  expect(timingFields({ ...none, at })).toEqual({ kind: "at", text: "2026-12-24T18:30:05" });
});
