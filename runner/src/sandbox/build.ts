import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { AttemptEnd, BuildJob, CapturedLine, JobLink } from "../work.ts";
import { buildKeyOf, type InstallPlan, installPlan, packFolder, runCommand } from "./dependencies.ts";
import type { Installed } from "./installed.ts";
import { noFacts, outcomeOf, outcomeOfLoad } from "./outcome.ts";
import { type Bench, cellSpecOf, codeOf, failureOf, loadCode, poolKey } from "./run-call.ts";
import type { Sandbox } from "./sandbox.ts";
import { unpack } from "./unpack.ts";

const limits = { files: 2000, bytes: 50 * 2 ** 20 };
const rest = { built: null, timing: {}, truncated: false };

/** Where builds run: the bench of calls, a folder of their own, and what was installed before. */
export interface BuildBench extends Bench {
  sandbox: Sandbox;
  folder: string;
  installed: Installed;
}

/** A build that failed before the code was loaded. */
function buildFailed(message: string): AttemptEnd {
  const error = { code: "build_failed", message, source: "function" as const };
  return { status: "failed", reason: "build_failed", error, permanent: true, retryAfterMs: null, ...rest };
}

/** Builds a version: installs its dependencies, uploads them, and loads the code once, as its first call will. */
export async function runBuild(
  bench: BuildBench,
  job: BuildJob,
  link: JobLink,
  signal: AbortSignal,
): Promise<AttemptEnd> {
  const say = (text: string) => link.log({ t: Date.now(), s: "system", l: "info", d: text });
  await mkdir(bench.folder, { recursive: true });
  const folder = await mkdtemp(join(bench.folder, "build-"));
  try {
    const bundle = await link.content(job.bundle.replace(/^sha256:/, ""), signal);
    await unpack(bundle, folder, limits);
    const plan = installPlan(job.spec.runtime, folder, job.spec.settings.allowInstallScripts ?? []);
    let deps: string | null = null;
    let buildKey: string | null = null;
    if (plan !== null) {
      buildKey = buildKeyOf(plan, await bench.sandbox.identity(job.spec.runtime));
      deps = bench.installed.find(job.project, buildKey);
      if (deps === null) {
        const made = await install(bench, link, plan, folder, signal);
        if (typeof made !== "string") return made;
        deps = made;
        bench.installed.keep(job.project, buildKey, deps);
      } else say(`dependencies unchanged: ${deps.slice(0, 12)}`);
    }
    return await smoke(bench, job, link, { deps, buildKey }, signal);
  } catch (error) {
    if (signal.aborted) return { ...outcomeOf({ ...noFacts, cancelled: true }), ...rest };
    const failure = failureOf(error);
    if (failure.error) say(failure.error.message);
    return { ...rest, ...failure, permanent: failure.reason !== "infrastructure" };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Installs what a plan names and stores it; its digest, or how it failed. */
async function install(
  { sandbox }: BuildBench,
  link: JobLink,
  plan: InstallPlan,
  folder: string,
  signal: AbortSignal,
): Promise<string | AttemptEnd> {
  const say = (text: string) => link.log({ t: Date.now(), s: "system", l: "info", d: text });
  say(`$ ${plan.command.join(" ")}`);
  // Without install scripts npm only unpacks; everything else that an install may run stays inside the sandbox.
  const isolated = sandbox.kind === "docker" && !plan.command.includes("--ignore-scripts");
  if (isolated)
    return buildFailed(`installing with ${plan.command[0]} inside containers is not available yet`);
  const code = await runCommand(plan.command, folder, say, signal);
  if (code !== 0)
    return buildFailed(`${plan.command[0]} ended with exit code ${code}; its output is in the build log`);
  const archive = join(folder, "deps.tar.gz");
  const sha256 = await packFolder(join(folder, plan.made), plan.placed, archive);
  await link.upload(archive, sha256, signal);
  say(`dependencies stored as ${sha256.slice(0, 12)}`);
  return sha256;
}

async function smoke(
  bench: Bench,
  job: BuildJob,
  link: JobLink,
  made: { deps: string | null; buildKey: string | null },
  signal: AbortSignal,
): Promise<AttemptEnd> {
  const code = await codeOf(bench.shelf, job, made.deps, link, signal);
  const options = {
    concurrency: job.spec.settings.concurrency ?? 1,
    keepAliveMs: 600_000,
    reuse: job.spec.settings.reuse !== "never",
  };
  const secrets = await link.secrets();
  const log = (line: CapturedLine) => link.log(line);
  const lease = await bench.pool.take(
    poolKey(job.version, made.deps, secrets),
    cellSpecOf(job),
    options,
    (cell, conversation, limit) => loadCode(cell, conversation, { job, code, secrets, log }, limit),
    signal,
  );
  if (!("warm" in lease)) {
    const verdict = outcomeOfLoad(lease);
    const words = verdict.error?.stack ?? verdict.error?.message ?? "";
    link.log({ t: Date.now(), s: "system", l: "error", d: words });
    const permanent = verdict.reason !== "infrastructure";
    return { ...rest, ...verdict, permanent };
  }
  const { kinds, schema, initMs } = lease.warm.ready;
  // The cell that proved the code is the first warm one.
  await bench.pool.giveBack(lease.warm, true);
  const timing = { start: lease.start, startMs: lease.startMs, initMs };
  const built = { ...made, kinds, schema: schema ?? null, initMs };
  return { ...outcomeOf({ ...noFacts, call: { answered: true } }), ...rest, timing, built };
}
