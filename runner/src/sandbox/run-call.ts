import { createHash } from "node:crypto";
import { ProblemError } from "@pulse/schema/problem";
import type { Reason } from "@pulse/schema/status";
import type { Timing } from "@pulse/schema/wire/job";
import type { WarmOrder } from "@pulse/schema/wire/warm-order";
import type { AttemptEnd, BuildJob, CapturedLine, FunctionJob, JobLink } from "../work.ts";
import { CodeError } from "./bundle.ts";
import type { Conversation } from "./conversation.ts";
import { type CustomSpec, companionRuntime, customSpecOf, isUsedOnce } from "./custom/custom-spec.ts";
import { imageOf } from "./custom/image-of.ts";
import { type CustomImages, ImageError, type PinnedImage } from "./images/custom-images.ts";
import type { OpenCall } from "./open-call.ts";
import { type AttemptFacts, noFacts, outcomeOf, outcomeOfLoad, type Verdict } from "./outcome.ts";
import type { Lease, Loaded, Taken, Use, Version, WarmCell } from "./pool/warm-cell.ts";
import type { WarmPool } from "./pool/warm-pool.ts";
import type { CodeShelf, PreparedCode } from "./prepare-code.ts";
import type { Cell, CellSpec } from "./sandbox.ts";

const cancelGraceMs = 10_000;
const timeoutGraceMs = 2000;
const termGraceMs = 1000;
/** The runtime itself gives up on work after a response after 30 s. */
const waitUntilMs = 31_000;

/** Where calls run: code on disk, cells in the pool. */
export interface Bench {
  shelf: CodeShelf;
  pool: WarmPool;
  /** Null: no custom images run here. */
  custom: CustomImages | null;
}

/** Runs one attempt of a function to its end; never throws for what user code does. */
export async function runCall(
  bench: Bench,
  job: FunctionJob,
  link: JobLink,
  signal: AbortSignal,
): Promise<AttemptEnd> {
  const timing: Timing = {};
  const rest = { built: null, timing };
  const facts = { ...noFacts, timeoutMs: job.timeoutMs };
  // Another call may wait for the same load longer than this one.
  let isLoading = true;
  let taken: Taken;
  try {
    const { settings, deps, keepAliveMs } = job.spec;
    const code = await codeOf(bench.shelf, job, deps, link, signal);
    const secrets = await link.secrets();
    const log = (line: CapturedLine) => {
      if (isLoading) link.log(line);
    };
    const use = useOf(settings, keepAliveMs);
    const image = await imageOf(bench.custom, job, log, signal);
    taken = await bench.pool.take(versionOf({ job, code, secrets, log, image }, deps, use), signal);
  } catch (error) {
    const verdict = signal.aborted ? outcomeOf({ ...facts, cancelled: true }) : failureOf(error);
    return { ...verdict, ...rest, truncated: false };
  } finally {
    isLoading = false;
  }
  if (!("warm" in taken)) return { ...outcomeOfLoad(taken), ...rest, truncated: false };
  timing.start = taken.start;
  timing.startMs = round(taken.startMs);
  timing.initMs = round(taken.initMs);
  const begun = performance.now();
  const { truncated, ...seen } = await watchCall(bench.pool, taken, job, link, signal);
  timing.runMs = round(performance.now() - begun);
  return { ...outcomeOf({ ...facts, ...seen }), ...rest, truncated };
}

const round = (ms: number) => Math.round(ms * 100) / 100;

/** One call from `Q` to the end of its response; its slot is kept until `D`. What comes first counts: the end, the timeout or the cancellation. */
async function watchCall(
  pool: WarmPool,
  { warm }: Lease,
  job: FunctionJob,
  link: JobLink,
  signal: AbortSignal,
): Promise<Omit<AttemptFacts, "timeoutMs"> & { truncated: boolean }> {
  const { cell, conversation } = warm;
  let decided: "timed_out" | "cancelled" | null = null;
  let force: NodeJS.Timeout | undefined;
  const decide = (why: "timed_out" | "cancelled", reason: string, graceMs: number) => {
    if (decided !== null || call.hasEnded) return;
    decided = why;
    call.stop(reason);
    force = setTimeout(() => {
      cell.terminate();
      force = setTimeout(() => conversation.end("was ended with a call that did not stop"), termGraceMs);
    }, graceMs);
  };
  const call = conversation.call(job, link, signal, () => decide("cancelled", "disconnected", cancelGraceMs));
  const onAbort = () => decide("cancelled", String(signal.reason), cancelGraceMs);
  const timer = setTimeout(() => decide("timed_out", "timed_out", timeoutGraceMs), job.timeoutMs);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  const end = await call.ended;
  clearTimeout(timer);
  signal.removeEventListener("abort", onAbort);
  const { truncated, timedOut, cancelled } = {
    truncated: call.isTruncated,
    timedOut: decided === "timed_out",
    cancelled: decided === "cancelled",
  };
  if (decided !== null) await call.over;
  clearTimeout(force);
  if (end === null || decided !== null) {
    conversation.forget(call);
    call.close();
  } else await conversation.settled(call);
  const released = release(pool, warm, call, end !== null && !timedOut);
  // A cell that is not used again is gone before its call is told to have ended.
  if (end === null || decided !== null) await released;
  const exit = end === null ? await conversation.ended : null;
  return { call: decided === null ? end : null, exit, timedOut, cancelled, truncated };
}

