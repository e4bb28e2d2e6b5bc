import { spawn } from "node:child_process";
import {
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { refusal } from "./read-signed.ts";

/**
 * Where the gateway's install script put the program: `versions/<sha256>`, and the link `current` to one of them. The launcher starts that one; while `trial` names
 * the one before, it takes a version back that was started once and has not said within `trial.seconds` that it came up, and leaves its name in `taken-back`.
 */
export class InstallPlace {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The sha256 of the archive whose program is started. */
  current(): string {
    return basename(readlinkSync(this.#at("current")));
  }

  /** Where an archive under way stands. */
  async archivePath(sha256: string): Promise<string> {
    await mkdir(this.#at("versions"), { recursive: true });
    return this.#at(`versions/${sha256}.tar.gz.part`);
  }

  /** Unpacks an archive that was checked. Throws `invalid_bundle` when it cannot be unpacked. */
  async unpack(archive: string, sha256: string): Promise<void> {
    const part = this.#at(`versions/${sha256}.part`);
    await rm(part, { recursive: true, force: true });
    await mkdir(part);
    const code = await endOf(["-xzf", archive, "-C", part, "--no-same-owner"]);
    if (code !== null) throw refusal(`the archive could not be unpacked: ${code}`);
    await rm(this.#at(`versions/${sha256}`), { recursive: true, force: true });
    await rename(part, this.#at(`versions/${sha256}`));
    await rm(archive, { force: true });
  }

  /** Puts an unpacked version in place of the present one, which it may go back to. Throws where it cannot; the present one then stays, on no trial. */
  putOnTrial(sha256: string, seconds: number): void {
    if (!existsSync(this.#at(`versions/${sha256}/app/runner.js`)))
      throw new Error(`versions/${sha256} has no program`);
    const before = readlinkSync(this.#at("current"));
    for (const name of ["trial.begun", "taken-back", "current.next"]) rmSync(this.#at(name), { force: true });
    try {
      writeFileSync(this.#at("trial.seconds"), `${seconds}\n`);
      writeFileSync(this.#at("trial"), `${before}\n`);
      symlinkSync(`versions/${sha256}`, this.#at("current.next"));
      renameSync(this.#at("current.next"), this.#at("current"));
    } catch (error) {
      for (const name of ["trial", "trial.seconds", "current.next"]) rmSync(this.#at(name), { force: true });
      throw error;
    }
  }

  /** Whether the present version is on trial. */
  get isOnTrial(): boolean {
    return existsSync(this.#at("trial"));
  }

  /** The present version came up: it stays. Versions older than the one before it are removed. */
  confirm(): void {
    const before = basename(readFileSync(this.#at("trial"), "utf8").trim());
    for (const name of ["trial", "trial.begun", "trial.seconds", "taken-back"])
      rmSync(this.#at(name), { force: true });
    const kept = new Set([before, this.current()]);
    for (const name of readdirSync(this.#at("versions"))) {
      if (!kept.has(name)) rmSync(this.#at(`versions/${name}`), { recursive: true, force: true });
    }
  }

  /** The sha256 of the version that the launcher took back last; null: none since the last one came up. */
  takenBack(): string | null {
    const path = this.#at("taken-back");
    return existsSync(path) ? readFileSync(path, "utf8").trim() : null;
  }

  #at(name: string): string {
    return join(this.#folder, name);
  }
}

/** Runs tar; null, or what it said. */
function endOf(args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn("tar", args, { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (part: Buffer) => {
      said = (said + part.toString("utf8")).slice(-200);
    });
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code) => resolve(code === 0 ? null : said.trim() || `tar ended with ${code}`));
  });
}
