import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { findEngine } from "./docker-engine.ts";

const repository = new URL("..", import.meta.url).pathname;

/** The Node of user code in the offline base: the long-term line, as in the default `node:24-slim`. */
const userNode = "24.20.0";
const userNpm = "11.21.2";

/** What an image of a runtime is made of: a Debian with these packages, Node from npm where it is needed, the runtime's Dockerfile. */
interface Recipe {
  runtime: "typescript" | "python";
  packages: string[];
  node: boolean;
}

const recipes: Recipe[] = [
  { runtime: "typescript", packages: ["ca-certificates"], node: true },
  { runtime: "python", packages: ["ca-certificates", "python3", "python3-pip"], node: false },
];

/** The tag of a runtime's test image, the value for `PULSE_IMAGE_<RUNTIME>`. */
export function imageOf(runtime: Recipe["runtime"]): string {
  return `pulse-${runtime}:test`;
}

/** Where downloads and root file systems are kept between runs: `PULSE_CI_CACHE`, else in the user's cache folder. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.PULSE_CI_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pulse-ci");
}

/** Builds the test images of both runtimes on an engine without a registry: Debian from its package mirror, Node from npm. Root only. */
export async function buildImages(host: string, cache = cacheFolder()): Promise<void> {
  mkdirSync(cache, { recursive: true });
  const docker = (...args: string[]) => run("docker", ["--host", host, ...args], { DOCKER_BUILDKIT: "0" });
  for (const recipe of recipes) {
    const root = await rootFileSystem(recipe, cache);
    const base = `pulse-offline-${recipe.runtime}:${root.digest}`;
    await timed(`import ${base}`, () => docker("import", root.tar, base));
    await timed(`build ${imageOf(recipe.runtime)}`, () =>
      docker(
        ...["build", "--build-arg", `BASE_IMAGE=${base}`, "--tag", imageOf(recipe.runtime)],
        join(repository, "runtimes", recipe.runtime),
      ),
    );
  }
}

/** The tar of a recipe, made when the cache has none for exactly this recipe. A half-made one never gets the final name. */
async function rootFileSystem(recipe: Recipe, cache: string): Promise<{ tar: string; digest: string }> {
  const contents = JSON.stringify({
    ...recipe,
    ...(recipe.node ? { userNode, userNpm } : {}),
    suite: "bookworm",
    arch: process.arch,
  });
  const digest = createHash("sha256").update(contents).digest("hex").slice(0, 12);
  const tar = join(cache, `${recipe.runtime}-${digest}.tar`);
  if (existsSync(tar)) return { tar, digest };
  const half = `${tar}.${process.pid}.half.tar`;
  const hooks = recipe.node ? await nodeHooks(cache) : [];
  try {
    await timed(`make ${recipe.runtime} root file system`, () =>
      run("mmdebstrap", [
        ...["--variant=minbase", `--include=${recipe.packages.join(",")}`, "--format=tar", "--quiet"],
        ...['--aptopt=APT::Install-Recommends "false"', ...hooks, "bookworm", half],
      ]),
    );
    renameSync(half, tar);
  } finally {
    rmSync(half, { force: true });
  }
  return { tar, digest };
}

/** A folder with the files of an npm package, fetched once. npm checks its integrity. */
async function npmPackage(cache: string, name: string, version: string): Promise<string> {
  const folder = join(cache, `${name}-${version}`);
  if (existsSync(folder)) return folder;
  const half = mkdtempSync(join(cache, "npm-half-"));
  const archive = join(half, `${name}-${version}.tgz`);
  try {
    await timed(`fetch ${name}@${version} from npm`, async () => {
      await run("npm", ["pack", `${name}@${version}`, "--loglevel=error", "--pack-destination", half]);
      await run("tar", ["--extract", "--gzip", "--no-same-owner", "--file", archive, "--directory", half]);
    });
    renameSync(join(half, "package"), folder);
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
  return folder;
}

/** Puts Node and npm where the official image has them. npm's `node` only forwards to a platform package by an install script. */
async function nodeHooks(cache: string): Promise<string[]> {
  const node = await npmPackage(cache, `node-linux-${process.arch}`, userNode);
  const npm = await npmPackage(cache, "npm", userNpm);
  const modules = "/usr/local/lib/node_modules";
  return [
    `copy-in ${join(node, "bin/node")} /usr/local/bin`,
    `mkdir -p "$1${modules}/npm" && cp -r ${npm}/. "$1${modules}/npm"`,
    ...["npm", "npx"].map(
      (name) => `ln -s ../lib/node_modules/npm/bin/${name}-cli.js "$1/usr/local/bin/${name}"`,
    ),
  ].map((hook) => `--customize-hook=${hook}`);
}

async function timed(what: string, work: () => Promise<void>): Promise<void> {
  const started = performance.now();
  process.stderr.write(`${what} …\n`);
  await work();
  process.stderr.write(`${what}: ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

/** Runs a command with its output on stderr; throws when it fails. */
function run(command: string, args: string[], env: Record<string, string> = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", 2, 2], env: { ...process.env, ...env } });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ${args.join(" ")} ended with ${signal ?? `code ${code}`}`));
    });
  });
}

if (import.meta.main) {
  const host = await findEngine();
  if (host === null) throw new Error("no Docker engine answers; set DOCKER_HOST");
  await buildImages(host);
}
