import { statSync } from "node:fs";
import { join } from "node:path";
import type { Database, Log } from "../../ports.ts";
import { openDatabase } from "./database.ts";
import { DiskReserve, type DiskState } from "./disk-reserve.ts";
import { HighWater } from "./high-water.ts";
import { damaged, isCheckDue, noteCleanEnd, refuseDamage, refuseWeakCommits } from "./integrity.ts";
import { faultOf } from "./steady-client.ts";

const lookEveryMs = 5000;

/** The database of a data folder with everything that watches over it. */
export interface Store {
  database: Database;
  /** What was last seen of the disk. */
  disk(): DiskState;
  /** Looks at the disk, and writes down how far the database has come. It is done every 5 s anyway. */
  look(): Promise<DiskState>;
  close(): Promise<void>;
}

/** How a store is opened. */
export interface StoreOptions {
  /** Room that is kept for when the disk is full; 0: none. */
  reserveBytes: number;
  /** A database that is older than it was is taken as it is. */
  acceptRollback: boolean;
  log: Log;
}

/**
 * Opens the database of a data folder that is locked for this process: whole, durable, migrated, and no older than it was. Throws `unavailable`
 * with what is wrong and what to do.
 */
export async function openStore(dataDir: string, options: StoreOptions): Promise<Store> {
  const { log } = options;
  const reserve = new DiskReserve(dataDir, options.reserveBytes);
  const checkDue = isCheckDue(dataDir);
  const database = await openDatabase(dataDir, {
    watch: {
      makeRoom() {
        const made = reserve.release();
        if (made) log.warn("the disk is full: the reserve is being used up, nothing new is taken");
        return made;
      },
      onDamage: (cause) => log.error("the database is damaged: nothing is written any more", cause),
    },
    async beforeMigration(client) {
      await refuseWeakCommits(client);
      if (!checkDue) return;
      log.info("the database is looked through", { bytes: statSync(join(dataDir, "pulse.db")).size });
      await refuseDamage(client, dataDir);
    },
    onBackup: ({ file, bytes, pending }) =>
      log.info("the database was copied before its migrations", { file, bytes, pending }),
  }).catch((error: unknown) => {
    throw faultOf(error) === "damaged" ? damaged(dataDir, String(error)) : error;
  });
  const { client } = database;
  try {
    const highWater = new HighWater(client, dataDir);
    const wasOlder = await highWater.begin(options.acceptRollback);
    if (wasOlder)
      log.warn("the database is older than it was: what runners hold of the lost time is refused");

    const pageBytes = Number(Object.values((await client.execute("PRAGMA page_size")).rows[0] ?? {})[0]);
    const look = async (): Promise<DiskState> => {
      const { rows } = await client.execute("PRAGMA freelist_count");
      const before = reserve.state;
      const seen = reserve.look(Number(Object.values(rows[0] ?? {})[0]) * pageBytes);
      if (seen.state !== before) log.warn(`the disk of the gateway is ${seen.state}`, { ...seen });
      // A full disk may have no room for the mark; the one that stands is older and still true.
      await highWater.note().catch((error: unknown) => log.error("the mark was not written", error));
      return seen;
    };
    let disk = await look();
    let closed = false;
    const again = () =>
      setTimeout(async () => {
        if (closed) return;
        await look().then(
          (seen) => {
            disk = seen;
          },
          (error: unknown) => log.error("the disk could not be looked at", error),
        );
        timer = again();
      }, lookEveryMs).unref();
    let timer = again();
    return {
      database,
      disk: () => ({ ...disk, state: reserve.state }),
      async look() {
        disk = await look();
        return disk;
      },
      async close() {
        closed = true;
        clearTimeout(timer);
        await highWater.note().catch((error: unknown) => log.error("the last mark was not written", error));
        database.close();
        noteCleanEnd(dataDir);
      },
    };
  } catch (error) {
    database.close();
    throw error;
  }
}
