import type { HealthFinding } from "@pulse/schema/health-words";
import type { RunnerView } from "@pulse/schema/wire/runners";

/** What was seen of the gateway and of a project; null: it did not answer. */
export interface Seen {
  databaseMs: number | null;
  hubMs: number | null;
  runners: readonly Pick<RunnerView, "name" | "status" | "state" | "version">[] | null;
  /** The database's clock less the gateway's, milliseconds; null: not known. */
  clockApartMs: number | null;
  /** How many values are sealed under each key, and the keys that the gateway has; null: not known. */
  sealed: { byKey: ReadonlyMap<string, number>; known: readonly string[] } | null;
  /** Absent: the platform has no disk of its own. */
  disk: "ok" | "low" | "spent" | undefined;
  /** Age of the last backup, milliseconds; null: there is none; absent: backups are not made here. */
  backupAgeMs: number | null | undefined;
}

const slowMs = 500;
const mostApartMs = 5000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const oldBackupMs = 2 * dayMs;
const namedMost = 5;

/** What is to be said about what was seen, one finding for each check. `version` is the gateway's. */
export function judge(seen: Seen, version: string): HealthFinding[] {
  return [
    timed("database", seen.databaseMs),
    timed("hub", seen.hubMs),
    ofRunners(seen.runners),
    ...ofVersions(seen.runners, version),
    ...ofClock(seen.clockApartMs),
    ...ofSealed(seen.sealed),
    ...(seen.disk === undefined ? [] : [ofDisk(seen.disk)]),
    ...(seen.backupAgeMs === undefined ? [] : [ofBackup(seen.backupAgeMs)]),
  ];
}

function timed(what: "database" | "hub", ms: number | null): HealthFinding {
  if (ms === null) return { code: `${what}_silent`, values: {} };
  return { code: `${what}_${ms > slowMs ? "slow" : "answers"}`, values: { ms } };
}

function ofRunners(runners: Seen["runners"]): HealthFinding {
  if (runners === null) return { code: "runners_unknown", values: {} };
  const online = runners.filter(({ status }) => status === "online");
  const counts = { online: online.length, all: runners.length };
  if (runners.length === 0) return { code: "runners_none", values: {} };
  if (online.length === 0) return { code: "runners_offline", values: { all: counts.all } };
  if (online.every(({ state }) => state !== "active")) return { code: "runners_drained", values: counts };
  const away = runners.filter(({ status }) => status !== "online").map(({ name }) => name);
  if (away.length > 0) return { code: "runners_some_away", values: { ...counts, names: listed(away) } };
  return { code: "runners_online", values: counts };
}

function ofVersions(runners: Seen["runners"], version: string): HealthFinding[] {
  const told = (runners ?? []).filter((one) => one.status === "online" && one.version !== null);
  if (told.length === 0) return [];
  const others = told.filter((one) => one.version !== version);
  if (others.length === 0) return [{ code: "versions_same", values: { version } }];
  const names = listed(others.map((one) => `${one.name} (${one.version})`));
  return [{ code: "versions_differ", values: { version, names } }];
}

function ofClock(apartMs: number | null): HealthFinding[] {
  if (apartMs === null) return [];
  const seconds = Math.ceil(Math.abs(apartMs) / 1000);
  return [{ code: Math.abs(apartMs) > mostApartMs ? "clock_apart" : "clock_in_step", values: { seconds } }];
}

function ofSealed(sealed: Seen["sealed"]): HealthFinding[] {
  if (sealed === null) return [];
  const sum = (entries: readonly (readonly [string, number])[]) =>
    entries.reduce((all, [, count]) => all + count, 0);
  const closed = [...sealed.byKey].filter(([key]) => !sealed.known.includes(key));
  if (closed.length === 0) return [{ code: "secrets_open", values: { count: sum([...sealed.byKey]) } }];
  const keys = listed(closed.map(([key]) => key));
  return [{ code: "secrets_closed", values: { count: sum(closed), keys } }];
}

function ofDisk(disk: "ok" | "low" | "spent"): HealthFinding {
  return { code: disk === "ok" ? "disk_room" : `disk_${disk}`, values: {} };
}

function ofBackup(ageMs: number | null): HealthFinding {
  if (ageMs === null) return { code: "backup_never", values: {} };
  if (ageMs > oldBackupMs) return { code: "backup_old", values: { days: Math.floor(ageMs / dayMs) } };
  return { code: "backup_recent", values: { hours: Math.floor(ageMs / hourMs) } };
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, namedMost).join(", ");
  return names.length > namedMost ? `${shown}, +${names.length - namedMost}` : shown;
}
