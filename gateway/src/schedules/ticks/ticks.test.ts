import { overlaps } from "@pulse/schema/wire/schedules";
import fc from "fast-check";
import { expect, test } from "vitest";
import { caughtUpMost, dueTicks, jitterOf, onTimeMs, ticksAtOnce } from "./due-ticks.ts";
import { bufferedMost, decide } from "./overlap.ts";
import { cronFault, nextTick, nextTicks, type Timing, zoneFault } from "./timing.ts";

const start = Date.UTC(2026, 2, 28, 12);
const timing: fc.Arbitrary<Timing> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("* * * * *", "*/7 * * * *", "0 * * * *", "30 2 * * *", "*/10 * * * * *", "0 0 * * 1"),
      fc.constantFrom("UTC", "Europe/Madrid", "Australia/Lord_Howe"),
    )
    .map(([cron, timezone]) => ({ kind: "cron" as const, cron, timezone })),
  fc
    .integer({ min: 1000, max: 50_000_000 })
    .map((everyMs) => ({ kind: "every" as const, everyMs, anchor: start - 12_345 })),
  fc.integer({ min: start, max: start + 100_000_000 }).map((at) => ({ kind: "at" as const, at })),
);

test("however often it is looked, and however the clock jumps, each tick comes once: to be started, or missed", () => {
  const jumps = fc.array(fc.integer({ min: -7_200_000, max: 36_000_000 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(timing, jumps, fc.integer({ min: 0, max: 10_000_000 }), (timing, jumps, catchupMs) => {
      let now = start;
      let seen = start;
      let furthest = start;
      const came: number[] = [];
      const missed: { from: number; to: number }[] = [];
      for (const jump of jumps) {
        now += jump;
        furthest = Math.max(furthest, now);
        for (let looks = 0; looks < 500; looks++) {
          const due = dueTicks(timing, seen, now, catchupMs);
          expect(due.seen).toBeGreaterThanOrEqual(seen);
          for (const tick of due.ticks) expect(now - tick).toBeLessThanOrEqual(Math.max(catchupMs, onTimeMs));
          came.push(...due.ticks);
          if (due.missed !== null) missed.push(due.missed);
          seen = due.seen;
          if (due.next === null || due.next > now) break;
        }
      }
      expect(new Set(came).size).toBe(came.length);
      // Every tick up to the latest time that was ever seen is one or the other, never both.
      const isMissed = (at: number) => missed.some(({ from, to }) => at >= from && at <= to);
      const known = new Set(came);
      let checked = 0;
      for (let at = nextTick(timing, start); at !== null && at <= furthest && checked < 300; checked++) {
        expect([at, known.has(at) !== isMissed(at)]).toEqual([at, true]);
        at = nextTick(timing, at);
      }
    }),
    { numRuns: 60 },
  );
  // Seconds on an idle machine.
}, 60_000);

test("a tick is after the time that is asked for, to the millisecond", () => {
  const daily: Timing = { kind: "cron", cron: "0 3 * * *", timezone: "UTC" };
  const three = Date.UTC(2026, 0, 2, 3);
  expect(nextTick(daily, three - 1)).toBe(three);
  expect(nextTick(daily, three)).toBe(three + 86_400_000);
  expect(nextTick(daily, three + 1)).toBe(three + 86_400_000);
  const every: Timing = { kind: "every", everyMs: 1000, anchor: three };
  expect([nextTick(every, three - 5000), nextTick(every, three), nextTick(every, three + 999)]).toEqual(
    Array.from({ length: 3 }, () => three + 1000),
  );
  expect(nextTicks({ kind: "at", at: three }, three - 1, 10)).toEqual([three]);
  expect(nextTick({ kind: "at", at: three }, three)).toBeNull();
});

test("an interval is counted from its beginning, not from midnight", () => {
  const everyThirteen: Timing = { kind: "every", everyMs: 13 * 3_600_000, anchor: start };
  const gaps = nextTicks(everyThirteen, start, 20).map((at, i, all) => at - (all[i - 1] ?? start));
  expect(new Set(gaps)).toEqual(new Set([13 * 3_600_000]));
});

test("a long silence is one range of missed ticks, and what the catch-up window holds comes in portions", () => {
  const every: Timing = { kind: "cron", cron: "* * * * * *", timezone: "UTC" };
  const year = 365 * 86_400_000;
  const due = dueTicks(every, start, start + year, 300_000);
  expect(due.missed).toEqual({ from: start + 1000, to: start + year - 300_000 - 1, count: null });
  expect(due.ticks).toHaveLength(ticksAtOnce);
  expect(due.next).toBe((due.ticks.at(-1) ?? 0) + 1000);
  const few = dueTicks({ ...every, cron: "0 0 * * *" }, start, start + 10 * 86_400_000, 3_600_000);
  expect([few.missed?.count, few.ticks]).toEqual([10, []]);
});

test("jitter is the same wherever it is asked, differs by tick and schedule, and stays below its bound", async () => {
  const at = (schedule: string, tick: number) => jitterOf(schedule, tick, 60_000);
  expect(await at("sch_a", start)).toBe(await at("sch_a", start));
  const some = await Promise.all(Array.from({ length: 200 }, (_, i) => at("sch_a", start + i)));
  expect(new Set(some).size).toBeGreaterThan(150);
  expect(Math.max(...some)).toBeLessThan(60_000);
  expect(Math.max(...some) - Math.min(...some)).toBeGreaterThan(50_000);
  expect(await at("sch_b", start)).not.toBe(await at("sch_a", start));
  expect(await jitterOf("sch_a", start, 0)).toBe(0);
});

test("never are two started at once, but where that is allowed", () => {
  const around = fc.record({
    isBuffered: fc.boolean(),
    running: fc.integer({ min: 0, max: 3 }),
    before: fc.integer({ min: 0, max: 200 }),
    after: fc.integer({ min: 0, max: 3 }),
  });
  fc.assert(
    fc.property(fc.constantFrom(...overlaps), around, (overlap, around) => {
      const { do: what } = decide(overlap, around);
      if (overlap === "allow") expect(what).toBe("start");
      else if (around.running > 0) expect(what).not.toBe("start");
      if (overlap !== "cancelRunning") expect(what).not.toBe("cancel");
      if (around.running === 0 && around.before === 0 && around.after === 0) expect(what).toBe("start");
    }),
  );
});

test("each rule does with a tick that meets a running execution what it says", () => {
  const meets = { isBuffered: false, running: 1, before: 0, after: 0 };
  const what = (overlap: (typeof overlaps)[number], change = {}) =>
    decide(overlap, { ...meets, ...change }).do;
  expect(what("skip")).toBe("skip");
  expect([what("bufferOne"), what("bufferOne", { before: 1 })]).toEqual(["wait", "skip"]);
  expect([what("bufferAll", { before: 5 }), what("bufferAll", { before: bufferedMost })]).toEqual([
    "wait",
    "skip",
  ]);
  expect(what("bufferAll", { isBuffered: true, running: 0, before: 1 })).toBe("wait");
  expect(what("cancelRunning")).toBe("cancel");
  expect(what("cancelRunning", { isBuffered: true })).toBe("wait");
  expect(what("cancelRunning", { isBuffered: true, after: 1 })).toBe("skip");
  expect(what("allow")).toBe("start");
});

test("what is no time is told in words", () => {
  for (const cron of ["", "* * *", "61 * * * *", "* * * * * * *", "0 0 30 2 *", "a b c d e", "*/0 * * * *"]) {
    expect([cron, cronFault(cron, "Europe/Madrid", start)]).toEqual([cron, expect.any(String)]);
  }
  for (const cron of ["* * * * *", "*/5 * * * * *", "0 9 * * MON-FRI", "0 0 L * *", "@daily"]) {
    expect([cron, cronFault(cron, "Europe/Madrid", start)]).toEqual([cron, null]);
  }
  expect([zoneFault("Europe/Madrid"), zoneFault("Mars/Olympus")]).toEqual([null, expect.any(String)]);
});

test("whatever stands in the place of an expression is a time or is refused in words, and quickly", () => {
  const piece = fc.constantFrom(
    "*",
    "*/5",
    "1-5",
    "0",
    "59",
    "31",
    "2",
    "L",
    "5#3",
    "15W",
    "?",
    ",",
    "-",
    "/",
    "MON",
    "@",
    "+",
    "\u0000",
  );
  const fields = fc.array(
    fc.array(piece, { minLength: 1, maxLength: 3 }).map((all) => all.join("")),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fields.map((all) => all.join(" ")),
        fc.string({ maxLength: 200 }),
      ),
      (cron) => {
        const begun = performance.now();
        const fault = cronFault(cron, "Europe/Madrid", start);
        expect(fault === null || fault.length > 10).toBe(true);
        if (fault === null) {
          expect(nextTick({ kind: "cron", cron, timezone: "Europe/Madrid" }, start)).toBeGreaterThan(start);
        }
        expect(performance.now() - begun).toBeLessThan(5000);
      },
    ),
    { numRuns: 500 },
  );
});

test.each<{ name: string; timing: Timing }>([
  { name: "every second by cron", timing: { kind: "cron", cron: "* * * * * *", timezone: "UTC" } },
  { name: "every second", timing: { kind: "every", everyMs: 1000, anchor: start } },
])(
  "of a month of ticks $name about a thousand are caught up, and the others are missed with the reason",
  ({ timing }) => {
    const month = 30 * 86_400_000;
    const now = start + month;
    const came: number[] = [];
    const missed: NonNullable<ReturnType<typeof dueTicks>["missed"]>[] = [];
    let seen = start;
    for (let looks = 0; looks < 50; looks++) {
      const due = dueTicks(timing, seen, now, 366 * 86_400_000);
      came.push(...due.ticks);
      if (due.missed !== null) {
        missed.push(due.missed);
        expect(due.isCrowded).toBe(true);
      }
      seen = due.seen;
      if (due.next === null || due.next > now) break;
    }
    expect(missed).toHaveLength(1);
    expect(missed[0]?.from).toBe(start + 1000);
    expect(Math.abs(came.length - caughtUpMost)).toBeLessThan(20);
    expect(came.at(-1)).toBe(now);
    expect(came[0]).toBe(now - (came.length - 1) * 1000);
  },
);
