import { expect, test } from "vitest";
import { judge, type Seen } from "./judge.ts";

const runner = { name: "local", status: "online", state: "active", version: "1.0.0" } as const;
const well: Seen = {
  databaseMs: 1,
  hubMs: 2,
  runners: [runner],
  clockApartMs: -200,
  sealed: { byKey: new Map([["mk_a", 3]]), known: ["mk_a"] },
  disk: "ok",
  backupAgeMs: 3_600_000,
};
const day = 86_400_000;

test("of what is well every check says so", () => {
  expect(judge(well, "1.0.0")).toEqual([
    { code: "database_answers", values: { ms: 1 } },
    { code: "hub_answers", values: { ms: 2 } },
    { code: "runners_online", values: { online: 1, all: 1 } },
    { code: "versions_same", values: { version: "1.0.0" } },
    { code: "clock_in_step", values: { seconds: 1 } },
    { code: "secrets_open", values: { count: 3 } },
    { code: "disk_room", values: {} },
    { code: "backup_recent", values: { hours: 1 } },
  ]);
});

const away = { ...runner, name: "pi", status: "offline" } as const;
const seven = Array.from({ length: 7 }, (_, at) => ({ ...away, name: `pi-${at}` }));
const cases: readonly [string, Partial<Seen>, object][] = [
  ["a silent database", { databaseMs: null }, { code: "database_silent" }],
  ["a slow database", { databaseMs: 900 }, { code: "database_slow", values: { ms: 900 } }],
  ["a silent hub", { hubMs: null }, { code: "hub_silent" }],
  ["runners that nobody could ask about", { runners: null }, { code: "runners_unknown" }],
  ["no runner", { runners: [] }, { code: "runners_none" }],
  ["a runner that is away", { runners: [away] }, { code: "runners_offline", values: { all: 1 } }],
  ["drained runners", { runners: [{ ...runner, state: "draining" }] }, { code: "runners_drained" }],
  [
    "some that are away, of many a few by name",
    { runners: [runner, ...seven] },
    {
      code: "runners_some_away",
      values: { online: 1, all: 8, names: "pi-0, pi-1, pi-2, pi-3, pi-4, +2" },
    },
  ],
  [
    "another version",
    { runners: [{ ...runner, version: "0.9.0" }] },
    { code: "versions_differ", values: { version: "1.0.0", names: "local (0.9.0)" } },
  ],
  ["clocks that are apart", { clockApartMs: -6500 }, { code: "clock_apart", values: { seconds: 7 } }],
  [
    "a key that is missing",
    { sealed: { byKey: new Map([["mk_b", 2]]), known: ["mk_a"] } },
    { code: "secrets_closed", values: { count: 2, keys: "mk_b" } },
  ],
  ["a disk that is nearly full", { disk: "low" }, { code: "disk_low" }],
  ["a full disk", { disk: "spent" }, { code: "disk_spent" }],
  ["an old backup", { backupAgeMs: 9.5 * day }, { code: "backup_old", values: { days: 9 } }],
  ["no backup", { backupAgeMs: null }, { code: "backup_never" }],
];
test.each(cases)("%s", (_, change, finding) => {
  expect(judge({ ...well, ...change }, "1.0.0")).toContainEqual(expect.objectContaining(finding));
});

test("what a platform does not have, and what could not be known, is left out", () => {
  const seen = { ...well, disk: undefined, backupAgeMs: undefined, clockApartMs: null, sealed: null };
  expect(judge({ ...seen, runners: [away] }, "1.0.0").map(({ code }) => code)).toEqual([
    "database_answers",
    "hub_answers",
    "runners_offline",
  ]);
});
