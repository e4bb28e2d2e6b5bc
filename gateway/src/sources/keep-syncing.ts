import { makeId } from "@pulse/schema/ids";
import type { Deps, PulseApp } from "../http/context.ts";
import { createSourceStore, type SourceRow, type SyncRow } from "./store.ts";

const atOnce = 4;
/** So often one is begun whose process ended each time; one that gets further each time, oftener: a Worker may end a large one many times. */
const runTriesMost = 6;
const slowTriesMost = 60;

/** Puts a sync of a source in line and sees to it that it is begun. Null: the source is gone. */
export async function requestSync(
  app: PulseApp,
  deps: Deps,
  { id: sourceId, project }: SourceRow,
  startedBy: string,
): Promise<SyncRow | null> {
  const { ports } = deps;
  const now = ports.now();
  const row = await createSourceStore(ports.database).enqueue({
    ...{ id: makeId("sync", now, ports.random(10)), project, sourceId, status: "waiting", startedBy },
    ...{ commit: null, steps: null, problem: null, createdAt: now, startedAt: null, endedAt: null },
    ...{ nextAt: now, tries: 0 },
  });
  if (ports.syncWaits !== undefined) ports.syncWaits();
  else ports.background(syncDue(app, deps));
  return row;
}

/**
 * Runs the syncs that are due, of each source one at a time; one whose process is gone is begun again, and does what is left. Returns when the next one
 * is due (epoch ms); null: none is in line.
 */
export async function syncDue(app: PulseApp, deps: Deps): Promise<number | null> {
  const { ports } = deps;
  const store = createSourceStore(ports.database);
  for (;;) {
    const due = await store.due(ports.now(), atOnce);
    if (due.length === 0) return await store.nextAt();
    const { leaseMs, runSync } = await import("./run-sync.ts");
    const works = due.map(async (row) => {
      const now = ports.now();
      const claimed = await store.claim(row, now, now + leaseMs);
      if (claimed === null) return await store.defer(row, now + leaseMs);
      const source = await store.byId(claimed.sourceId);
      if (source === null) return;
      if (claimed.tries > (gotFurther(claimed) ? slowTriesMost : runTriesMost))
        return await giveUp(deps, claimed);
      await runSync(app, deps, source, claimed);
    });
    for (const end of await Promise.allSettled(works)) {
      if (end.status === "rejected") ports.log.error("a sync could not be run", end.reason);
    }
  }
}

/** Whether anything was done when the sync was begun last. */
function gotFurther({ steps }: SyncRow): boolean {
  return steps?.some(({ state }) => state === "done") ?? false;
}

async function giveUp({ ports }: Deps, row: SyncRow): Promise<void> {
  const problem = { code: "internal", detail: `it was begun ${row.tries - 1} times, and never ended` };
  await createSourceStore(ports.database).note(row, { status: "failed", problem, endedAt: ports.now() });
}
