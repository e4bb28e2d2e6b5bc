import { terminalStatuses } from "@pulse/schema/status";
import { quietHours } from "@pulse/schema/wire/channel-rules";
import fc from "fast-check";
import { expect, test } from "vitest";
import { faultsOf, filledIn, matches } from "./matches.ts";
import { quietUntil } from "./quiet.ts";
import { sendAt } from "./send-at.ts";
import { afterEnd, afterLook, calm, endKindOf, type Streak, type Watched } from "./streak.ts";

const told = (ends: string, times: number) => {
  let streak: Streak = calm;
  return [...ends].map((end) => {
    const after = afterEnd(streak, end === "+" ? "good" : end === "-" ? "bad" : "neither", times);
    streak = after.streak;
    return after.tells?.charAt(0) ?? ".";
  });
};

test.each([
  ["--+-+", 1, "ffrfr"],
  ["--+---+", 3, ".....fr"],
  ["-------+", 3, "..f..f.r"],
  ["-c-c-", 3, "....f"],
  ["++++", 1, "...."],
  ["-c+", 1, "f.r"],
])("of the ends %s, with %i in a row, is told %s", (ends, times, expected) => {
  expect(told(ends, times).join("")).toBe(expected);
});

test("whatever happens, a recovery follows a failure that was told, and no two without one in between", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("+", "-", "c")), fc.integer({ min: 1, max: 5 }), (ends, times) => {
      const said = told(ends.join(""), times).filter((one) => one !== ".");
      for (const [i, one] of said.entries()) if (one === "r") expect(said[i - 1]).toBe("f");
      expect(said[0]).not.toBe("r");
      expect(said.filter((one) => one === "f").length).toBeLessThanOrEqual(
        ends.filter((one) => one === "-").length / times,
      );
    }),
  );
});

test("every end of an execution is good, bad, or says nothing of the code", () => {
  expect(terminalStatuses.map(endKindOf)).toEqual(["good", "bad", "bad", "neither", "bad", "bad", "neither"]);
});

test("a runner is told of once when it is surely gone and once when it is back, and not when nobody had seen it", () => {
  const looks = (away: readonly boolean[], everyMs: number) => {
    let watched: Watched | null = null;
    return away.map((one, i) => {
      const after = afterLook(watched, one, i * everyMs);
      watched = after.watched;
      return after.tells;
    });
  };
  expect(looks([true, true, false, true, true, true, false, false], 90_000)).toEqual([
    ...[null, null, null, null, "runner-offline", null, "runner-online", null],
  ]);
  expect(looks([false, true, true, false], 60_000)).toEqual([null, null, null, null]);
  fc.assert(
    fc.property(fc.array(fc.boolean()), fc.integer({ min: 1, max: 200_000 }), (away, everyMs) => {
      const said = looks(away, everyMs).filter((one) => one !== null);
      said.forEach((one, i) => {
        expect(one).toBe(i % 2 === 0 ? "runner-offline" : "runner-online");
      });
    }),
  );
});

const madrid = { from: "22:00", to: "07:00", timezone: "Europe/Madrid" };
test.each([
  [madrid, "2026-11-21T20:59:59Z", null],
  [madrid, "2026-11-21T21:00:00Z", "2026-11-22T06:00:00.000Z"],
  [madrid, "2026-11-22T05:59:59Z", "2026-11-22T06:00:00.000Z"],
  [madrid, "2026-11-22T06:00:00Z", null],
  // The night in which an hour is left out, and the one that has one more.
  [madrid, "2026-03-28T22:00:00Z", "2026-03-29T05:00:00.000Z"],
  [madrid, "2026-10-24T22:00:00Z", "2026-10-25T06:00:00.000Z"],
  [
    { from: "01:00", to: "02:30", timezone: "Europe/Madrid" },
    "2026-03-29T00:30:00Z",
    "2026-03-29T01:00:00.000Z",
  ],
  [
    { from: "12:00", to: "13:00", timezone: "Asia/Kathmandu" },
    "2026-11-21T06:20:00Z",
    "2026-11-21T07:15:00.000Z",
  ],
  [
    { from: "00:00", to: "03:00", timezone: "Australia/Lord_Howe" },
    "2026-10-03T15:00:00Z",
    "2026-10-03T16:00:00.000Z",
  ],
])("quiet hours %j hold what comes at %s until %s", (quiet, at, until) => {
  const end = quietUntil(quiet, Date.parse(at));
  expect(end === null ? null : new Date(end).toISOString()).toBe(until);
});

