import { fileURLToPath } from "node:url";
import { type Client, LibsqlError } from "@libsql/client/web";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { refuseOtherSchema } from "../known-schema.ts";

const released = fileURLToPath(new URL("../../../../schema/migrations", import.meta.url));
const table = "__drizzle_migrations";
const looks = 5;

/**
 * Brings a remote database's schema up to date; returns how many migrations it applied. Each is one transaction that begins by
 * writing its own record, so that of two migrators one waits and then finds it done, and one that is killed leaves nothing half done.
 * `beforeFirst` is awaited before it changes a database that has something already. Throws `unavailable` for a database whose schema
 * this version does not know.
 */
export async function migrateRemote(
  client: Client,
  migrationsFolder: string = released,
  beforeFirst?: () => Promise<void>,
): Promise<number> {
  const migrations = readMigrationFiles({ migrationsFolder });
  const known = migrations.map((one) => one.folderMillis);
  await client.execute(
    `CREATE TABLE IF NOT EXISTS ${table} (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)`,
  );
  let applied = 0;
  let failed = 0;
  let isFirst = true;
  for (;;) {
    const { rows } = await client.execute(`SELECT created_at FROM ${table}`);
    const done = rows.map((row) => Number(row.created_at));
    refuseOtherSchema(done, known);
    const newest = Math.max(0, ...done);
    const next = migrations.find((one) => one.folderMillis > newest);
    if (next === undefined) return applied;
    if (isFirst && done.length > 0) await beforeFirst?.();
    isFirst = false;
    // Where another was first, the hash is null, which the table refuses: the whole transaction fails and the loop looks again.
    const record = {
      sql: `INSERT INTO ${table} (hash, created_at) SELECT CASE WHEN coalesce(max(created_at), 0) = ? THEN ? END, ? FROM ${table}`,
      args: [newest, next.hash, next.folderMillis],
    };
    const statements = next.sql.map((sql) => sql.trim()).filter((sql) => sql !== "");
    try {
      await client.batch([record, ...statements], "write");
      applied += 1;
    } catch (error) {
      failed += 1;
      if (!(error instanceof LibsqlError) || failed === looks) throw error;
    }
  }
}
