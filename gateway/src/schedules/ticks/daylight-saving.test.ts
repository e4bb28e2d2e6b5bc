import { CronExpressionParser } from "cron-parser";
import fc from "fast-check";
import { DateTime } from "luxon";
import { expect, test } from "vitest";
import { nextTick, nextTicks } from "./timing.ts";

const hour = 3_600_000;
const zones = [
  "Europe/Madrid",
  "Europe/Berlin",
  "America/New_York",
  "America/Mexico_City",
  "Australia/Lord_Howe",
] as const;
// Mexico has had none since October 2022.
const years = { "America/Mexico_City": [2021, 2022] } as Record<string, number[]>;

/** The hours (epoch ms) at which a zone's offset changes in a year, as the other library says. */
function changesOf(zone: string, year: number): number[] {
  const changes: number[] = [];
  for (let at = Date.UTC(year, 0, 1); at < Date.UTC(year + 1, 0, 1); at += hour) {
    const offset = (ms: number) => DateTime.fromMillis(ms, { zone }).offset;
    if (offset(at) !== offset(at + hour)) changes.push(at);
  }
  return changes;
}

const places = zones.flatMap((zone) =>
  (years[zone] ?? [2025, 2026]).flatMap((year) => changesOf(zone, year).map((change) => ({ zone, change }))),
);

interface Field {
  text: string;
  values: ReadonlySet<number>;
  isFixed: boolean;
}

const field = (most: number): fc.Arbitrary<Field> => {
  const number = fc.integer({ min: 0, max: most });
  const all = Array.from({ length: most + 1 }, (_, i) => i);
  const of = (text: string, values: number[], isFixed: boolean) => ({
    text,
    values: new Set(values),
    isFixed,
  });
  return fc.oneof(
    fc.constant(of("*", all, false)),
    number.map((n) => of(String(n), [n], true)),
    fc.uniqueArray(number, { minLength: 2, maxLength: 4 }).map((list) => of(list.join(","), list, true)),
    fc.integer({ min: 2, max: 20 }).map((step) =>
      of(
        `*/${step}`,
        all.filter((n) => n % step === 0),
        false,
      ),
    ),
    fc.tuple(number, number).map(([a, b]) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      return of(`${from}-${to}`, all.slice(from, to + 1), true);
    }),
  );
};

/** Every tick between two times by the wall clock of the other library: looked for minute by minute. */
function byWallClock(minutes: Field, hours: Field, zone: string, from: number, to: number): number[] {
  const isFixed = minutes.isFixed && hours.isFixed;
  const ticks = new Set<number>();
  const wallOf = (at: number) => {
    const { year, month, day, hour: h, minute } = DateTime.fromMillis(at, { zone });
    return { h, minute, wall: Date.UTC(year, month - 1, day, h, minute) };
  };
  const isWanted = (h: number, minute: number) => hours.values.has(h) && minutes.values.has(minute);
  let furthest = wallOf(from - 60_000).wall;
  for (let at = from; at < to; at += 60_000) {
    const { h, minute, wall } = wallOf(at);
    const isFirst = wall > furthest;
    if (isWanted(h, minute) && (!isFixed || isFirst)) ticks.add(at);
    // A wall clock that jumps leaves minutes out: what was fixed to them is now.
    for (let left = furthest + 60_000; isFixed && left < wall; left += 60_000) {
      const time = new Date(left);
      if (isWanted(time.getUTCHours(), time.getUTCMinutes())) ticks.add(at);
    }
    furthest = Math.max(furthest, wall);
  }
  return [...ticks];
}

test("around every change of the clock, ticks are those of the wall clock of another library", () => {
  expect(places.map(({ zone }) => zone)).toEqual(expect.arrayContaining([...zones]));
  fc.assert(
    fc.property(fc.constantFrom(...places), field(59), field(23), ({ zone, change }, minutes, hours) => {
      const [from, to] = [change - 5 * hour, change + 30 * hour];
      const timing = { kind: "cron" as const, cron: `${minutes.text} ${hours.text} * * *`, timezone: zone };
      const expected = byWallClock(minutes, hours, zone, from, to);
      expect(nextTicks(timing, from - 1, expected.length)).toEqual(expected);
      expect(nextTick(timing, expected.at(-1) ?? from - 1) ?? to).toBeGreaterThanOrEqual(to);
    }),
    { numRuns: 60 },
  );
});

