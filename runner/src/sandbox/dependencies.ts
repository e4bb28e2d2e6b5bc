import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ProblemError } from "@pulse/schema/problem";
import type { BuildJob, JobLink } from "../work.ts";
import { CodeError } from "./bundle.ts";
import { ArchiveRefused } from "./install/archive.ts";
import { explainFailure } from "./install/explain.ts";
import type { Installer } from "./install/installer.ts";
import type { InstallLimits } from "./install/limits.ts";
import { credentialsIn } from "./install/npmrc.ts";
import type { InstallPlan } from "./install/plan.ts";
import { readRegistries } from "./install/registries.ts";
import { Said } from "./install/said.ts";
import type { Installed } from "./installed.ts";
import type { Sandbox } from "./sandbox.ts";

/** What installs are made with. */
export interface InstallBench {
  sandbox: Sandbox;
  install: Installer;
  limits: InstallLimits;
  installed: Installed;
}

/** Dependencies that are stored: their digest, and the key under which they are found again. */
export interface Dependencies {
  deps: string;
  buildKey: string;
}

/** The key under which built dependencies are found again. */
export function buildKeyOf(plan: InstallPlan, identity: string): string {
  const text = JSON.stringify([2, plan.runtime, plan.lock, identity]);
  return createHash("sha256").update(text).digest("hex");
}

/** The stored dependencies of a plan: found, or installed and uploaded. Throws `CodeError` for an install that failed by what it was given. */
export async function provideDependencies(
  bench: InstallBench,
  job: BuildJob,
  link: JobLink,
  { plan, folder, secrets }: { plan: InstallPlan; folder: string; secrets: Record<string, string> },
  signal: AbortSignal,
): Promise<Dependencies> {
  const { installed, sandbox } = bench;
  const say = (text: string) => link.log({ t: Date.now(), s: "system", l: "info", d: text });
  const buildKey = buildKeyOf(plan, await sandbox.identity(plan.runtime));
  const find = async () => {
    const own = installed.find(job.project, buildKey);
    const known = own ?? (await storedElsewhere(link, buildKey, signal));
    if (known === null) return null;
    installed.keep(job.project, buildKey, known);
    say(`dependencies unchanged: ${known.slice(0, 12)}${own === null ? ", of an earlier build" : ""}`);
    return known;
  };
  const found = await find();
  if (found !== null) return { deps: found, buildKey };
  const provide = async () => {
    const meanwhile = await find();
    if (meanwhile !== null) return meanwhile;
    const made = await installNow(bench, job, link, { plan, folder, secrets }, signal);
    installed.keep(job.project, buildKey, made);
    return made;
  };
  return { deps: await installed.alone(job.project, buildKey, provide, signal), buildKey };
}

/** What another runner, or this one before it was started anew, has installed and stored, while the store still has it. */
async function storedElsewhere(link: JobLink, buildKey: string, signal: AbortSignal): Promise<string | null> {
  const known = await link.built(buildKey, signal);
  if (known === null) return null;
  try {
    await link.content(known, signal);
    return known;
  } catch (error) {
    if (error instanceof ProblemError && (error.code === "not_found" || error.code === "invalid_bundle"))
      return null;
    throw error;
  }
}

async function installNow(
  { install, limits }: InstallBench,
  { project }: BuildJob,
  link: JobLink,
  { plan, folder, secrets }: { plan: InstallPlan; folder: string; secrets: Record<string, string> },
  signal: AbortSignal,
): Promise<string> {
  const log = (text: string) => link.log({ t: Date.now(), s: "system", l: "info", d: text });
  const { hosts, npmrc, settings, env, certificates } = await readRegistries(plan.runtime);
  const own = [...credentialsIn(settings, process.env), ...Object.values(env).flatMap(passwordsIn)];
  const said = new Said(log, [...Object.values(secrets), ...plan.credentials, ...own]);
  const archive = join(folder, "..", "dependencies.tar.gz");
  const started = performance.now();
  log(plan.words);
  try {
    const credentials = { npmrc, env: { ...env, ...secrets } };
    const made = await install(
      { project, plan, folder, archive, credentials, hosts, certificates, limits, said },
      signal,
    );
    if ("failed" in made) {
      throw new CodeError(await explainFailure({ ...made.failed, said: said.last }, plan, folder, limits));
    }
    const { sha256, files, bytes } = made.archive;
    await link.upload(archive, sha256, signal);
    const took = ((performance.now() - started) / 1000).toFixed(1);
    log(`${files} files, ${(bytes / 1e6).toFixed(1)} MB, stored as ${sha256.slice(0, 12)} after ${took} s`);
    return sha256;
  } catch (error) {
    if (error instanceof ArchiveRefused)
      throw new CodeError({ code: "build_failed", message: error.message });
    throw error;
  } finally {
    await rm(archive, { force: true });
  }
}

/** The user and password in addresses. */
function passwordsIn(text: string): string[] {
  return text.split(/\s+/).flatMap((one) => {
    if (!URL.canParse(one)) return [];
    const { username, password } = new URL(one);
    return [username, password].filter((part) => part !== "").map(decodeURIComponent);
  });
}
