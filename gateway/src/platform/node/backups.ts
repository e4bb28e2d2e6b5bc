import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BackupReport } from "@pulse/schema/wire/backups";
import * as z from "zod";
import type { Backups, Log } from "../../ports.ts";

const entry = fileURLToPath(new URL("./backup-main.ts", import.meta.url));
const saidMost = 4000;
/** What the program says of a backup that it made. */
const report = z.object({
  ...{ createdAt: z.string(), databaseBytes: z.number(), blobBytes: z.number(), blobs: z.number() },
  ...{ missing: z.number(), executions: z.number(), functions: z.number() },
});

/** Makes backups of a data folder into its folder `backups`, one at a time, each in a process of its own: the loop never waits for one. */
export class FolderBackups implements Backups {
  readonly #dataDir: string;
  readonly #log: Log;
  readonly #now: () => number;
  #child: { process: ChildProcess; startedAt: number; path: string; ended: Promise<void> } | null = null;
  #made: BackupReport | null = null;
  #failure: string | null = null;

  constructor(dataDir: string, now: () => number, log: Log) {
    this.#dataDir = dataDir;
    this.#now = now;
    this.#log = log;
  }

  async running(): Promise<{ startedAt: number; bytes: number } | null> {
    if (this.#child === null) return null;
    const { startedAt, path } = this.#child;
    const sizes = await Promise.all(partsOf(path).map(bytesOf));
    return { startedAt, bytes: sizes.reduce((sum, bytes) => sum + bytes, 0) };
  }

  made(): BackupReport | null {
    return this.#made;
  }

  failure(): string | null {
    return this.#failure;
  }

  start(): boolean {
    if (this.#child !== null) return false;
    const startedAt = this.#now();
    const folder = join(this.#dataDir, "backups");
    const file = freeName(folder, startedAt);
    const path = join(folder, file);
    const child = spawn(process.execPath, [entry, "create", "--to", path, "--json"], {
      // A Ctrl-C in the terminal is for the gateway, which ends it in order.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      // No secret is needed for it. What it unpacks to look through needs as much room as the folder itself, which /tmp need not have.
      env: {
        ...{ PATH: process.env.PATH, HOME: process.env.HOME },
        ...{ PULSE_DATA_DIR: this.#dataDir, TMPDIR: this.#dataDir },
      },
    });
    let [told, said] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => {
      told = (told + chunk.toString()).slice(0, saidMost);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(0, saidMost);
    });
    const ended = new Promise<void>((resolve) => {
      child.once("error", (error) => {
        said = error.message;
        resolve();
      });
      child.once("close", () => resolve());
    }).then(() => this.#end(path, file, child.exitCode === 0 ? told : null, said));
    this.#child = { process: child, startedAt, path, ended };
    return true;
  }

  /** Gives up the one that is being made, and what is written of it; resolves when its process is gone. */
  async stop(): Promise<void> {
    if (this.#child === null) return;
    this.#child.process.kill("SIGKILL");
    await this.#child.ended;
  }

  async #end(path: string, file: string, told: string | null, said: string): Promise<void> {
    const read = told === null ? null : report.safeParse(jsonOf(told));
    if (read?.success === true) {
      const { createdAt, databaseBytes, blobBytes, blobs, missing, executions, functions } = read.data;
      const bytes = databaseBytes + blobBytes;
      this.#made = { file, createdAt, bytes, functions, executions, contents: blobs, missing };
      this.#failure = null;
    } else {
      this.#failure = said.trim() === "" ? "its process ended before the backup was whole" : said.trim();
      this.#log.error("a backup could not be made", new Error(this.#failure));
      const unpacked = await unpackedIn(this.#dataDir);
      const left = [...partsOf(path), ...unpacked];
      await Promise.all(left.map((part) => rm(part, { force: true, recursive: true })));
    }
    this.#child = null;
  }
}

/** The name of a backup of this time that stands in the folder under none yet: two may be made within a second. */
function freeName(folder: string, at: number): string {
  const stamp = new Date(at).toISOString().replaceAll(/[-:]|\..*/g, "");
  for (let nth = 1; ; nth++) {
    const name = `pulse-backup-${stamp}${nth === 1 ? "" : `-${nth}`}.tar`;
    if (!existsSync(join(folder, name))) return name;
  }
}

/** What stands beside a backup while it is written, in the order in which `backup.ts` writes it. */
function partsOf(path: string): string[] {
  return [`${path}.database.tmp`, `${path}.tmp`];
}

/** What `backup.ts` unpacks to look through it, and takes away again unless its process is ended meanwhile. */
async function unpackedIn(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => name.startsWith("pulse-verify-")).map((name) => join(folder, name));
}

async function bytesOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    // Not there yet, or no more.
    return 0;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
