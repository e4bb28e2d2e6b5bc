import { existsSync, statfsSync, statSync } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { ProblemError } from "@pulse/schema/problem";
import Engine from "libsql";
import { syncFolder } from "./durable.ts";

/** How many of these backups are kept: the newest. */
const kept = 3;
/** What must stay free besides the copy and what the migration writes. */
const spareBytes = 64 * 2 ** 20;
const namePattern = /^before-migration-\d{8}T\d{6}Z\.db$/;

/** A copy of the database as it was before a migration. */
export interface MadeBackup {
  file: string;
  bytes: number;
  /** How many migrations follow it. */
  pending: number;
}

/** Reads how much the disk of a folder has left, in bytes. */
export type FreeBytes = (folder: string) => number;

const freeBytesOf: FreeBytes = (folder) => {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
};

/**
 * Copies the database of a data folder into `backups/` before `pending` migrations change it, and keeps the newest three such copies. The copy stands
 * under its name only when it is whole and on the disk. Throws `unavailable`, and nothing was changed, where the disk has no room for the copy and the migration.
 */
export async function backUpBeforeMigration(
  dataDir: string,
  pending: number,
  freeBytes: FreeBytes = freeBytesOf,
): Promise<MadeBackup> {
  const database = join(dataDir, "pulse.db");
  const size = [database, `${database}-wal`].reduce((sum, path) => sum + sizeOf(path), 0);
  const folder = join(dataDir, "backups");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // What an earlier try left.
  for (const name of await readdir(folder)) {
    if (name.startsWith("before-migration-") && name.endsWith(".tmp")) await rm(join(folder, name));
  }
  const needed = 2 * size + spareBytes;
  const free = freeBytes(dataDir);
  if (free < needed) {
    throw new ProblemError(
      "unavailable",
      `the database is to be migrated, and its disk has no room for the backup before it: ${megabytes(needed)} must be free, ${megabytes(free)} are`,
      { hint: "Make room, or start the version before; nothing was changed." },
    );
  }
  const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const file = join(folder, `before-migration-${stamp}.db`);
  const partial = `${file}.tmp`;
  try {
    copyDatabase(database, partial);
    const copy = await open(partial, "r+");
    try {
      await copy.chmod(0o600);
      await copy.sync();
    } finally {
      await copy.close();
    }
    await rename(partial, file);
    await syncFolder(folder);
  } finally {
    await rm(partial, { force: true });
  }
  const old = (await readdir(folder)).filter((name) => namePattern.test(name)).sort();
  for (const name of old.slice(0, -kept)) await rm(join(folder, name));
  return { file, bytes: sizeOf(file), pending };
}

function copyDatabase(path: string, to: string): void {
  const connection = new Engine(path, { timeout: 30_000 });
  try {
    connection.prepare("VACUUM INTO ?").run([to]);
  } finally {
    connection.close();
  }
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
