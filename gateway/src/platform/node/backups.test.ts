import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lastBackup } from "../../audit/last-backup.ts";
import type { Database, Log } from "../../ports.ts";
import { verifyBackup } from "./backup.ts";
import { FolderBackups } from "./backups.ts";
import { openDatabase } from "./database.ts";

let folder: string;
let database: Database & { close(): void };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pulse-backups-"));
  database = await openDatabase(folder);
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true, force: true });
});

const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const over = async (backups: FolderBackups) => {
  while ((await backups.running()) !== null) await new Promise(setImmediate);
};

test("a backup is made beside a gateway that goes on, checked, and told of with its audit entry", async () => {
  const backups = new FolderBackups(folder, Date.now, quiet);
  expect([backups.start(), backups.start()]).toEqual([true, false]);
  expect(await backups.running()).toMatchObject({ startedAt: expect.any(Number) });
  await over(backups);
  const made = backups.made();
  expect([backups.failure(), made?.functions]).toEqual([null, 0]);
  const whole = await verifyBackup(join(folder, "backups", made?.file ?? ""));
  expect(whole).toMatchObject({ createdAt: made?.createdAt, functions: 0 });
  expect(await lastBackup(database)).toBeGreaterThan(Date.now() - 60_000);
}, 60_000);

test("two of one second stand side by side", async () => {
  const now = Date.now();
  const backups = new FolderBackups(folder, () => now, quiet);
  const made: unknown[] = [];
  for (let i = 0; i < 2; i++) {
    backups.start();
    await over(backups);
    made.push(backups.failure(), backups.made()?.file);
  }
  expect(made).toEqual([null, expect.stringMatching(/\d\.tar$/), null, expect.stringMatching(/\d-2\.tar$/)]);
  expect(await readdir(join(folder, "backups"))).toHaveLength(2);
}, 60_000);

test("one that is given up leaves nothing behind, and says so", async () => {
  const backups = new FolderBackups(folder, Date.now, quiet);
  await mkdir(join(folder, "pulse-verify-aB3"));
  backups.start();
  await backups.stop();
  expect(await backups.running()).toBeNull();
  expect([backups.made(), backups.failure()]).toEqual([null, expect.stringContaining("ended")]);
  await mkdir(join(folder, "backups"), { recursive: true });
  expect(await readdir(join(folder, "backups"))).toEqual([]);
  expect((await readdir(folder)).filter((name) => name.startsWith("pulse-verify-"))).toEqual([]);
});
