import { expect, test } from "vitest";
import { nextOf } from "./next-fire.ts";

test("a workflow comes next at the first of its schedules that comes at all, whatever revision it names", () => {
  const schedules = [
    { target: { workflow: "ship" }, nextAt: "2026-03-02T00:00:00.000Z" },
    { target: { workflow: "ship@live" }, nextAt: "2026-03-01T00:00:00.000Z" },
    { target: { workflow: "ship" }, nextAt: null },
    { target: { workflow: "idle" }, nextAt: null },
    { target: { function: "hello" }, nextAt: "2026-03-01T00:00:00.000Z" },
  ];
  expect([...nextOf(schedules)]).toEqual([["ship", "2026-03-01T00:00:00.000Z"]]);
});
