import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { pulseVersion } from "@pulse/schema/version";
import { programEnv, programPath } from "./program-env.ts";

const launcher = new URL("../../install/runner/pulse-runner", import.meta.url).pathname;
const platform = `${process.platform}-${process.arch}`;

/** An archive of a runner as a gateway hands it out. */
export interface RunnerArchive {
  content: Buffer;
  sha256: string;
}

/**
 * Makes of the programs those of another version, in a folder beside theirs, which the caller deletes; `main` is the runner there. Throws where they are
 * no made programs.
 */
export function runnerOfVersion(version: string): { main: string; folder: string } {
  const main = programPath("runner/src/main.ts");
  // As deep as they are: they name what they read by the way from there.
  const folder = mkdtempSync(join(dirname(dirname(main)), "other-version-"));
  cpSync(dirname(main), folder, { recursive: true });
  const find = `var pulseVersion = "${pulseVersion}";`;
  const found = readdirSync(folder).filter((name) => {
    const text = readFileSync(join(folder, name), "utf8");
    if (!text.includes(find)) return false;
    writeFileSync(join(folder, name), text.replace(find, `var pulseVersion = "${version}";`));
    return true;
  });
  if (found.length !== 1) throw new Error(`the version is in ${found.length} of the programs, not in one`);
  return { main: join(folder, basename(main)), folder };
}

/** An archive whose program is the runner of this checkout, or another one; each `mark` makes other bytes. `folder` is for what is packed. */
export function packRunner(
  folder: string,
  mark: string,
  main = programPath("runner/src/main.ts"),
): RunnerArchive {
  const tree = mkdtempSync(join(folder, "tree-"));
  mkdirSync(join(tree, "app"));
  writeFileSync(join(tree, "app/package.json"), '{"type":"module"}');
  const { href } = pathToFileURL(main);
  writeFileSync(join(tree, "app/runner.js"), `await import(${JSON.stringify(href)}); // ${mark}\n`);
  const content = spawnSync("tar", ["-czf", "-", "-C", tree, "."]).stdout;
  return { content, sha256: createHash("sha256").update(content).digest("hex") };
}

/** Writes what a gateway hands out into the folder of its static files, as a build of the dashboard does. */
export function handOut(folder: string, { content, sha256 }: RunnerArchive, version: string): void {
  const place = join(folder, "install");
  mkdirSync(place, { recursive: true });
  const file = `pulse-runner-${platform}-${sha256.slice(0, 16)}.tar.gz`;
  writeFileSync(join(place, file), content);
  const bundles = [{ platform, file, sha256, bytes: content.length }];
  const manifest = { version, protocol: 1, node: "22.19.0", bundles };
  writeFileSync(join(place, "manifest.json"), JSON.stringify(manifest));
}

/** A runner that the gateway's line installed, under its launcher. */
export interface InstalledRunner {
  /** The sha256 of the archive that it runs. */
  current(): string;
  output(): string;
  stop(): Promise<void>;
}

/** Installs an archive in a folder as the gateway's script does, and starts the launcher. */
export function installRunner(
  folder: string,
  { content, sha256 }: RunnerArchive,
  env: Record<string, string>,
): InstalledRunner {
  const version = join(folder, "versions", sha256);
  mkdirSync(version, { recursive: true });
  spawnSync("tar", ["-xzf", "-", "-C", version], { input: content });
  symlinkSync(`versions/${sha256}`, join(folder, "current"));
  copyFileSync(launcher, join(folder, "pulse-runner"));
  writeFileSync(join(folder, "install.env"), `dir='${folder}'\nnode='${process.execPath}'\n`);
  const child: ChildProcess = spawn("sh", [join(folder, "pulse-runner"), "run"], {
    env: { ...programEnv(), HOME: folder, PULSE_STATE_DIR: join(folder, "state"), ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr?.on("data", (part: Buffer) => {
    said += part.toString("utf8");
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    current: () => basename(readlinkSync(join(folder, "current"))),
    output: () => said,
    async stop() {
      child.kill("SIGTERM");
      await closed;
    },
  };
}
