import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient } from "@libsql/client";
import { ProblemError } from "@pulse/schema/problem";
import { drizzle } from "drizzle-orm/libsql";
import { migrate } from "drizzle-orm/libsql/migrator";
import type { Database } from "../../ports.ts";

const migrationsFolder = fileURLToPath(new URL("../../../../schema/migrations", import.meta.url));

/** Opens the libSQL file with full durability (WAL, synchronous=FULL) and brings its schema up to date. Throws `unavailable` for a newer schema. */
export async function openDatabase(dataDir: string): Promise<Database & { close(): void }> {
  // Pragmas reach one connection only, so there is only one.
  const client = createClient({ url: `file:${join(dataDir, "pulse.db")}`, concurrency: 1 });
  try {
    await client.execute("PRAGMA journal_mode = WAL");
    await client.execute("PRAGMA synchronous = FULL");
    await client.execute("PRAGMA busy_timeout = 5000");
    const orm = drizzle(client, { casing: "snake_case" });
    await refuseNewer(client);
    await migrate(orm, { migrationsFolder });
    return { client, orm, close: () => client.close() };
  } catch (error) {
    client.close();
    throw error;
  }
}

async function refuseNewer(client: Database["client"]): Promise<void> {
  const known = await client.execute("SELECT 1 FROM sqlite_master WHERE name = '__drizzle_migrations'");
  if (known.rows.length === 0) return;
  const { rows } = await client.execute("SELECT max(created_at) AS newest FROM __drizzle_migrations");
  const journal = JSON.parse(readFileSync(join(migrationsFolder, "meta/_journal.json"), "utf8")) as {
    entries: { when: number }[];
  };
  const ours = Math.max(0, ...journal.entries.map((entry) => entry.when));
  if (Number(rows[0]?.newest ?? 0) > ours) {
    throw new ProblemError(
      "unavailable",
      "the database was written by a newer version of Pulse; update this one to open it",
    );
  }
}
