import type { HeaderList, Job, LogLine, Outcome } from "@pulse/schema/wire/job";
import type { WarmOrder } from "@pulse/schema/wire/warm-order";
import type { CommandContainers } from "./sandbox/command-container.ts";

export type FunctionJob = Extract<Job, { kind: "function" }>;
export type BuildJob = Extract<Job, { kind: "build" }>;

export type CommandJob = Extract<Job, { kind: "command" }>;

/** One captured line, before it has its number. */
export type CapturedLine = Omit<LogLine, "seq">;

/** How an attempt ended, as the sandbox side knows it: the response went through `JobLink.respond`, the logs through `log`. */
export type AttemptEnd = Omit<Outcome, "response" | "logs">;

/** What a running job may ask of the agent around it. */
export interface JobLink {
  /** The request body, opened at most once; null when there is none. */
  openBody(signal: AbortSignal): Promise<ReadableStream<Uint8Array> | null>;
  log(line: CapturedLine): void;
  /** The response head arrived. Called at most once; the body ends, or errors when the attempt broke off. */
  respond(head: { status: number; headers: HeaderList }, body: ReadableStream<Uint8Array>): void;
  /** `ctx.invoke`. Throws `ProblemError`. */
  invoke(name: string, input: unknown, signal: AbortSignal): Promise<{ status: number; value: unknown }>;
  /** `ctx.emit`: what is emitted again under the same key of the job is one event. Throws `ProblemError`. */
  emit(name: string, data: unknown, key: string, signal: AbortSignal): Promise<{ id: string }>;
  /** `ctx.kv`: what is asked goes to the gateway as it is, which judges it. Throws `ProblemError`. */
  kv(asked: Record<string, unknown>, signal: AbortSignal): Promise<unknown>;
  /** The job's secrets by name, opened; kept in memory alone. Throws `infrastructure` when they are not sealed to this runner. */
  secrets(): Promise<Record<string, string>>;
  /** Stored content by digest, cached on the runner's disk: resolves to the path of the verified file. */
  content(sha256: string, signal: AbortSignal): Promise<string>;
  /** The stored content that a build of the job's project made under this key, on whichever runner; null when none did. */
  built(buildKey: string, signal: AbortSignal): Promise<string | null>;
  /** Uploads a file under its digest. */
  upload(path: string, sha256: string, signal: AbortSignal): Promise<void>;
}

/** What warming a version may ask of the agent. */
export interface WarmLink extends Pick<JobLink, "content"> {
  /** The secrets of an order. */
  open(order: WarmOrder): Promise<Record<string, string>>;
}

/** The half of the runner that runs code; the agent half talks to the gateway. */
export interface Workshop {
  /** What this machine can run now: `typescript`, `python`. */
  readonly runtimes: readonly string[];
  /** `docker` or `process`, and `build`, `stream`. */
  readonly capabilities: readonly string[];
  /** Why calls cannot run yet ("preparing image"), else null. */
  preparing(): string | null;
  /** Versions with a warm sandbox, idle or busy: a version that serves call after call does not come and go. */
  warm(): string[];
  /** Calls back when `preparing`, `runtimes` or `warm` changed. */
  onChange(callback: () => void): void;
  /**
   * Runs one attempt to its end and never throws for what user code does. `signal` cancels: its reason is "cancelled",
   * "disconnected" or "fenced"; the grace before SIGTERM is `graceMs`.
   */
  run(job: FunctionJob, link: JobLink, signal: AbortSignal): Promise<AttemptEnd>;
  build(job: BuildJob, link: JobLink, signal: AbortSignal): Promise<AttemptEnd>;
  /** Keeps these versions warm from now on, and lets go what is not among them. What cannot be warmed is tried again. */
  prewarm(orders: readonly WarmOrder[], link: WarmLink): void;
  /** Where commands run in images; absent or null: no Docker engine answers here. */
  readonly containers?: CommandContainers | null;
  /** Ends every sandbox. */
  stop(): Promise<void>;
}
