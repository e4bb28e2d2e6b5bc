import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programEnv } from "./platforms/program-env.ts";
import type { World } from "./world.ts";

const root = new URL("..", import.meta.url).pathname;

/** The shell blocks of a page. */
export function shellBlocks(readme: string): string[] {
  return [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map((match) => match[1] ?? "");
}

/** A folder in which a README's commands mean what they say: the key, the examples, and `pnpm pulse` of this tree. */
export function userFolder(world: World): string {
  const folder = mkdtempSync(join(tmpdir(), "pulse-readme-"));
  mkdirSync(join(folder, "pulse-data"));
  writeFileSync(join(folder, "pulse-data/admin-key"), world.adminKey);
  symlinkSync(join(root, "examples"), join(folder, "examples"));
  return folder;
}

/** Runs a block as it stands, but for the port; resolves to its output. A command that fails fails the block, an HTTP status does not. */
export function runBlock(
  block: string,
  folder: string,
  world: World,
  typed?: string,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const pnpm = `pnpm() { shift; "${process.execPath}" "${join(root, "cli/src/main.ts")}" "$@" >&2; }`;
  const pulse = `pulse() { "${process.execPath}" "${join(root, "cli/src/main.ts")}" "$@"; }`;
  const curl = `curl() { command curl -sS "$@"; }`;
  const commands = block
    .replaceAll("localhost:8787", new URL(world.url).host)
    .replaceAll("https://pulse.example.test", world.url);
  const script = `set -eo pipefail\n${pnpm}\n${pulse}\n${curl}\n${commands}`;
  const env = {
    ...{ ...programEnv(), HOME: folder, PULSE_DATA_DIR: join(world.dataDir, "gateway") },
    ...{ PULSE_GATEWAY: world.url, PULSE_KEY: world.adminKey, ...more },
  };
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", script], { cwd: folder, env, stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.once("error", () => undefined);
    child.stdin.end(typed);
    let out = "";
    let errors = "";
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString("utf8");
    });
    child.stderr.on("data", (chunk: Buffer) => {
      errors += chunk.toString("utf8");
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`the commands ended with code ${code}\n${block}\n${out}\n${errors}`));
    });
  });
}
