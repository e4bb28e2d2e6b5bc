import { expect, test } from "vitest";
import { timeIn, zonesOf } from "./zone-time.ts";

test("a time is shown as the clocks of its zone show it, in summer and in winter", () => {
  expect(timeIn("2026-07-01T06:30:00.000Z", "Europe/Madrid", "en-GB")).toBe("Wed 1 Jul, 08:30:00");
  expect(timeIn("2026-12-01T23:30:00.000Z", "Europe/Madrid", "en-GB")).toBe("Wed 2 Dec, 00:30:00");
});

test("the schedule's zone comes first, and the reader's where it is another", () => {
  expect(zonesOf("Europe/Madrid", "UTC")).toEqual(["Europe/Madrid", "UTC"]);
  expect(zonesOf("UTC", "UTC")).toEqual(["UTC"]);
});
