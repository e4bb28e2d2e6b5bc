import { expect, test } from "vitest";
import { instantsOf, lastDays } from "./report-days.ts";

test("a report begins thirty days ago, today among them", () => {
  expect(lastDays(Date.parse("2026-03-31T22:10:00Z"))).toEqual({ from: "2026-03-02", to: "2026-03-31" });
});

test.each([
  ["2026-03-01", "2026-03-01", { since: "2026-03-01T00:00:00.000Z", until: "2026-03-02T00:00:00.000Z" }],
  ["2025-12-31", "2026-01-01", { since: "2025-12-31T00:00:00.000Z", until: "2026-01-02T00:00:00.000Z" }],
  ["2026-03-02", "2026-03-01", null],
  ["2026-02-30", "2026-03-01", null],
  ["", "2026-03-01", null],
  ["2026-03-01T00:00Z", "2026-03-01", null],
])("the days from %s to %s are both whole in the period", (from, to, expected) => {
  expect(instantsOf({ from, to })).toEqual(expected);
});
