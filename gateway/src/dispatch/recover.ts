import { poolKey, type Session } from "./fleet.ts";
import { type Floor, letGo, noteExpiry, take } from "./floor.ts";
import type { Held } from "./held.ts";
import type { Directory } from "./sessions.ts";

/**
 * Reads from the rows what runners hold and what is queued, and takes up what this hub does not know: all of it when the last hub has ended, what
 * a write without an answer left behind later.
 */
export async function recover(floor: Floor, directory: Directory): Promise<void> {
  const { store, fleet, backlog, ports } = floor;
  const known = new Set(floor.holders.keys());
  const rows = await store.heldRows();
  // What was claimed in the same turn is in its runner's hands before this looks.
  await new Promise<void>((resolve) => ports.soon(resolve));
  for (const { runner, held } of rows) {
    // What was held before or is now goes its own way, unless that is an older hand-out; what ended meanwhile was read too early.
    const mine = floor.holders.get(held.id)?.held.get(held.id);
    if (mine === undefined ? known.has(held.id) : mine.fence >= held.fence) continue;
    if (mine !== undefined) letGo(floor, mine);
    if (floor.settled.get(held.id) === held.fence) continue;
    const session = fleet.get(runner) ?? (await reopen(floor, directory, runner, held));
    take(floor, session, held);
    held.offeredAt = 0;
    held.unlistedSince = ports.now();
    if (held.startedBy !== null) held.startedBy = session.record.instanceId ?? runner;
    // The first sync may have been written before the job came; the second tells, so it shall come soon.
    session.recovered = 2;
    session.parked?.answer({ serverTimeMs: ports.now(), jobs: [], cancel: [], commands: [] });
  }
  const now = ports.now();
  for (const row of await store.backlog(now)) {
    backlog.note(poolKey(row.project, row.pool), row, row.runAt, now);
    if (row.nextAt !== null) backlog.note(poolKey(row.project, row.pool), row, row.nextAt, now);
    if (row.expiresAt !== null) noteExpiry(floor, row.expiresAt);
  }
  floor.wakeAt(now);
}

/** A runner that held work: its session from the row, or an empty one whose work is lost when the boot grace is over. */
async function reopen(floor: Floor, directory: Directory, runner: string, held: Held): Promise<Session> {
  const record = await directory.loadRunner(runner);
  const gone = {
    id: runner,
    project: held.project,
    name: runner,
    pool: held.pool,
    labels: {},
    epoch: 0,
    instanceId: null,
  };
  const empty = {
    arch: "",
    runtimes: [],
    capabilities: [],
    slots: 0,
    state: "maintenance" as const,
    preparing: null,
  };
  return floor.fleet.open(record ?? { ...gone, ...empty }, floor.ports.now());
}
