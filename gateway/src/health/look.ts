import type { RunnerView } from "@pulse/schema/wire/runners";
import type { Deps } from "../http/context.ts";
import type { Seen } from "./judge.ts";

/** How long anything is waited for. */
const patienceMs = 5000;

/** What other features know, each asked for one project. */
export interface Known {
  runners(deps: Deps, project: string): Promise<RunnerView[]>;
  /** How many values are sealed under each key. */
  sealedByKey(deps: Deps): Promise<Map<string, number>>;
  /** When the last backup was made here (epoch ms); null: none is known. */
  lastBackup(deps: Deps): Promise<number | null>;
}

/** Looks at everything at once; what does not answer within five seconds is null. */
export async function look(deps: Deps, known: Known, project: string): Promise<Seen> {
  const { ports, hub } = deps;
  const { client } = ports.database;
  const wait = <T>(what: string, work: () => Promise<T>) => within(deps, what, work);
  const timed = (what: string, work: () => Promise<unknown>) => {
    const from = ports.now();
    return wait(what, async () => {
      await work();
      return ports.now() - from;
    });
  };
  const [databaseMs, hubMs, runners, databaseNow, byKey, keys, backupAt] = await Promise.all([
    timed("the database", () => client.execute("SELECT 1")),
    // Nothing is taken: it has to answer, that is all.
    timed("the hub", () => hub.take({ project, takes: [] })),
    wait("runners", () => known.runners(deps, project)),
    wait("the database's clock", async () => {
      const before = ports.now();
      const { rows } = await client.execute("SELECT unixepoch('subsec') * 1000 AS now");
      return Number(rows[0]?.now) - (before + ports.now()) / 2;
    }),
    wait("sealed values", () => known.sealedByKey(deps)),
    wait("master keys", () => ports.masterKeys.known()),
    // A backup is of the database that a gateway has on a disk of its own.
    ports.disk === undefined ? undefined : wait("backups", () => known.lastBackup(deps)),
  ]);
  return {
    databaseMs,
    hubMs,
    runners,
    clockApartMs: databaseNow === null || Number.isNaN(databaseNow) ? null : databaseNow,
    sealed: byKey === null || keys === null ? null : { byKey, known: keys.map(({ id }) => id) },
    disk: ports.disk?.(),
    backupAgeMs: backupAt === undefined || backupAt === null ? backupAt : ports.now() - backupAt,
  };
}

/** What a piece of work answers, or null when it fails or takes too long; the log says which. */
async function within<T>({ ports }: Deps, what: string, work: () => Promise<T>): Promise<T | null> {
  let cancel = (): void => undefined;
  const late = new Promise<never>((_, reject) => {
    cancel = ports.timer(patienceMs, () => reject(new Error(`no answer within ${patienceMs} ms`)));
  });
  try {
    return await Promise.race([work(), late]);
  } catch (error) {
    ports.log.error(`health: ${what} could not be looked at`, error);
    return null;
  } finally {
    cancel();
  }
}
