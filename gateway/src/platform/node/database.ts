import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/libsql";
import { migrate } from "drizzle-orm/libsql/migrator";
import { readMigrationFiles } from "drizzle-orm/migrator";
import type { Database } from "../../ports.ts";
import { refuseOtherSchema } from "../known-schema.ts";
import { backUpBeforeMigration, type MadeBackup } from "./before-migration.ts";
import { FileClient } from "./file-client.ts";
import { SteadyClient, type StoreWatch } from "./steady-client.ts";

/** The migrations that this version brings. */
export const migrationsFolder = fileURLToPath(new URL("../../../../schema/migrations", import.meta.url));

const pragmas = ["journal_mode = WAL", "synchronous = FULL", "busy_timeout = 0"];

/** Who is told of faults, and what is looked at before anything is changed. */
export interface OpenOptions {
  watch: StoreWatch;
  beforeMigration(client: Database["client"]): Promise<void>;
  /** Hears of the copy that was made before a database that has something is migrated. */
  onBackup?: (made: MadeBackup) => void;
  /** Where the migrations are; absent: those that this version brings. */
  migrations?: string;
}

/** Nobody is told. */
export const unwatched: OpenOptions = {
  watch: { makeRoom: () => false, onDamage: () => undefined },
  beforeMigration: async () => undefined,
};

/**
 * Opens the libSQL file with full durability (WAL, synchronous=FULL) and brings its schema up to date, with a copy of it before. Throws `unavailable` for a schema
 * that this version does not know, and where there is no room for the copy.
 */
export async function openDatabase(
  dataDir: string,
  { watch, beforeMigration, onBackup, migrations = migrationsFolder }: OpenOptions = unwatched,
): Promise<Database & { close(): void }> {
  const client = new SteadyClient(new FileClient(join(dataDir, "pulse.db"), pragmas), watch);
  try {
    await beforeMigration(client);
    const orm = drizzle(client, { casing: "snake_case" });
    const { applied, pending } = await checkSchema(client, migrations);
    if (applied > 0 && pending > 0) onBackup?.(await backUpBeforeMigration(dataDir, pending));
    await migrate(orm, { migrationsFolder: migrations });
    return { client, orm, close: () => client.close() };
  } catch (error) {
    client.close();
    throw error;
  }
}

/** How many migrations a database has had, and how many it has not had yet. Throws `unavailable` for one whose schema this version does not know. */
export async function checkSchema(
  client: Database["client"],
  migrations: string = migrationsFolder,
): Promise<{ applied: number; pending: number }> {
  const known = readMigrationFiles({ migrationsFolder: migrations }).map((one) => one.folderMillis);
  const migrated = await client.execute("SELECT 1 FROM sqlite_master WHERE name = '__drizzle_migrations'");
  if (migrated.rows.length === 0) return { applied: 0, pending: known.length };
  const { rows } = await client.execute("SELECT created_at FROM __drizzle_migrations");
  const applied = rows.map((row) => Number(row.created_at));
  refuseOtherSchema(applied, known);
  return { applied: applied.length, pending: known.filter((one) => !applied.includes(one)).length };
}
