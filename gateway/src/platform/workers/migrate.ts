import { fileURLToPath } from "node:url";
import { type Client, createClient, LibsqlError } from "@libsql/client/web";
import { ProblemError } from "@pulse/schema/problem";
import { readMigrationFiles } from "drizzle-orm/migrator";

const migrationsFolder = fileURLToPath(new URL("../../../../schema/migrations", import.meta.url));
const table = "__drizzle_migrations";
const looks = 5;

/**
 * Brings a remote database's schema up to date; returns how many migrations it applied. Each is one transaction that begins by
 * writing its own record, so that of two migrators one waits and then finds it done, and one that is killed leaves nothing half done.
 * Throws `unavailable` for a database that a newer version wrote.
 */
export async function migrateRemote(client: Client): Promise<number> {
  await client.execute(
    `CREATE TABLE IF NOT EXISTS ${table} (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)`,
  );
  const migrations = readMigrationFiles({ migrationsFolder });
  let applied = 0;
  let failed = 0;
  for (;;) {
    const { rows } = await client.execute(`SELECT max(created_at) AS newest FROM ${table}`);
    const newest = Number(rows[0]?.newest ?? 0);
    const ours = Math.max(0, ...migrations.map((one) => one.folderMillis));
    if (newest > ours) {
      const detail = "the database was written by a newer version of Pulse; update this one to use it";
      throw new ProblemError("unavailable", detail);
    }
    const next = migrations.find((one) => one.folderMillis > newest);
    if (next === undefined) return applied;
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

/** `pulse migrate` for a remote database: `PULSE_DATABASE_URL`, and `PULSE_DATABASE_TOKEN` where it asks for one. */
async function main(): Promise<void> {
  const url = process.env.PULSE_DATABASE_URL;
  if (url === undefined) throw new ProblemError("validation_failed", "PULSE_DATABASE_URL is missing");
  const authToken = process.env.PULSE_DATABASE_TOKEN;
  const client = createClient({ url, ...(authToken === undefined ? {} : { authToken }) });
  const applied = await migrateRemote(client);
  process.stdout.write(`the database is up to date (${applied} applied now)\n`);
}

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) {
  await main().catch((error: unknown) => {
    process.stderr.write(`✗ ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
