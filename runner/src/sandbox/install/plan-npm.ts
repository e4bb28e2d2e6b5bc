import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { npmSpecifiers } from "./npm-specifiers.ts";
import { credentialsIn, npmrcText, readNpmrc, registriesIn } from "./npmrc.ts";
import { hostOf, type InstallPlan, lineOf, refusedDependency } from "./plan.ts";

const foreignLocks = ["pnpm-lock.yaml", "yarn.lock", "bun.lock", "deno.lock"];
// Git, GitHub's short form and archives by address: what they hold changes, and nothing checks it.
const unpinned = /^(?:git[+:]|https?:|github:|gitlab:|bitbucket:|gist:|[\w.-]+\/[\w.-]+(?:#.*)?$)/;

/** How npm dependencies are installed: those of `package.json` and those that sources import as `npm:`. */
export async function planNpm(folder: string, allowScripts: readonly string[]): Promise<InstallPlan | null> {
  const read = (name: string) =>
    existsSync(join(folder, name)) ? readFile(join(folder, name), "utf8") : Promise.resolve(null);
  const [text, lock, npmrc] = await Promise.all(["package.json", "package-lock.json", ".npmrc"].map(read));
  const specifiers = await npmSpecifiers(folder);
  const manifest = text == null ? {} : readManifest(text);
  const named = { ...dependenciesOf(manifest, "optionalDependencies"), ...dependenciesOf(manifest) };
  if (Object.keys(named).length === 0 && specifiers.size === 0) return null;
  if (existsSync(join(folder, "node_modules"))) return null;
  for (const [name, range] of Object.entries(named)) {
    if (!unpinned.test(range)) continue;
    const words = `${name} comes from ${range}: dependencies come from a registry, not from git or an address`;
    throw refusedDependency(words, "package.json", lineOf(text ?? "", `"${name}"`));
  }
  const added = [...specifiers].filter(([name]) => named[name] === undefined);
  const whole = { ...manifest, dependencies: { ...Object.fromEntries(added), ...dependenciesOf(manifest) } };
  const settings = readNpmrc(npmrc ?? "");
  const command = lock == null || added.length > 0 ? ("install" as const) : ("ci" as const);
  const rebuild = [...new Set(allowScripts)].sort();
  const files = { "package.json": `${JSON.stringify(whole, null, 2)}\n`, ".npmrc": npmrcText(settings) };
  const local = Object.values(named).some((range) => /^(?:file|link):|^\.{0,2}\//.test(range));
  const sources = local || "workspaces" in manifest ? await digestOf(folder) : "";
  return {
    runtime: "typescript",
    lock: JSON.stringify([pinning(whole), lock, settings.kept, rebuild, sources]),
    placed: "node_modules",
    words: wordsOf(lock != null, added.length, [
      ...settings.ignored.map((name) => `"${name}" of .npmrc`),
      ...foreignLocks.filter((name) => lock == null && existsSync(join(folder, name))),
    ]),
    hosts: registriesIn(settings).flatMap((address) => hostOf(address) ?? []),
    credentials: credentialsIn(settings, {}),
    files,
    steps: { command, rebuild },
  };
}

function wordsOf(hasLock: boolean, added: number, unread: readonly string[]): string {
  const from = hasLock ? "package-lock.json" : "package.json, without a package-lock.json to hold it";
  const also = added === 0 ? "" : ` and ${added} npm: imports`;
  const not = unread.length === 0 ? "" : `; not read: ${unread.join(", ")}`;
  return `installing from ${from}${also}${not}`;
}

/** What of a manifest decides which packages there are: its name or scripts may change without an install. */
function pinning(manifest: Record<string, unknown>): unknown[] {
  const names = ["dependencies", "optionalDependencies", "peerDependencies", "overrides", "workspaces"];
  return names.map((name) => manifest[name] ?? null);
}

function readManifest(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>; // An object of JSON has no other keys than texts.
  } catch (error) {
    const why = error instanceof Error ? error.message : "";
    const at = /\(line (\d+)/.exec(why)?.[1];
    throw refusedDependency(`package.json is no JSON: ${why}`, "package.json", at ? Number(at) : null);
  }
  throw refusedDependency("package.json is no JSON object", "package.json", 1);
}

function dependenciesOf(manifest: Record<string, unknown>, of = "dependencies"): Record<string, string> {
  const value = manifest[of];
  if (typeof value !== "object" || value === null) return {};
  const texts = Object.entries(value).filter(([, range]) => typeof range === "string");
  return Object.fromEntries(texts) as Record<string, string>; // Only texts were left.
}

/** All that a bundle holds, for dependencies that stand in it. */
async function digestOf(folder: string): Promise<string> {
  const hash = createHash("sha256");
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  for (const path of paths.sort()) hash.update(`${path.slice(folder.length)}\0`).update(await readFile(path));
  return hash.digest("hex");
}