test("away from the changes, ticks are those of another library for cron", () => {
  const days = fc.constantFrom(
    "* * *",
    "1 * *",
    "*/5 * *",
    "* 2 *",
    "* * 1-5",
    "15 */3 *",
    "* * SUN",
    "29 2 *",
  );
  fc.assert(
    fc.property(
      ...([fc.constantFrom(...zones), field(59), field(23), days] as const),
      fc.integer({ min: Date.UTC(2026, 0, 1) / 60_000, max: Date.UTC(2027, 0, 1) / 60_000 }),
      (timezone, { text: minutes }, { text: hours }, rest, at) => {
        const cron = `${minutes} ${hours} ${rest}`;
        const after = at * 60_000;
        const other = CronExpressionParser.parse(cron, { tz: timezone, currentDate: new Date(after) });
        const offset = (ms: number) => DateTime.fromMillis(ms, { zone: timezone }).offset;
        for (const tick of nextTicks({ kind: "cron", cron, timezone }, after, 5)) {
          const isNear = offset(tick - 30 * hour) !== offset(tick + 30 * hour);
          const theirs = other.next().getTime();
          if (isNear || offset(theirs - 30 * hour) !== offset(theirs + 30 * hour)) return;
          expect(tick).toBe(theirs);
        }
      },
    ),
    { numRuns: 120 },
  );
});

const utc = (text: string) => Date.parse(text);
const texts = (ticks: number[]) => ticks.map((at) => new Date(at).toISOString().slice(0, 16));
const ticksFrom = (cron: string, timezone: string, from: string, count: number) =>
  texts(nextTicks({ kind: "cron", cron, timezone }, utc(from), count));

test.each([
  ["Europe/Madrid", "30 2 * * *", "2026-03-28T12:00Z", ["2026-03-29T01:00", "2026-03-30T00:30"]],
  ["Europe/Berlin", "30 2 * * *", "2026-03-28T12:00Z", ["2026-03-29T01:00", "2026-03-30T00:30"]],
  ["America/New_York", "30 2 * * *", "2026-03-07T12:00Z", ["2026-03-08T07:00", "2026-03-09T06:30"]],
  ["America/Mexico_City", "30 2 * * *", "2022-04-02T12:00Z", ["2022-04-03T08:00", "2022-04-04T07:30"]],
  ["Australia/Lord_Howe", "15 2 * * *", "2026-10-03T00:00Z", ["2026-10-03T15:30", "2026-10-04T15:15"]],
])("in %s a time that the spring leaves out is the first moment after the gap", (zone, cron, from, ticks) => {
  expect(ticksFrom(cron, zone, from, 2)).toEqual(ticks);
});

test.each([
  ["Europe/Madrid", "30 2 * * *", "2026-10-24T12:00Z", ["2026-10-25T00:30", "2026-10-26T01:30"]],
  ["Europe/Berlin", "0,30 2 * * *", "2026-10-25T00:10Z", ["2026-10-25T00:30", "2026-10-26T01:00"]],
  ["America/New_York", "30 1 * * *", "2026-10-31T12:00Z", ["2026-11-01T05:30", "2026-11-02T06:30"]],
  ["America/Mexico_City", "30 1 * * *", "2022-10-29T12:00Z", ["2022-10-30T06:30", "2022-10-31T07:30"]],
  ["Australia/Lord_Howe", "45 1 * * *", "2026-04-04T00:00Z", ["2026-04-04T14:45", "2026-04-05T15:15"]],
])("in %s a time that the autumn repeats is one tick, the first", (zone, cron, from, ticks) => {
  expect(ticksFrom(cron, zone, from, 2)).toEqual(ticks);
});

test("what runs every so many minutes runs through both hours of the autumn and knows no gap in the spring", () => {
  expect(ticksFrom("*/30 * * * *", "Europe/Madrid", "2026-10-24T23:59Z", 5)).toEqual(
    ["00:00", "00:30", "01:00", "01:30", "02:00"].map((time) => `2026-10-25T${time}`),
  );
  expect(ticksFrom("*/30 * * * *", "Europe/Madrid", "2026-03-29T00:29Z", 3)).toEqual(
    ["00:30", "01:00", "01:30"].map((time) => `2026-03-29T${time}`),
  );
});
