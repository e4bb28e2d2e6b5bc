import { expect, test } from "vitest";
import { begunAt } from "./held.ts";

const heard = (acknowledgedAt: number | null, leftAt: number | null = 1000) => ({
  acknowledgedAt,
  leftAt,
  createdAt: 900,
});

test.each([
  ["nothing was heard of before its end", heard(null), 5000, 3949],
  ["was heard of after it had run for a while", heard(4500), 5000, 3949],
  ["was heard of as it began", heard(2000), 5000, 2000],
  ["says that it ran for longer than it was away", heard(null, 4800), 5000, 4800],
  ["came from before the hub's start", heard(null, null), 1900, 900],
  ["left, by the clock, after its end", heard(null, 5001), 5000, 5000],
] as const)(
  "an attempt that %s began when its runner's measures say, at most so early",
  (_, held, endedAt, at) => {
    expect(begunAt(held, { startMs: 1, initMs: 50, runMs: 1000 - 0.5 }, endedAt)).toBe(at);
  },
);
