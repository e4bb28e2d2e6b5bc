import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ProblemError } from "@pulse/schema/problem";
import { readMigrationFiles } from "drizzle-orm/migrator";
import Engine from "libsql";
import { extract } from "tar-stream";
import * as z from "zod";
import { refuseOtherSchema } from "../known-schema.ts";
import { migrationsFolder } from "./database.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What stands first in a backup: everything that has to be in it, with its digest. */
export const backupManifest = z.object({
  format: z.literal("pulse-backup-1"),
  createdAt: z.string(),
  version: z.string(),
  database: z.object({ bytes: z.number().int(), sha256 }),
  blobs: z.array(z.object({ sha256, bytes: z.number().int() })),
  /** Content that the database names and that was not there when the backup was made. */
  missing: z.array(sha256),
});
export type BackupManifest = z.output<typeof backupManifest>;

/** What a checked backup holds. */
export interface BackupReport {
  file: string;
  createdAt: string;
  version: string;
  databaseBytes: number;
  blobs: number;
  blobBytes: number;
  missing: number;
  executions: number;
  functions: number;
}

/** The sha256 of a file and how many bytes it has. */
export async function digestOf(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { sha256: hash.digest("hex"), bytes };
}

/**
 * Unpacks a backup into an empty folder and checks all of it: each digest, that nothing is missing, that the database is whole and of a schema
 * that this version knows. Throws `validation_failed` with what is wrong.
 */
export async function unpack(file: string, folder: string): Promise<BackupReport> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { manifest, seen } = await unpackFiles(file, folder).catch((cause: unknown) => {
    if (cause instanceof ProblemError || (cause as NodeJS.ErrnoException).code === "ENOENT") throw cause;
    throw invalid(file, `it cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`);
  });
  const absent = ["pulse.db", ...manifest.blobs.map((one) => blobName(one.sha256))].filter(
    (name) => !seen.has(name),
  );
  if (absent.length > 0) throw invalid(file, `${absent.length} parts are missing, ${absent[0]} first`);
  const counts = checkDatabase(file, join(folder, "pulse.db"));
  return {
    file,
    createdAt: manifest.createdAt,
    version: manifest.version,
    databaseBytes: manifest.database.bytes,
    blobs: manifest.blobs.length,
    blobBytes: manifest.blobs.reduce((sum, { bytes }) => sum + bytes, 0),
    missing: manifest.missing.length,
    ...counts,
  };
}

/** The name of stored content within a backup, and within a data folder. */
export function blobName(digest: string): string {
  return `blobs/${digest.slice(0, 2)}/${digest}`;
}

async function unpackFiles(
  file: string,
  folder: string,
): Promise<{ manifest: BackupManifest; seen: Set<string> }> {
  const parts = extract();
  const reading = pipeline(createReadStream(file), parts);
  // Told by the loop below as well; here it must not go unheard.
  reading.catch(() => undefined);
  let manifest: BackupManifest | null = null;
  let digests = new Map<string, string>();
  const seen = new Set<string>();
  for await (const part of parts) {
    const { name } = part.header;
    if (manifest === null) {
      if (name !== "manifest.json") throw invalid(file, "it is no backup of Pulse");
      const chunks: Buffer[] = [];
      for await (const chunk of part) chunks.push(chunk as Buffer);
      manifest = backupManifest.parse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
      digests = new Map(manifest.blobs.map((one) => [blobName(one.sha256), one.sha256]));
      digests.set("pulse.db", manifest.database.sha256);
      continue;
    }
    const digest = digests.get(name);
    if (digest === undefined) throw invalid(file, `${name} is in it and not in its manifest`);
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const hash = createHash("sha256");
    const hashing = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(part, hashing, createWriteStream(path, { mode: 0o600, flush: true }));
    if (hash.digest("hex") !== digest) throw invalid(file, `${name} is damaged: it has another digest`);
    seen.add(name);
  }
  await reading;
  if (manifest === null) throw invalid(file, "it is empty");
  return { manifest, seen };
}

function checkDatabase(file: string, path: string): { executions: number; functions: number } {
  const connection = new Engine(path);
  try {
    const one = (sql: string) => Object.values(connection.prepare(sql).get() as object)[0] as unknown;
    const found = one("PRAGMA integrity_check(1)");
    if (found !== "ok") throw invalid(file, `its database is damaged: ${String(found)}`);
    const applied = connection.prepare("SELECT created_at FROM __drizzle_migrations").all() as {
      created_at: number;
    }[];
    const known = readMigrationFiles({ migrationsFolder }).map(({ folderMillis }) => folderMillis);
    refuseOtherSchema(
      applied.map((row) => Number(row.created_at)),
      known,
    );
    return {
      executions: Number(one("SELECT count(*) FROM executions")),
      functions: Number(one("SELECT count(*) FROM functions")),
    };
  } finally {
    connection.close();
  }
}

function invalid(file: string, what: string): ProblemError {
  return new ProblemError("validation_failed", `${file} cannot be used: ${what}`);
}
