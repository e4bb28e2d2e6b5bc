import { ProblemError } from "@pulse/schema/problem";
import type { Timing } from "@pulse/schema/wire/job";
import type { AttemptEnd, BuildJob, FunctionJob, JobLink } from "../work.ts";
import type { Conversation } from "./conversation.ts";
import { type AttemptFacts, type CallError, outcomeOf } from "./outcome.ts";
import { CodeError, type CodeShelf, type PreparedCode } from "./prepare-code.ts";
import type { CallEnd, Ready } from "./runtime-frames.ts";
import type { Cell, CellSpec, ExitFacts } from "./sandbox.ts";
import type { Lease, WarmPool } from "./warm-pool.ts";

const cancelGraceMs = 10_000;
const timeoutGraceMs = 2000;
const termGraceMs = 1000;

/** Where calls run: code on disk, cells in the pool. */
export interface Bench {
  shelf: CodeShelf;
  pool: WarmPool;
}

/** Runs one attempt of a function to its end; never throws for what user code does. */
export async function runCall(
  bench: Bench,
  job: FunctionJob,
  link: JobLink,
  signal: AbortSignal,
): Promise<AttemptEnd> {
  const timing: Timing = {};
  const quiet: AttemptFacts = {
    call: null,
    timedOut: false,
    cancelled: false,
    exit: null,
    timeoutMs: job.timeoutMs,
  };
  const endOf = (facts: Partial<AttemptFacts>): AttemptEnd => ({
    ...outcomeOf({ ...quiet, ...facts }),
    built: null,
    timing,
    truncated: false,
  });
  let lease: Lease | { error: CallError } | null;
  try {
    const { spec } = job;
    const code = await codeOf(bench.shelf, job, spec.deps, link, signal);
    const { settings } = spec;
    const options = {
      concurrency: settings.concurrency ?? 1,
      keepAliveMs: spec.keepAliveMs,
      reuse: settings.reuse !== "never",
    };
    lease = await bench.pool.take(
      `${job.version}/${spec.deps}`,
      cellSpecOf(job),
      options,
      (cell, conversation, limit) => loadCode(cell, conversation, job, code, link, limit),
      signal,
    );
  } catch (error) {
    if (signal.aborted) return endOf({ cancelled: true });
    return { ...endOf({}), ...failureOf(error) };
  }
  if (lease === null) {
    return endOf({
      call: { error: { code: "init_error", message: "the process ended while the code was loaded" } },
    });
  }
  if ("error" in lease) return endOf({ call: lease });
  timing.start = lease.start;
  timing.startMs = round(lease.startMs);
  timing.initMs = round(lease.initMs);
  const begun = performance.now();
  const seen = await watchCall(bench.pool, lease, job, link, signal);
  timing.runMs = round(performance.now() - begun);
  return endOf(seen);
}

const round = (ms: number) => Math.round(ms * 100) / 100;

/** One call from `Q` to `D`, with its timeout, its cancellation and the end of its process. */
async function watchCall(
  pool: WarmPool,
  { warm }: Lease,
  job: FunctionJob,
  link: JobLink,
  signal: AbortSignal,
): Promise<Pick<AttemptFacts, "call" | "timedOut" | "cancelled" | "exit">> {
  const { cell, conversation } = warm;
  const facts = { timedOut: false, cancelled: false };
  const timers: NodeJS.Timeout[] = [];
  let forced = false;
  const { ended, stop } = conversation.call(job, link, signal);
  const askToStop = (reason: string, graceMs: number) => {
    stop(reason);
    timers.push(
      setTimeout(() => {
        forced = true;
        cell.terminate();
        timers.push(setTimeout(() => void cell.destroy(), termGraceMs));
      }, graceMs),
    );
  };
  const onAbort = () => {
    facts.cancelled = true;
    askToStop(String(signal.reason), cancelGraceMs);
  };
  timers.push(
    setTimeout(() => {
      facts.timedOut = true;
      askToStop("timed_out", timeoutGraceMs);
    }, job.timeoutMs),
  );
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  let call: CallEnd | null;
  try {
    call = await ended;
  } finally {
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
  const exit: ExitFacts | null = call === null ? await cell.exited : null;
  const healthy = exit === null && !facts.timedOut && !forced;
  await pool.giveBack(warm, healthy);
  return { call, exit, ...facts };
}

/** Loads code into a fresh cell; what it prints meanwhile goes to the job's log. */
export async function loadCode(
  cell: Cell,
  conversation: Conversation,
  job: FunctionJob | BuildJob,
  code: PreparedCode,
  link: JobLink,
  signal: AbortSignal,
): Promise<Ready | { error: CallError } | null> {
  const seen = await cell.place(code.folder, null);
  const { name, version } = job.spec.function;
  const init = {
    entry: `${seen.code}/${code.entry}`,
    deps: `${seen.code}/.deps`,
    env: job.spec.settings.env ?? {},
    secrets: {},
    function: { name, version },
    concurrency: job.spec.settings.concurrency ?? 1,
  };
  return conversation.load(
    init,
    (stream, level, text) => link.log({ t: Date.now(), s: stream, l: level, d: text }),
    signal,
  );
}

/** What a cell must be for a job. */
export function cellSpecOf(job: FunctionJob | BuildJob): CellSpec {
  const { settings, runtime } = job.spec;
  return {
    runtime,
    memory: settings.memory ?? 256 * 2 ** 20,
    cpus: settings.cpus ?? 1,
    egress: settings.egress ?? "open",
    project: job.project,
  };
}

/** The code of a job on this machine's disk: at once when it was prepared before. */
export async function codeOf(
  shelf: CodeShelf,
  job: FunctionJob | BuildJob,
  deps: string | null,
  link: JobLink,
  signal: AbortSignal,
): Promise<PreparedCode> {
  const known = shelf.known(job.version, deps);
  if (known !== undefined) return known;
  const bundle = await link.content(job.bundle.replace(/^sha256:/, ""), signal);
  const archive = deps === null ? null : await link.content(deps, signal);
  const { runtime, entry } = job.spec;
  return shelf.prepare({ version: job.version, runtime, entry, bundle, deps: archive }, deps);
}

/** An error before any code ran: of the code when it does not parse, else of this machine. */
export function failureOf(error: unknown): Partial<AttemptEnd> {
  if (error instanceof CodeError) {
    return outcomeOf({
      call: { error: error.callError },
      timedOut: false,
      cancelled: false,
      exit: null,
      timeoutMs: 0,
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  const own = error instanceof ProblemError && error.code === "invalid_bundle";
  const reason = own ? ("init_error" as const) : ("infrastructure" as const);
  return {
    status: "failed",
    reason,
    error: {
      code: reason,
      message: own ? message : `the sandbox could not be started: ${message}`,
      source: own ? "function" : "platform",
    },
  };
}
