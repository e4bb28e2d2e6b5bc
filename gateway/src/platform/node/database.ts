import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/libsql";
import { migrate } from "drizzle-orm/libsql/migrator";
import { readMigrationFiles } from "drizzle-orm/migrator";
import type { Database } from "../../ports.ts";
import { refuseOtherSchema } from "../known-schema.ts";
import { FileClient } from "./file-client.ts";
import { SteadyClient, type StoreWatch } from "./steady-client.ts";

/** The migrations that this version brings. */
export const migrationsFolder = fileURLToPath(new URL("../../../../schema/migrations", import.meta.url));

const pragmas = ["journal_mode = WAL", "synchronous = FULL", "busy_timeout = 0"];

/** Who is told of faults, and what is looked at before anything is changed. */
export interface OpenOptions {
  watch: StoreWatch;
  beforeMigration(client: Database["client"]): Promise<void>;
}

const unwatched: OpenOptions = {
  watch: { makeRoom: () => false, onDamage: () => undefined },
  beforeMigration: async () => undefined,
};

/** Opens the libSQL file with full durability (WAL, synchronous=FULL) and brings its schema up to date. Throws `unavailable` for a schema that this version does not know. */
export async function openDatabase(
  dataDir: string,
  { watch, beforeMigration }: OpenOptions = unwatched,
): Promise<Database & { close(): void }> {
  const client = new SteadyClient(new FileClient(join(dataDir, "pulse.db"), pragmas), watch);
  try {
    await beforeMigration(client);
    const orm = drizzle(client, { casing: "snake_case" });
    await checkSchema(client);
    await migrate(orm, { migrationsFolder });
    return { client, orm, close: () => client.close() };
  } catch (error) {
    client.close();
    throw error;
  }
}

/** Throws `unavailable` for a database whose schema this version does not know. */
export async function checkSchema(client: Database["client"]): Promise<void> {
  const migrated = await client.execute("SELECT 1 FROM sqlite_master WHERE name = '__drizzle_migrations'");
  if (migrated.rows.length === 0) return;
  const { rows } = await client.execute("SELECT created_at FROM __drizzle_migrations");
  const known = readMigrationFiles({ migrationsFolder }).map((one) => one.folderMillis);
  refuseOtherSchema(
    rows.map((row) => Number(row.created_at)),
    known,
  );
}