const zones = [
  "Europe/Madrid",
  "America/New_York",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "America/Mexico_City",
  "UTC",
];
test("quiet hours end later than now, in loud time, within a day, and are quiet up to there", () => {
  const clock = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map(([hour, minute]) => `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`);
  const year = Date.UTC(2026, 0, 1);
  const quiet = fc
    .record({ from: clock, to: clock, timezone: fc.constantFrom(...zones) })
    .filter(({ from, to }) => from !== to);
  fc.assert(
    fc.property(quiet, fc.integer({ min: year, max: year + 366 * 86_400_000 }), (hours, at) => {
      const end = quietUntil(quietHours.parse(hours), at);
      if (end === null) return;
      expect(end).toBeGreaterThan(at);
      expect(end - at).toBeLessThanOrEqual(25 * 3_600_000);
      expect(quietUntil(hours, end)).toBeNull();
      expect(quietUntil(hours, end - 1)).toBe(end);
    }),
    { numRuns: 300 },
  );
});

test("a digest waits for its end, and one that would end in quiet hours for theirs", () => {
  const at = Date.parse("2026-11-21T20:30:00Z");
  expect(sendAt({ digestMs: null, quiet: null }, at)).toEqual({ at, isGathered: false });
  expect(sendAt({ digestMs: 600_000, quiet: madrid }, at)).toEqual({ at: at + 600_000, isGathered: true });
  const morning = Date.parse("2026-11-22T06:00:00Z");
  expect(sendAt({ digestMs: 3_600_000, quiet: madrid }, at)).toEqual({ at: morning, isGathered: true });
  expect(sendAt({ digestMs: null, quiet: madrid }, at + 3_600_000)).toEqual({
    at: morning,
    isGathered: true,
  });
});

test("time zones are names and hours are times of the day", () => {
  const fine = (quiet: object) => quietHours.safeParse(quiet).success;
  expect(
    [madrid, { ...madrid, timezone: "+02:00" }, { ...madrid, timezone: "Nowhere/Here" }].map(fine),
  ).toEqual([...[true, false, false]]);
  expect(
    [
      { ...madrid, from: "24:00" },
      { ...madrid, from: "07:00" },
    ].map(fine),
  ).toEqual([false, false]);
});

const seen = {
  ...{ event: "failed", title: "t", text: "x", project: "default" },
  ...{
    execution: { name: "nightly", status: "timed_out" },
    prompt: null,
    runner: null,
    deploy: null,
    quota: null,
    split: null,
  },
};

test("a filter lets through what it is true for, and what it cannot decide", () => {
  const fits = (filter: string | null) => matches(filter, seen, 0);
  expect(fits(null)).toEqual({ matches: true, fault: null });
  expect(fits("execution.name === 'nightly'").matches).toBe(true);
  expect(fits("execution.name === 'other'").matches).toBe(false);
  expect(fits("runner.name === 'web-01'")).toEqual({ matches: true, fault: expect.stringContaining("null") });
});

test("a template is filled in from what happened, or says why it could not be", () => {
  const open = "$" + "{{ ";
  expect(filledIn(`${open}execution.name }} is late`, seen, 0)).toEqual({
    text: "nightly is late",
    fault: null,
  });
  expect(filledIn(`${open}execution }}`, seen, 0).text).toBe('{"name":"nightly","status":"timed_out"}');
  expect(filledIn(`a ${open}runner.name }}`, seen, 0)).toMatchObject({ text: null });
  expect(
    faultsOf("1 +", { title: `${open}unknownThing }}`, text: "fine" }).map(({ pointer }) => pointer),
  ).toEqual(["/filter", "/template/title"]);
});
