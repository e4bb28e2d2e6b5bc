import { expect, test } from "vitest";
import { readTiming } from "./schedule-form.ts";

test("expressions and lengths reach the API as they were typed", () => {
  expect(readTiming({ kind: "cron", text: "0 3 * * *" })).toEqual({ cron: "0 3 * * *" });
  expect(readTiming({ kind: "every", text: "soon" })).toEqual({ every: "soon" });
});

test("a local time becomes a moment", () => {
  const at = new Date(2026, 11, 24, 18, 30).toISOString();
  expect(readTiming({ kind: "at", text: "2026-12-24T18:30" })).toEqual({ at });
  expect(readTiming({ kind: "at", text: "" })).toBeNull();
});
