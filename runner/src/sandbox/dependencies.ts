import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Runtime } from "@pulse/schema/wire/manifest";
import { pack } from "tar-stream";

/** How a version's dependencies are installed; null: it names none. */
export interface InstallPlan {
  runtime: Runtime;
  /** What pins them: same lock, same packages. */
  lock: string;
  command: string[];
  /** Where the installer leaves them, and where they stand beside the code. */
  made: string;
  placed: string;
}

/** Reads from the files of a bundle what must be installed. Throws nothing: a broken package.json is the installer's to say. */
export function installPlan(
  runtime: Runtime,
  folder: string,
  allowScripts: readonly string[],
): InstallPlan | null {
  const read = (name: string) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : null;
  if (runtime === "typescript") {
    const manifest = read("package.json");
    if (manifest === null || !/"dependencies"\s*:\s*\{\s*"/.test(manifest)) return null;
    const lock = read("package-lock.json");
    const scripts = allowScripts.length > 0 ? [] : ["--ignore-scripts"];
    const install = lock === null ? "install" : "ci";
    const command = ["npm", install, "--omit=dev", "--no-audit", "--no-fund", "--loglevel=warn", ...scripts];
    return { runtime, lock: lock ?? manifest, command, made: "node_modules", placed: "node_modules" };
  }
  const requirements = read("requirements.txt");
  if (requirements === null || !/^[^#\s]/m.test(requirements)) return null;
  const command = [
    "python3",
    "-m",
    "pip",
    "install",
    "--no-input",
    "--disable-pip-version-check",
    "--target",
    ".deps",
    "-r",
    "requirements.txt",
  ];
  return { runtime, lock: requirements, command, made: ".deps", placed: ".deps" };
}

/** The key under which built dependencies are found again. */
export function buildKeyOf(plan: InstallPlan, identity: string): string {
  return createHash("sha256")
    .update(`${plan.lock}\n${identity}\n${plan.command.join(" ")}`)
    .digest("hex");
}

/** Runs a command in a folder, its output line by line to `say`; resolves to its exit code. */
export function runCommand(
  [command = "", ...args]: readonly string[],
  folder: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH, HOME: folder, LANG: "C.UTF-8", ...registryEnv() };
    const child = spawn(command, args, { cwd: folder, env, signal, stdio: ["ignore", "pipe", "pipe"] });
    let rest = "";
    const take = (chunk: Buffer) => {
      const lines = (rest + chunk.toString("utf8")).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) say(line);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.once("error", reject);
    child.once("close", (code) => {
      if (rest !== "") say(rest);
      resolve(code ?? 1);
    });
  });
}

/** The operator's own registry settings reach the installer; nothing else of the runner's environment does. */
function registryEnv(): Record<string, string | undefined> {
  const names = Object.keys(process.env).filter((name) =>
    /^(npm_config_|NPM_CONFIG_|PIP_|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)/.test(
      name,
    ),
  );
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}

/** Packs an installed folder into a tar.gz that is the same for the same files; links inside it become the files they name. */
export async function packFolder(folder: string, prefix: string, archive: string): Promise<string> {
  const tar = pack();
  const written = pipeline(tar, createGzip(), createWriteStream(archive, { mode: 0o600 }));
  const root = await realpath(folder);
  const add = async (path: string): Promise<void> => {
    for (const name of (await readdir(path)).sort()) {
      const real = await realpath(join(path, name));
      if (relative(root, real).startsWith("..")) continue;
      const found = await stat(real);
      if (found.isDirectory()) await add(join(path, name));
      else if (found.isFile()) {
        const entry = {
          name: `${prefix}/${relative(folder, join(path, name))}`,
          mode: found.mode & 0o755,
          mtime: new Date(0),
        };
        tar.entry(entry, await readFile(real));
      }
    }
  };
  await mkdir(folder, { recursive: true });
  await add(folder);
  tar.finalize();
  await written;
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(archive)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
