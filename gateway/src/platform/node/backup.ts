import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { ProblemError } from "@pulse/schema/problem";
import { pulseVersion } from "@pulse/schema/version";
import Engine from "libsql";
import { pack } from "tar-stream";
import { type BackupManifest, type BackupReport, blobName, digestOf, unpack } from "./backup-content.ts";
import { syncFolder } from "./durable.ts";
import { acceptRollback } from "./high-water.ts";
import { lockFolder } from "./lock.ts";

/** What belongs to the database of a data folder and makes way for another one. */
const replaced = ["pulse.db", "pulse.db-wal", "pulse.db-shm", "blobs", "ended-in-order"];

/**
 * Writes a backup of a data folder while the gateway may be running: a copy of the database as it is at one moment, and the content that it names. It
 * only reads, in a process of its own. Throws `not_found` where there is no database, `conflict` where the file exists.
 */
export async function createBackup(dataDir: string, file: string): Promise<BackupReport> {
  const path = join(dataDir, "pulse.db");
  if (!existsSync(path)) throw new ProblemError("not_found", `there is no database in ${dataDir}`);
  if (existsSync(file)) throw new ProblemError("conflict", `${file} exists already`);
  await mkdir(dirname(resolve(file)), { recursive: true });
  const [copy, partial] = [`${file}.database.tmp`, `${file}.tmp`];
  try {
    await rm(copy, { force: true });
    copyDatabase(path, copy);
    const database = await digestOf(copy);
    const { blobs, missing } = await contentOf(copy, dataDir);
    const manifest: BackupManifest = {
      format: "pulse-backup-1",
      createdAt: new Date().toISOString(),
      version: pulseVersion,
      database,
      blobs,
      missing,
    };
    await write(partial, manifest, copy, dataDir);
    await rename(partial, file);
    await syncFolder(dirname(resolve(file)));
  } finally {
    await rm(copy, { force: true });
    await rm(partial, { force: true });
  }
  return verifyBackup(file);
}

/** Reads a backup as a restore would, without keeping anything. Throws `validation_failed` with what is wrong. */
export async function verifyBackup(file: string): Promise<BackupReport> {
  refuseMissing(file);
  const folder = await mkdtemp(join(tmpdir(), "pulse-verify-"));
  try {
    return await unpack(file, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Puts a backup in the place of what a data folder has. All of it is checked first; what was there is kept in the folder that it returns. Throws `conflict`
 * while a gateway uses the folder, or where there is a database already and `force` was not given.
 */
export async function restoreBackup(
  file: string,
  dataDir: string,
  force: boolean,
): Promise<BackupReport & { keptIn: string | null }> {
  refuseMissing(file);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const unlock = lockFolder(dataDir);
  const stamp = new Date().toISOString().replaceAll(/[-:]|\..*/g, "");
  const fresh = join(dataDir, `restoring-${stamp}`);
  try {
    const isUsed = existsSync(join(dataDir, "pulse.db"));
    if (isUsed && !force) {
      throw new ProblemError("conflict", `${dataDir} has a database already`, {
        hint: "With --force the backup takes its place; what is there is kept beside it.",
      });
    }
    const report = await unpack(file, fresh);
    const aside = join(dataDir, `before-restore-${stamp}`);
    const moved = await moveAside(dataDir, aside, [
      ...replaced,
      ...(isKeyOf(join(fresh, "pulse.db"), dataDir) ? [] : ["admin-key"]),
    ]);
    // The mark stays: until the last step a start finds a database that is older than it, and refuses.
    for (const name of ["blobs", "pulse.db"]) {
      if (existsSync(join(fresh, name))) await rename(join(fresh, name), join(dataDir, name));
    }
    await syncFolder(dataDir);
    acceptRollback(dataDir);
    return { ...report, keptIn: moved ? aside : null };
  } finally {
    await rm(fresh, { recursive: true, force: true });
    unlock();
  }
}

function copyDatabase(path: string, to: string): void {
  const connection = new Engine(path, { timeout: 30_000 });
  try {
    connection.prepare("VACUUM INTO ?").run([to]);
  } finally {
    connection.close();
  }
}

/** The content that a copy of the database names: what is there, and what is not. */
async function contentOf(copy: string, dataDir: string): Promise<Pick<BackupManifest, "blobs" | "missing">> {
  const connection = new Engine(copy);
  const rows = connection
    .prepare(
      `SELECT sha256 FROM contents UNION SELECT bundle_sha256 FROM versions
       UNION SELECT deps_sha256 FROM versions WHERE deps_sha256 IS NOT NULL UNION SELECT content_sha256 FROM builds ORDER BY 1`,
    )
    .all() as { sha256: string }[];
  connection.close();
  const found: Pick<BackupManifest, "blobs" | "missing"> = { blobs: [], missing: [] };
  for (const { sha256 } of rows) {
    const path = join(dataDir, blobName(sha256));
    if (existsSync(path)) found.blobs.push({ sha256, bytes: (await stat(path)).size });
    else found.missing.push(sha256);
  }
  return found;
}

async function write(to: string, manifest: BackupManifest, copy: string, dataDir: string): Promise<void> {
  const tar = pack();
  const writing = pipeline(tar, createWriteStream(to, { mode: 0o600, flush: true }));
  writing.catch(() => undefined);
  const add = async (name: string, size: number, path: string) => {
    const part = tar.entry({ name, size, mode: 0o600 });
    await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), part);
  };
  tar.entry({ name: "manifest.json", mode: 0o600 }, `${JSON.stringify(manifest)}\n`);
  await add("pulse.db", manifest.database.bytes, copy);
  for (const { sha256, bytes } of manifest.blobs) {
    await add(blobName(sha256), bytes, join(dataDir, blobName(sha256)));
  }
  tar.finalize();
  await writing;
}

async function moveAside(dataDir: string, aside: string, names: readonly string[]): Promise<boolean> {
  let moved = false;
  for (const name of names.filter((one) => existsSync(join(dataDir, one)))) {
    await mkdir(aside, { recursive: true, mode: 0o700 });
    await rename(join(dataDir, name), join(aside, basename(name)));
    moved = true;
  }
  return moved;
}

/** Whether the folder's admin key is one that the restored database knows. */
function isKeyOf(database: string, dataDir: string): boolean {
  const path = join(dataDir, "admin-key");
  if (!existsSync(path)) return false;
  const digest = createHash("sha256").update(readFileSync(path, "utf8").trim()).digest("hex");
  const connection = new Engine(database);
  const known = connection
    .prepare("SELECT 1 FROM keys WHERE digest = ? AND revoked_at IS NULL")
    .get([digest]);
  connection.close();
  return known !== undefined;
}

function refuseMissing(file: string): void {
  if (!existsSync(file)) throw new ProblemError("not_found", `there is no file ${file}`);
}
