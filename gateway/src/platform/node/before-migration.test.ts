import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Engine from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { backUpBeforeMigration, type MadeBackup } from "./before-migration.ts";
import { migrationsFolder, openDatabase, unwatched } from "./database.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-before-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The migrations of this version and one more, which adds a table. */
function oneMore(): string {
  const place = join(folder, "migrations");
  cpSync(migrationsFolder, place, { recursive: true });
  const path = join(place, "meta/_journal.json");
  const journal = JSON.parse(readFileSync(path, "utf8"));
  const last = journal.entries.at(-1);
  journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag: "0999_next" });
  writeFileSync(path, JSON.stringify(journal));
  writeFileSync(join(place, "0999_next.sql"), "CREATE TABLE added (id text PRIMARY KEY);");
  return place;
}

const tablesOf = (path: string) => {
  const connection = new Engine(path);
  const rows = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as {
    name: string;
  }[];
  connection.close();
  return rows.map(({ name }) => name);
};

test("a database that has something is copied before it is migrated, and only then", async () => {
  const made: MadeBackup[] = [];
  const onBackup = (one: MadeBackup) => void made.push(one);
  const dataDir = join(folder, "data");
  mkdirSync(dataDir);
  (await openDatabase(dataDir, { ...unwatched, onBackup })).close();
  (await openDatabase(dataDir, { ...unwatched, onBackup })).close();
  expect(made).toEqual([]);

  (await openDatabase(dataDir, { ...unwatched, onBackup, migrations: oneMore() })).close();
  const [backup] = made;
  expect(backup).toMatchObject({ pending: 1 });
  expect(tablesOf(join(dataDir, "pulse.db"))).toContain("added");
  const before = tablesOf(backup?.file ?? "");
  expect(before).toContain("executions");
  expect(before).not.toContain("added");
  expect(statSync(backup?.file ?? "").mode & 0o777).toBe(0o600);

  // And the version before says in words why it does not open it.
  await expect(openDatabase(dataDir)).rejects.toThrow(/written by a newer version of Pulse; update this one/);
});

test("without room for the copy nothing is changed", async () => {
  (await openDatabase(folder)).close();
  const before = readFileSync(join(folder, "pulse.db"));
  await expect(backUpBeforeMigration(folder, 2, () => 1000)).rejects.toThrow(
    /no room for the backup before it: \d+ MiB must be free, 1 MiB are/,
  );
  expect(readFileSync(join(folder, "pulse.db")).equals(before)).toBe(true);
  expect(readdirSync(join(folder, "backups"))).toEqual([]);
});

test("the newest three are kept, what others put there stays, and what a broken try left goes", async () => {
  (await openDatabase(folder)).close();
  const backups = join(folder, "backups");
  mkdirSync(backups);
  for (const day of ["01", "02", "03", "04"])
    writeFileSync(join(backups, `before-migration-202001${day}T000000Z.db`), "old");
  writeFileSync(join(backups, "before-migration-20200105T000000Z.db.tmp"), "half");
  writeFileSync(join(backups, "mine.db"), "mine");
  const { file } = await backUpBeforeMigration(folder, 1);
  expect(readdirSync(backups).sort()).toEqual(
    [
      ...["before-migration-20200103T000000Z.db", "before-migration-20200104T000000Z.db"],
      ...[file.slice(backups.length + 1), "mine.db"],
    ].sort(),
  );
});
