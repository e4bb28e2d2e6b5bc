import type {
  ApproversPlan,
  ConcurrencyPlan,
  InputPlan,
  OptionPlan,
  TargetsPlan,
} from "@pulse/schema/workflow/plan";
import type { Sealed } from "./sealed.ts";

/** What every job has; times are milliseconds. */
interface JobBase {
  timeoutMs: number | null;
  delivery: "atMostOnce" | "atLeastOnce";
  onLost: "fail" | "retry" | "wait" | "ask";
  env: Record<string, Sealed>;
  /** Names to references of secrets, as the step has them. */
  secrets: Record<string, string>;
}

export interface CommandJob extends JobBase {
  kind: "command";
  command: string | null;
  script: string | null;
  commandRef: string | null;
  args: Record<string, unknown>;
  image: string | null;
  shell: string | null;
  cwd: string | null;
  user: string | null;
  successCodes: number[];
}

export interface FunctionJob extends JobBase {
  kind: "function";
  function: string;
  input: unknown;
  async: boolean;
}

/** A request as it goes out; the one who sends it fills the secrets in. */
export interface HttpRequest {
  method: string;
  url: string;
  headers: Record<string, Sealed>;
  body: unknown;
}

export interface HttpJob extends JobBase {
  kind: "http";
  request: HttpRequest;
}

/** What is to run, with every template filled in but the secrets. */
export type Job = CommandJob | FunctionJob | HttpJob;

interface Keyed {
  /** Unique in the run and the same in every replay: whoever performs the command is idempotent on execution and key. */
  key: string;
}

interface OfStep extends Keyed {
  /** The path of the step, such as `each[17]/parse`. */
  step: string;
}

export interface ResolveTargets extends OfStep {
  type: "resolveTargets";
  targets: TargetsPlan;
  /** What `resolveTargets` wants as its context, but for the fleet. */
  context: { failed: string[]; touched: string[]; seed: string; now: number; names: Record<string, unknown> };
}

/** Jobs for some targets; a function has the one target "", which means any runner. */
export interface SubmitTargets extends OfStep {
  type: "submitTargets";
  attempt: number;
  targets: { id: string; name: string }[];
  job: Job;
}

export interface OpenPrompt extends Keyed {
  type: "openPrompt";
  /** Null when the run itself asks. */
  step: string | null;
  /** Why somebody is asked: a prompt step, the next batch, a lost target, the roll-back. */
  about: "step" | "batch" | "lost" | "rollback";
  message: string;
  options: OptionPlan[];
  form: Record<string, InputPlan>;
  approvers: ApproversPlan | null;
  notify: string[];
  expiresAt: number | null;
}

export interface AwaitEvent extends OfStep {
  type: "awaitEvent";
  name: string;
  /** Events since this time count. */
  since: number;
}

export interface CallHttp extends OfStep {
  type: "callHttp";
  request: HttpRequest;
  secrets: Record<string, string>;
  timeoutMs: number | null;
  delivery: "atMostOnce" | "atLeastOnce";
}

export interface Notify extends Keyed {
  type: "notify";
  /** Null when the workflow itself tells: then nothing waits for the answer. */
  step: string | null;
  channel: string;
  message: string;
  timeoutMs: number | null;
  /** The key of the prompt that it tells of. */
  prompt?: string;
}

export interface StartChild extends OfStep {
  type: "startChild";
  workflow: string;
  inputs: Record<string, unknown>;
  detach: boolean;
}

export interface Acquire extends Keyed {
  type: "acquire";
  /** Null when it is for the whole run. */
  step: string | null;
  concurrency: ConcurrencyPlan;
}

/** Whether a run whose time has come may begin. */
export interface Begin extends Keyed {
  type: "begin";
  step: null;
}

/** Commands that somebody answers with an event of the same key. They stay in the state until then. */
export type Asked =
  | ResolveTargets
  | SubmitTargets
  | OpenPrompt
  | AwaitEvent
  | CallHttp
  | Notify
  | StartChild
  | Acquire
  | Begin;

/** The end of the run. */
export interface Settle {
  type: "settle";
  status: "succeeded" | "failed" | "cancelled" | "timed_out" | "superseded";
  outputs: Record<string, unknown>;
  error: { code: string; message: string; step: string } | null;
  rollback: "none" | "done" | "failed";
}

/** What is to be done in the world; doing one twice is as doing it once. */
export type Command =
  | Asked
  | { type: "startTimer"; key: string; at: number }
  | { type: "stopTimer"; key: string }
  | { type: "closePrompt"; key: string; because: "answered" | "expired" | "cancelled" }
  | { type: "stopAwaiting"; key: string }
  | { type: "cancelTargets"; key: string; targets: string[] }
  | { type: "cancelChild"; key: string }
  | { type: "release"; key: string }
  | Settle;
