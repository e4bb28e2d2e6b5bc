import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "./database.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-database-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Opens the file, notes a migration in it that this version does not have, and closes it. */
async function noteMigration(at: number): Promise<void> {
  const { client, close } = await openDatabase(folder);
  await client.execute({
    sql: "INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('x', ?)",
    args: [at],
  });
  close();
}

test("a commit is on the disk when it is answered", async () => {
  const { client, close } = await openDatabase(folder);
  const pragma = async (name: string) =>
    Object.values((await client.execute(`PRAGMA ${name}`)).rows[0] ?? {});
  expect([await pragma("journal_mode"), await pragma("synchronous")]).toEqual([["wal"], [2]]);
  close();
});

test("a file that was opened before keeps its rows", async () => {
  const first = await openDatabase(folder);
  await first.client.execute("INSERT INTO facts (name, value) VALUES ('colour', 'blue')");
  first.close();
  const second = await openDatabase(folder);
  expect((await second.client.execute("SELECT value FROM facts WHERE name = 'colour'")).rows).toHaveLength(1);
  second.close();
});

test("a file of a newer version is refused, in words that say what to do", async () => {
  await noteMigration(9_999_999_999_999);
  await expect(openDatabase(folder)).rejects.toThrow(/newer version of Pulse; update this one/);
});

test("a file of a version that was never released is refused instead of migrated half", async () => {
  await noteMigration(1);
  await expect(openDatabase(folder)).rejects.toThrow(
    /never released; open it with that one, or move it away/,
  );
});
