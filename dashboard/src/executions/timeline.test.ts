import { expect, test } from "vitest";
import { readServerTiming, spansOf } from "./timeline.ts";

test("parts stand one after the other and fill the whole", () => {
  expect(spansOf({ queueMs: 25, startMs: 0, initMs: 25, runMs: 50 })).toEqual([
    { name: "timeline.queue", ms: 25, fromPercent: 0, widthPercent: 25 },
    { name: "timeline.start", ms: 0, fromPercent: 25, widthPercent: 0 },
    { name: "timeline.init", ms: 25, fromPercent: 25, widthPercent: 25 },
    { name: "timeline.run", ms: 50, fromPercent: 50, widthPercent: 50 },
  ]);
});

test("what was not measured is not there, and nothing at all divides by nothing", () => {
  expect(spansOf({})).toEqual([]);
  expect(spansOf({ runMs: 0 })[0]?.widthPercent).toBe(0);
});

test("Server-Timing is read in the same form", () => {
  expect(readServerTiming("queue;dur=1.5, start;dur=0, run;dur=4")).toEqual({
    queueMs: 1.5,
    startMs: 0,
    runMs: 4,
  });
  expect(readServerTiming(null)).toEqual({});
});
