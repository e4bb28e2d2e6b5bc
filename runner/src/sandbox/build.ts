import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { AttemptEnd, BuildJob, CapturedLine, JobLink } from "../work.ts";
import { CodeError } from "./bundle.ts";
import { imageOf } from "./custom/image-of.ts";
import { type Dependencies, type InstallBench, provideDependencies } from "./dependencies.ts";
import { planInstall } from "./install/plan-install.ts";
import { noFacts, outcomeOf, outcomeOfLoad } from "./outcome.ts";
import { type Bench, codeOf, failureOf, useOf, versionOf } from "./run-call.ts";
import { inputSchemaOf } from "./typed-input/input-schema.ts";
import { unpack } from "./unpack.ts";

const limits = { files: 2000, bytes: 50 * 2 ** 20 };
/** How long the cell that proved the code waits for its first call. */
const provedKeepAliveMs = 600_000;
const rest = { built: null, timing: {}, truncated: false };

/** Where builds run: the bench of calls, that of installs, and a folder of their own. */
export interface BuildBench extends Bench, InstallBench {
  folder: string;
}

/** Builds a version: installs its dependencies, uploads them, and loads the code once, as its first call will. */
export async function runBuild(
  bench: BuildBench,
  job: BuildJob,
  link: JobLink,
  signal: AbortSignal,
): Promise<AttemptEnd> {
  await mkdir(bench.folder, { recursive: true });
  const folder = await mkdtemp(join(bench.folder, "build-"));
  try {
    const { forBuild, forCode } = await secretsOf(job, link);
    const made = await dependenciesOf(bench, job, link, { folder, secrets: forBuild }, signal);
    const typed = await typedInput(job, join(folder, "code"));
    return await smoke(bench, job, link, { made, secrets: forCode, typed }, signal);
  } catch (error) {
    if (signal.aborted) return { ...outcomeOf({ ...noFacts, cancelled: true }), ...rest };
    const failure = failureOf(error);
    const { message, file, line } = failure.error ?? { message: "" };
    const where = file === undefined ? "" : `${file}:${line ?? 1}: `;
    // What does not parse names its place itself.
    const words = message.startsWith(where) ? message : `${where}${message}`;
    link.log({ t: Date.now(), s: "system", l: "error", d: words });
    const isBuild = error instanceof CodeError && error.callError.code === "build_failed";
    const reason = isBuild ? { reason: "build_failed" as const } : {};
    const named = failure.error && isBuild ? { error: { ...failure.error, code: "build_failed" } } : {};
    return { ...rest, ...failure, ...reason, ...named, permanent: failure.reason !== "infrastructure" };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Secrets that `buildSecrets` names reach installs and never the code. */
async function secretsOf(
  job: BuildJob,
  link: JobLink,
): Promise<{ forBuild: Record<string, string>; forCode: Record<string, string> }> {
  const named = job.spec.settings.buildSecrets;
  const names = Array.isArray(named) ? named : [];
  const all = Object.entries(await link.secrets());
  const pick = (wanted: boolean) =>
    Object.fromEntries(all.filter(([name]) => names.includes(name) === wanted));
  return { forBuild: pick(true), forCode: pick(false) };
}

async function dependenciesOf(
  bench: BuildBench,
  job: BuildJob,
  link: JobLink,
  { folder, secrets }: { folder: string; secrets: Record<string, string> },
  signal: AbortSignal,
): Promise<Dependencies | null> {
  const { runtime, entry, settings } = job.spec;
  if (runtime === "image") return null;
  const code = join(folder, "code");
  await mkdir(code);
  await unpack(await link.content(job.bundle.replace(/^sha256:/, ""), signal), code, limits);
  const plan = await planInstall(runtime, code, { entry, allowScripts: settings.allowInstallScripts ?? [] });
  return plan && provideDependencies(bench, job, link, { plan, folder: code, secrets }, signal);
}

type InputSchema = ReturnType<typeof inputSchemaOf>;

/** What the annotation of a TypeScript handler says of its input. */
async function typedInput({ spec: { runtime, entry } }: BuildJob, code: string): Promise<InputSchema> {
  if (runtime !== "typescript") return null;
  return inputSchemaOf(await readFile(join(code, entry), "utf8").catch(() => ""));
}

async function smoke(
  bench: Bench,
  job: BuildJob,
  link: JobLink,
  {
    made,
    secrets,
    typed,
  }: { made: Dependencies | null; secrets: Record<string, string>; typed: InputSchema },
  signal: AbortSignal,
): Promise<AttemptEnd> {
  const { deps, buildKey } = made ?? { deps: null, buildKey: null };
  const code = await codeOf(bench.shelf, job, deps, link, signal);
  const use = useOf(job.spec.settings, provedKeepAliveMs);
  const log = (line: CapturedLine) => link.log(line);
  const image = await imageOf(bench.custom, job, log, signal);
  const lease = await bench.pool.take(versionOf({ job, code, secrets, log, image }, deps, use), signal);
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
  // An annotation is of the export that takes inputs; what the code exports as its schema comes first.
  const typedSchema = kinds[0] === "handler" || kinds[0] === "main" ? typed : null;
  const pinned = image === undefined ? {} : { image: image.pinned };
  const built = { deps, buildKey, ...pinned, kinds, schema: schema ?? typedSchema, initMs };
  return { ...outcomeOf({ ...noFacts, call: { answered: true } }), ...rest, timing, built };
}