/** Gives the slot back when the call is over, work that it goes on with after its response included. */
async function release(pool: WarmPool, warm: WarmCell, call: OpenCall, healthy: boolean): Promise<void> {
  const { conversation } = warm;
  if (!call.isOver) {
    const limit = Promise.withResolvers<void>();
    const timer = setTimeout(limit.resolve, waitUntilMs);
    await Promise.race([call.over, limit.promise]);
    clearTimeout(timer);
  }
  conversation.forget(call);
  call.close();
  await pool.giveBack(warm, healthy && call.isOver);
}

/** A version as far as loading it goes: a job names one, and so does an order to keep it warm. */
export interface Loadable extends Pick<FunctionJob | BuildJob, "project" | "version" | "bundle"> {
  spec: FunctionJob["spec"] | BuildJob["spec"] | WarmOrder["spec"];
}

/** What is loaded into a cell, and who takes what it prints meanwhile. */
export interface Loading {
  job: Loadable;
  code: PreparedCode;
  secrets: Record<string, string>;
  log: (line: CapturedLine) => void;
  /** Of a version that is an image. */
  image?: PinnedImage | undefined;
}

/** Cells with this key have loaded the same: another value of a secret is another cell. Only the digest of secrets is in it. */
function poolKey(version: string, deps: string | null, secrets: Record<string, string>): string {
  const names = Object.keys(secrets).sort();
  if (names.length === 0) return `${version}/${deps}`;
  const text = JSON.stringify(names.map((name) => [name, secrets[name]]));
  return `${version}/${deps}/${createHash("sha256").update(text).digest("hex")}`;
}

/** How cells of a version are used, as its settings say. */
export function useOf(settings: FunctionJob["spec"]["settings"], keepAliveMs: number): Use {
  return { concurrency: settings.concurrency ?? 1, keepAliveMs, reuse: !isUsedOnce(settings) };
}

/** What the pool must know to give a slot of a version. */
export function versionOf(loading: Loading, deps: string | null, use: Use): Version {
  const { job, secrets, image } = loading;
  return {
    key: poolKey(job.version, deps, secrets),
    spec: cellSpecOf(job, image === undefined ? null : customSpecOf(loading, image)),
    use,
    load: (cell, conversation, limit) => loadCode(cell, conversation, loading, limit),
  };
}

/** Loads code into a fresh cell; what it prints meanwhile goes to the job's log. */
async function loadCode(
  cell: Cell,
  conversation: Conversation,
  { job, code, secrets, log }: Loading,
  signal: AbortSignal,
): Promise<Loaded> {
  const seen = await cell.place(code.folder, null);
  const { name, version } = job.spec.function;
  const { lambda, openwhisk, memory = 256 * 2 ** 20 } = job.spec.settings;
  const style = {
    ...(lambda && { lambda, root: seen.code, memoryMb: Math.floor(memory / 2 ** 20) }),
    ...(openwhisk && { openwhisk, root: seen.code }),
  };
  const init = {
    entry: `${seen.code}/${code.entry}`,
    deps: `${seen.code}/.deps`,
    env: job.spec.settings.env ?? {},
    secrets,
    function: { name, version },
    concurrency: job.spec.settings.concurrency ?? 1,
    ...style,
  };
  return conversation.load(
    init,
    (stream, level, text) => log({ t: Date.now(), s: stream, l: level, d: text }),
    signal,
  );
}

/** What a cell must be for a version; `custom` says what of a custom image. */
function cellSpecOf({ project, spec }: Loadable, custom: CustomSpec | null): CellSpec {
  const { settings, runtime } = spec;
  const { memory = 256 * 2 ** 20, cpus = 1, egress = "open" } = settings;
  const of = { memory, cpus, egress, project };
  if (runtime !== "image") return { ...of, runtime };
  if (custom === null) throw new Error("an image that nobody has looked up");
  return { ...of, runtime: companionRuntime, custom };
}

/** The code of a job on this machine's disk: at once when it was prepared before. */
export async function codeOf(
  shelf: CodeShelf,
  job: Loadable,
  deps: string | null,
  link: Pick<JobLink, "content">,
  signal: AbortSignal,
): Promise<PreparedCode> {
  const known = shelf.known(job.version, deps);
  if (known !== undefined) return known;
  const bundle = await link.content(job.bundle.replace(/^sha256:/, ""), signal);
  const archive = deps === null ? null : await link.content(deps, signal);
  const { runtime, entry, settings } = job.spec;
  const action = settings.openwhisk === undefined ? null : (settings.openwhisk.main ?? "main");
  return shelf.prepare({ version: job.version, runtime, entry, action, bundle, deps: archive }, deps);
}

/** An error before any code ran: of the code when it does not parse, else of this machine. */
export function failureOf(error: unknown): Verdict {
  if (error instanceof CodeError) return outcomeOfLoad({ error: error.callError });
  if (error instanceof ImageError) return failed(error.reason, error.message);
  const message = error instanceof Error ? error.message : String(error);
  const own = error instanceof ProblemError && error.code === "invalid_bundle";
  const reason = own ? ("init_error" as const) : ("infrastructure" as const);
  return failed(reason, own ? message : `the sandbox could not be started: ${message}`, own);
}

function failed(reason: Reason, message: string, isOwn = false): Verdict {
  const error = { code: reason, message, source: isOwn ? ("function" as const) : ("platform" as const) };
  return { status: "failed", reason, error, permanent: false, retryAfterMs: null };
}
