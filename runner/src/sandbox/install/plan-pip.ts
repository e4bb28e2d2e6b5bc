import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize, relative } from "node:path";
import { hostOf, type InstallPlan, lineOf, type PipSteps, refusedDependency } from "./plan.ts";

const mayStand = new Set(
  "-r --requirement -c --constraint -i --index-url --extra-index-url --no-index -f --find-links --require-hashes --pre --prefer-binary --only-binary --trusted-host".split(
    " ",
  ),
);
const scriptBlock = /^# \/\/\/ script\s*$\n(?:^#(?: .*)?$\n)*?^# \/\/\/\s*$/m;

/** How Python dependencies are installed: those of `requirements.txt`, else `uv.lock`, else `pyproject.toml`, else of the entry's own header (PEP 723). */
export async function planPip(folder: string, entry: string): Promise<InstallPlan | null> {
  const read = async (name: string) =>
    existsSync(join(folder, name)) ? await readFile(join(folder, name), "utf8") : null;
  if (existsSync(join(folder, ".deps"))) return null;
  const [requirements, wheels] = await Promise.all([read("requirements.txt"), wheelsOf(folder)]);
  if (requirements !== null && /^\s*[^#\s]/m.test(requirements)) {
    const seen = new Map<string, string>();
    const hosts = await checkRequirements(folder, "requirements.txt", seen);
    const words = "installing from requirements.txt";
    return plan({ from: "requirements", file: "requirements.txt" }, [[...seen], wheels], words, hosts);
  }
  const project = await read("pyproject.toml");
  const lock = await read("uv.lock");
  if (lock !== null) {
    const hosts = [...lock.matchAll(/\b(?:registry|url) = "(https?:[^"]+)"/g)].flatMap(
      ([, address = ""]) => hostOf(address) ?? [],
    );
    checkSources(lock);
    const steps: PipSteps = { from: "uv", file: "uv.lock" };
    return plan(steps, [project, lock, wheels], "installing from uv.lock", [...new Set(hosts)]);
  }
  if (project !== null && /^dependencies\s*=/m.test(project)) {
    const words = "installing from pyproject.toml, without a uv.lock to hold it";
    return plan({ from: "pyproject", file: "pyproject.toml" }, [project], words, []);
  }
  const header = scriptBlock.exec((await read(entry)) ?? "")?.[0];
  if (header === undefined || !/^# dependencies\s*=/m.test(header)) return null;
  return plan({ from: "script", file: entry }, [header], `installing from the header of ${entry}`, []);
}

function plan(steps: PipSteps, lock: unknown, words: string, hosts: readonly string[]): InstallPlan {
  const text = JSON.stringify([steps.from, lock]);
  const what = { runtime: "python" as const, placed: ".deps" as const, credentials: [], files: {} };
  return { ...what, lock: text, words, hosts, steps };
}

/** The registries that requirements name, with the files that they take in; keeps their texts in `seen`. Throws `CodeError` for what would build from source. */
async function checkRequirements(folder: string, file: string, seen: Map<string, string>): Promise<string[]> {
  if (seen.has(file)) return [];
  const text = await readFile(join(folder, file), "utf8");
  seen.set(file, text);
  const hosts: string[] = [];
  for (const { line, number } of logicalLines(text)) {
    const refuse = (why: string) => refusedDependency(`${line}: ${why}`, file, number);
    const [, option = "", value = ""] = /^(-{1,2}[\w-]+)(?:[=\s]+(.*))?$/.exec(line) ?? [];
    if (option === "") checkRequirement(line, refuse);
    else if (!mayStand.has(option)) throw refuse(`${option} may not stand here: only wheels are installed`);
    else if (/^(-r|-c|--requirement|--constraint)$/.test(option)) {
      const inner = normalize(join(dirname(file), value));
      if (isAbsolute(value) || inner.startsWith("..")) throw refuse("leaves the bundle");
      if (!existsSync(join(folder, inner))) throw refuse("is not in the bundle");
      hosts.push(...(await checkRequirements(folder, inner, seen)));
    } else if (/^(-f|--find-links|-i|--index-url|--extra-index-url)$/.test(option)) {
      const host = hostOf(value.replace(/\$\{[^}]*\}/g, "x"));
      if (host !== null) hosts.push(host);
      else await checkFolder(folder, join(dirname(file), value), refuse);
    }
  }
  return hosts;
}

function checkRequirement(line: string, refuse: (why: string) => Error): void {
  const isWheel = /\.whl(\s|$)/.test(line) && !line.includes("://") && !line.includes("..");
  if (isWheel) return;
  if (/:\/\/|\s@\s|^[\w.[\],-]+@/.test(line))
    throw refuse("dependencies come from an index, not from git or an address");
  if (/^[./]|\.(tar\.\w+|zip|tgz)(\s|$)/.test(line))
    throw refuse("only wheels are installed, never a folder or a source archive");
}

async function checkFolder(folder: string, path: string, refuse: (why: string) => Error): Promise<void> {
  const real = await realpath(join(folder, path)).catch(() => null);
  if (real === null) throw refuse("is not in the bundle");
  if (relative(await realpath(folder), real).startsWith("..")) throw refuse("leaves the bundle");
}

/** Lines as pip reads them: without comments, joined where one ends in a backslash. */
function logicalLines(text: string): { line: string; number: number }[] {
  const found: { line: string; number: number }[] = [];
  let open: { line: string; number: number } | null = null;
  for (const [at, raw] of text.split(/\r?\n/).entries()) {
    const part = raw.replace(/(^|\s)#.*$/, "");
    const current: { line: string; number: number } = open ?? { line: "", number: at + 1 };
    current.line += part.replace(/\\$/, " ");
    open = part.endsWith("\\") ? current : null;
    if (open === null) found.push(current);
  }
  if (open !== null) found.push(open);
  return found.map((one) => ({ ...one, line: one.line.trim() })).filter(({ line }) => line !== "");
}

/** Refuses what of a lock is no package of an index. */
function checkSources(lock: string): void {
  const source = /^source = \{ (git|url|path|directory) = "([^"]*)"/m.exec(lock);
  if (source === null) return;
  const [whole, kind, where] = source;
  const words = `a package comes from ${kind} ${where}: dependencies come from an index`;
  throw refusedDependency(words, "uv.lock", lineOf(lock, whole));
}

/** What the wheels of a bundle hold: they may change under the name that requirements give. */
async function wheelsOf(folder: string): Promise<[name: string, sha256: string][]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".whl")).sort();
  return Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(join(folder, name));
      return [name, createHash("sha256").update(bytes).digest("hex")] as [string, string];
    }),
  );
}
