import { execFileSync, spawn } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { stagePrograms } from "./programs.ts";

const repository = fileURLToPath(new URL("..", import.meta.url));
const pnpm = "pnpm@12.21.0";

/** What an installation is of: the gateway with the CLI, or a runner with what stands between it and a Docker engine. */
export type Part = "gateway" | "runner";

/** What of the repository each holds; packages without their tests. */
const contents: Record<Part, { packages: string[]; folders: string[] }> = {
  gateway: {
    // The CLI looks at its machine with the runner's own code.
    packages: ["schema", "gateway", "cli", "runner"],
    folders: [
      ...["schema/src", "schema/migrations", "gateway/src", "cli/src", "dashboard/dist", "install/inside"],
      ...["runner/src", "runtimes/typescript", "runtimes/python"],
    ],
  },
  runner: {
    packages: ["schema", "runner"],
    folders: ["schema/src", "runner/src", "runtimes/typescript", "runtimes/python", "install/inside"],
  },
};

/** Every package of the workspace: the lock file is of all of them. */
const workspace = ["schema", "gateway", "runner", "cli", "dashboard"];

const isOfTests = (path: string) => /\.(test|suite)\.tsx?$/.test(path) || /__pycache__$/.test(path);

/**
 * Puts everything that a gateway or a runner needs to run into a folder, Node included, as it then stands in `/opt/pulse`: what of dependencies is
 * pinned in the lock file and nothing that builds or tests. Needs npm, and the network only for what pnpm has not fetched before. Throws when a step fails.
 */
export async function stage(part: Part, folder: string): Promise<void> {
  const { devDependencies } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
  if (process.versions.node !== devDependencies.node) {
    throw new Error(
      `start this with pnpm, which has Node ${devDependencies.node}; this is ${process.version}`,
    );
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "bin"), { recursive: true });
  if (part === "gateway") await run(process.execPath, ["dashboard/build.ts", "--if-stale"], repository);
  for (const name of ["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml", "LICENSE"]) {
    copyFileSync(join(repository, name), join(folder, name));
  }
  for (const name of workspace) {
    mkdirSync(join(folder, name));
    copyFileSync(join(repository, name, "package.json"), join(folder, name, "package.json"));
  }
  for (const name of contents[part].folders) {
    const from = join(repository, name);
    if (!existsSync(from)) throw new Error(`${name} is missing in ${repository}`);
    cpSync(from, join(folder, name), { recursive: true, filter: (path) => !isOfTests(path) });
  }
  const filters = contents[part].packages.flatMap((name) => ["--filter", `@pulse/${name}`]);
  const install = ["install", "--frozen-lockfile", "--prefer-offline", "--prod", "--ignore-scripts"];
  await run("npx", ["-y", pnpm, ...install, ...filters], folder);
  await stagePrograms(folder);
  const node = realpathSync(process.execPath);
  copyFileSync(node, join(folder, "bin/node"));
  mkdirSync(join(folder, "lib"));
  for (const path of librariesOf(node)) copyFileSync(realpathSync(path), join(folder, "lib", basename(path)));
  if (part === "gateway") {
    const pulse = '#!/bin/sh\nexec /opt/pulse/bin/node /opt/pulse/programs/pulse.mjs "$@"\n';
    writeFileSync(join(folder, "bin/pulse"), pulse, { mode: 0o755 });
  }
}

/** The shared libraries that this Node needs and that the smallest Debian does not have. */
function librariesOf(node: string): string[] {
  const lines = execFileSync("ldd", [node], { encoding: "utf8" }).split("\n");
  const found = lines.flatMap((line) => /^\s*libatomic\S* => (\S+)/.exec(line)?.[1] ?? []);
  if (found.includes("not")) throw new Error("libatomic is missing here: apt-get install libatomic1");
  return found;
}

/** Runs a command with its output on stderr; throws when it fails. */
export function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ["ignore", 2, 2] });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ${args.join(" ")} ended with ${signal ?? `code ${code}`}`));
    });
  });
}

if (import.meta.main) {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { to: { type: "string" } } });
  const [part] = positionals;
  if (part !== "gateway" && part !== "runner") {
    throw new Error(`usage: node install/stage.ts gateway|runner [--to FOLDER], got ${part ?? "nothing"}`);
  }
  const folder = values.to ?? join(repository, "install/dist", part);
  await stage(part, folder);
  process.stdout.write(`${folder}\n`);
}
