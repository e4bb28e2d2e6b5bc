import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packFolder, writeSums } from "./release/archives.ts";
import { sectionOf } from "./release/changelog.ts";
import { prepareRelease, versionOf } from "./release/prepare.ts";
import { stage } from "./stage.ts";

const repository = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const usage = "usage: pnpm release VERSION | pnpm release --make";
const say = (line: string) => process.stdout.write(`${line}\n`);

/** Makes the checkout the release `version`, and says what is left to do. Throws when the tree has changes, so that only the release is in its commit. */
function prepare(version: string): void {
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: repository, encoding: "utf8" }).trimEnd();
  const changes = git("status", "--short");
  if (changes !== "") throw new Error(`commit or put aside what is changed first:\n${changes}`);
  for (const path of prepareRelease(repository, version, new Date().toISOString().slice(0, 10))) say(path);
  say(`\nThis is ${version}. Read it with git diff, then:\n`);
  say(`  git commit --all --message "release: ${version}" && git tag v${version}`);
  say("  pnpm release --make        archives with their sums, and the notes");
  say("  pnpm images                both images, on a Docker engine");
}

/** Makes the archives of this release in `install/dist/release-<version>`: an installation of the gateway with the CLI, one of a runner, sums, notes. */
async function make(): Promise<void> {
  const version = versionOf(repository);
  const notes = sectionOf(readFileSync(join(repository, "CHANGELOG.md"), "utf8"), version);
  if (notes === null) {
    throw new Error(`CHANGELOG.md has no section "${version}": first pnpm release VERSION`);
  }
  const folder = join(repository, `install/dist/release-${version}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files: string[] = [];
  for (const part of ["gateway", "runner"] as const) {
    const staged = join(repository, "install/dist", part);
    await stage(part, staged);
    const units = part === "gateway" ? ["pulse-gateway"] : ["pulse-runner", "pulse-engine-proxy"];
    for (const unit of units) {
      cpSync(join(repository, `install/systemd/${unit}.service`), join(staged, `${unit}.service`));
    }
    cpSync(join(repository, "install/.env.example"), join(staged, ".env.example"));
    const file = join(folder, `pulse-${part}-${version}-${process.platform}-${process.arch}.tar.gz`);
    await packFolder(staged, file);
    files.push(file);
  }
  await writeSums(folder, files);
  writeFileSync(join(folder, "notes.md"), `${notes}\n`);
  say(folder);
}

if (import.meta.main) {
  const [word, ...more] = process.argv.slice(2);
  try {
    if (word === undefined || more.length > 0) throw new Error(usage);
    if (word === "--make") await make();
    else prepare(word);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
