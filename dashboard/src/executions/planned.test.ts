import type { ScheduleView } from "@pulse/schema/wire/schedules";
import { expect, test } from "vitest";
import { askedOf, plannedOf } from "./planned.ts";

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString();
const schedule = (id: string, nextAt: string | null, enabled = true) =>
  ({ id, nextAt, enabled, target: { workflow: "tidy@3" } }) as ScheduleView;

test("those that come before the end are asked, the soonest first, and at most twenty", () => {
  const few = [
    schedule("late", at(9)),
    schedule("soon", at(1)),
    schedule("paused", at(2), false),
    schedule("over", null),
  ];
  expect(askedOf(few, Date.parse(at(5))).map(({ id }) => id)).toEqual(["soon"]);
  const many = Array.from({ length: 30 }, (_, i) => schedule(`s${i}`, at(30 - i)));
  expect(askedOf(many, Date.parse(at(59))).map(({ id }) => id)).toEqual(
    many
      .slice(10)
      .map(({ id }) => id)
      .reverse(),
  );
});

test("each fire that is known is planned, the next one as it was told, and none of the past", () => {
  const schedules = [
    schedule("asked", at(1)),
    schedule("unasked", at(3)),
    schedule("paused", at(2), false),
    schedule("past", at(-1)),
  ];
  const fires = new Map([["asked", [at(0), at(2), at(4)]]]);
  const planned = plannedOf([], schedules, fires, Date.parse(at(0)));
  expect(planned.map(({ atMs, view }) => [new Date(atMs).toISOString(), view.name])).toEqual([
    [at(1), "tidy"],
    [at(2), "tidy"],
    [at(4), "tidy"],
    [at(3), "tidy"],
  ]);
});
