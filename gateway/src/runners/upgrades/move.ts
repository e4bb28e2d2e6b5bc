import { addEntry, newPendingId, ownEntry } from "../../audit/chain.ts";
import type { Deps } from "../../http/context.ts";
import { presenceOf } from "../control.ts";
import { createRunnerStore, type RunnerRow, recordOf } from "../store.ts";
import { createUpgradeStore, type Kept } from "./store.ts";
import type { Upgrade } from "./upgrade.ts";
import { advance, type Presence, type Report, reported, type Step, stopped } from "./waves.ts";

type Needs = Pick<Deps, "ports" | "hub">;

/** So many processes may write at once before one of them gives up. */
const triesMost = 20;

/** What a process changes comes one after the other, for the runners of a large wave all report at once; on Workers no request may wait for another's. */
const lines = new WeakMap<Needs["ports"]["database"], Map<string, Promise<unknown>>>();

async function inLine<T>({ ports }: Needs, project: string, work: () => Promise<T>): Promise<T> {
  if (ports.upgradeBegun === undefined) return await work();
  const line = lines.get(ports.database) ?? new Map<string, Promise<unknown>>();
  lines.set(ports.database, line);
  const mine = (line.get(project) ?? Promise.resolve()).then(work, work);
  line.set(project, mine);
  try {
    return await mine;
  } finally {
    if (line.get(project) === mine) line.delete(project);
  }
}

/** Does what is due of a project's upgrade, and tells the runners whose turn it is. Answers the upgrade as it is then, and when something is due again. */
export function moveUpgrade(
  deps: Needs,
  project: string,
): Promise<{ upgrade: Upgrade; nextAt: number | null } | null> {
  return changed(deps, project, (upgrade) => upgrade);
}

/** Takes down what a runner said of the upgrade `id`, and does what is due then. An upgrade that is not the last one any more is passed over. */
export async function takeReport(deps: Needs, project: string, id: string, report: Report): Promise<void> {
  await changed(deps, project, (upgrade) =>
    upgrade.id === id ? reported(upgrade, report, deps.ports.now()) : upgrade,
  );
}

/** Whether the upgrade `id` is under way, has told this runner to run this archive, and lets it go back to an older version. */
export async function mayDowngrade(
  { ports }: Pick<Needs, "ports">,
  project: string,
  asked: { id: string; runner: string; sha256: string },
): Promise<boolean> {
  const upgrade = (await createUpgradeStore(ports.database).read(project))?.upgrade;
  if (upgrade === undefined || upgrade.id !== asked.id || !upgrade.allowDowngrade) return false;
  const one = upgrade.runners.find(({ id }) => id === asked.runner);
  return one?.state === "told" && one.sha256 === asked.sha256;
}

/** Begins no more waves; null: there never was an upgrade. */
export async function stopUpgrade(deps: Needs, project: string): Promise<Upgrade | null> {
  const end = await changed(deps, project, (upgrade) => stopped(upgrade, deps.ports.now()));
  return end?.upgrade ?? null;
}

type Moved = { upgrade: Upgrade; nextAt: number | null } | null;

function changed(deps: Needs, project: string, change: (upgrade: Upgrade) => Upgrade): Promise<Moved> {
  return inLine(deps, project, () => changeAlone(deps, project, change));
}

async function changeAlone(
  deps: Needs,
  project: string,
  change: (upgrade: Upgrade) => Upgrade,
): Promise<Moved> {
  const store = createUpgradeStore(deps.ports.database);
  for (let tries = 0; tries < triesMost; tries++) {
    const kept = await store.read(project);
    if (kept === null) return null;
    const next = change(kept.upgrade);
    const rows = await rowsOf(deps, project, next);
    const step = advance(next, await presenceOfAll(deps, rows), deps.ports.now());
    const isNews = JSON.stringify(step.upgrade) !== kept.text;
    if (isNews && !(await store.write(project, step.upgrade, kept))) continue;
    if (isNews) await follow(deps, project, kept, step, rows);
    return { upgrade: step.upgrade, nextAt: step.nextAt };
  }
  throw new Error(`the upgrade of runners of ${project} is written by too many at once`);
}

/** The rows of an upgrade's runners, while it moves. */
async function rowsOf({ ports }: Needs, project: string, upgrade: Upgrade): Promise<RunnerRow[]> {
  if (upgrade.state !== "running") return [];
  const ids = upgrade.runners.flatMap(({ id, wave }) => (wave === null ? [] : id));
  const rows = await createRunnerStore(ports.database).byIds(ids);
  return rows.filter((row) => row.project === project);
}

async function presenceOfAll({ ports, hub }: Needs, rows: readonly RunnerRow[]): Promise<Presence> {
  if (rows.length === 0) return new Map();
  const live = await hub.runnersLive({ ids: rows.map(({ id }) => id) });
  const seenAt = new Map(live.map((one) => [one.id, one.lastSeenAt]));
  return new Map(
    rows.map(({ id, lastSeenAt }) => {
      const seen = Math.max(seenAt.get(id) ?? 0, lastSeenAt ?? 0);
      return [id, presenceOf(seen === 0 ? null : ports.now() - seen)];
    }),
  );
}

/** Tells runners and the audit what was written. What gets lost of it is said again. */
async function follow(
  { ports, hub }: Needs,
  project: string,
  { upgrade: before }: Kept,
  { upgrade, tell }: Step,
  rows: readonly RunnerRow[],
): Promise<void> {
  const command = { id: upgrade.id, type: "update" as const };
  for (const row of rows) {
    if (!tell.includes(row.id)) continue;
    ports.background(hub.runnerChanged({ id: row.id, record: recordOf(row), command }));
  }
  if (before.state !== "running" || upgrade.state === "running") return;
  const count = (state: string) => upgrade.runners.filter((one) => one.state === state).length;
  const details = {
    ...{ id: upgrade.id, state: upgrade.state, why: upgrade.why, wave: upgrade.wave, waves: upgrade.waves },
    ...{ upgraded: count("upgraded"), failed: count("failed"), waiting: count("waiting") },
  };
  const entry = {
    ...ownEntry(project, ports.now(), "runner.upgrade_end", details),
    outcome: upgrade.state === "failed" ? ("failed" as const) : ("done" as const),
  };
  await addEntry(ports, newPendingId(ports), entry);
}
