import type { InputDefinition } from "./fields.ts";

/** A time span: milliseconds, or a template whose value `readTimespan` turns into milliseconds when the step starts. */
export type Timespan = number | { template: string };

/** A number, or a percentage of a set such as `25%`. */
export type Amount = number | `${number}%`;

/** How a step or a target is tried again; `attempts` 1 means never. */
export interface RetryPlan {
  attempts: number;
  backoff: "fixed" | "exponential";
  delay: Timespan;
  factor: number;
  maxDelay: Timespan;
  /** 0 is the exact delay, 1 a random one between 0 and it. */
  jitter: number;
  /** `error`, `timeout`, `lost`, `exit:N`, `exit:N-M`. */
  on: string[];
  /** An expression over `error`; null is always. */
  if: string | null;
  scope: "failedTargets" | "allTargets";
}

export interface ConcurrencyPlan {
  /** May hold templates. */
  key: string;
  limit: number;
  onConflict: "queue" | "skip" | "cancelRunning" | "replaceQueued" | "fail";
  /** Null is no limit. */
  maxQueued: number | null;
}

/** How the targets of a step are taken in turn. */
export interface StrategyPlan {
  mode: "parallel" | "rolling";
  /** Size of a batch; null is all that are left at once. */
  batch: Amount | null;
  /** How many are tried first, alone; 0 is none. */
  canary: number;
  pause: Timespan;
  confirm: "none" | "afterCanary" | "everyBatch";
  maxFailures: Amount;
}

/** Targets in their object form, with every default in it. */
export interface TargetsPlan {
  /** Target expressions; may hold templates. */
  select: string[];
  where: string | null;
  /** Null is all of them. */
  count: Amount | null;
  order: "name" | "random" | "leastLoaded" | "label";
  orderLabel: string | null;
  requires: { memMb: number | null; cpu: number | null; diskMb: number | null };
  strategy: StrategyPlan;
  /** Null is the default of each runner: `fail` when given by name, `skip` when selected otherwise. */
  unavailable: "fail" | "skip" | "wait" | null;
  empty: "fail" | "skip";
}

export interface OptionPlan {
  value: string;
  label: string;
  style: "primary" | "danger" | "default";
  outcome: "continue" | "fail" | "cancel";
  requireComment: boolean;
}

export interface ApproversPlan {
  users: string[];
  groups: string[];
  count: number;
  allowStarter: boolean;
}

/** An input with every default in it; `default` is absent when none was given. */
export type InputPlan = Required<Pick<InputDefinition, "type">> & {
  title: string | null;
  description: string | null;
  required: boolean;
  default?: unknown;
  options: unknown[];
  pattern: string | null;
  min: number | null;
  max: number | null;
};

/** What every step of a plan has. */
export interface CommonStep {
  /** As given, else made from the name; unique in the whole definition. */
  id: string;
  /** Where it stands in the definition: a JSON Pointer such as `/steps/3/then/0`. */
  pointer: string;
  name: string;
  /** Ids of steps of the same list; an implicit edge to the step before is in it. */
  needs: string[];
  /** An expression. */
  condition: string;
  /** The condition asks about the past (`always`, `failed`, `cancelled`), so a failed need does not block the step. */
  survivesFailure: boolean;
  /** Null is no limit. */
  timeout: Timespan | null;
  retry: RetryPlan;
  continueOnError: boolean;
  /** Steps that run when this one failed, and what becomes of it then; null when there are none. */
  onFailure: { steps: PlannedStep[]; after: "fail" | "continue" | "retry" } | null;
  rollback: PlannedStep[];
  delivery: "atMostOnce" | "atLeastOnce";
  onLost: "fail" | "retry" | "wait" | "ask";
  concurrency: ConcurrencyPlan | null;
  /** Names to values: text is an expression, anything else is itself. */
  outputs: Record<string, unknown>;
  /** Names to text that may hold templates, with `defaults.env` below the step's own. */
  env: Record<string, string>;
  secrets: Record<string, string>;
}

export interface ExecuteStep extends CommonStep {
  type: "execute";
  /** Exactly one of the three is given. */
  command: string | null;
  script: string | null;
  commandRef: string | null;
  args: Record<string, unknown>;
  targets: TargetsPlan;
  /** Where the targets came from; `all` means that nobody named any. */
  targetsFrom: "step" | "defaults" | "all";
  /** A container on the runner; null is the host's shell. */
  image: string | null;
  shell: string | null;
  cwd: string | null;
  user: string | null;
  successCodes: number[];
}

export interface PromptStep extends CommonStep {
  type: "prompt";
  message: string;
  options: OptionPlan[];
  form: Record<string, InputPlan>;
  /** Null: whoever may run the workflow may answer. */
  approvers: ApproversPlan | null;
  onTimeout: { action: "fail" } | { action: "cancel" } | { action: "answer"; option: string };
  notify: string[];
}

export interface WaitStep extends CommonStep {
  type: "wait";
  wait:
    | { for: "duration"; duration: Timespan }
    | { for: "time"; until: string }
    | { for: "event"; name: string; match: string | null; lookback: Timespan };
}

export interface FunctionStep extends CommonStep {
  type: "function";
  /** `name`, `name@3` or `name@alias`. */
  function: string;
  input: unknown;
  async: boolean;
}

export interface WorkflowStep extends CommonStep {
  type: "workflow";
  workflow: string;
  inputs: Record<string, unknown>;
  detach: boolean;
}

export interface ParallelStep extends CommonStep {
  type: "parallel";
  branches: { name: string; condition: string; steps: PlannedStep[] }[];
  /** A number is how many branches must succeed. */
  join: "all" | "any" | number;
  failFast: boolean;
}

export interface IfStep extends CommonStep {
  type: "if";
  if: string;
  whenTrue: PlannedStep[];
  whenFalse: PlannedStep[];
}

export interface SwitchStep extends CommonStep {
  type: "switch";
  cases: { when: string; steps: PlannedStep[] }[];
  otherwise: PlannedStep[];
}

export interface ForeachStep extends CommonStep {
  type: "foreach";
  /** A list, or a template that gives one. */
  items: unknown;
  as: string;
  steps: PlannedStep[];
  maxParallel: number;
  maxItems: number;
  collect: string | null;
  breakIf: string | null;
}

export interface HttpStep extends CommonStep {
  type: "http";
  method: string;
  url: string;
  headers: Record<string, unknown>;
  body?: unknown;
  /** An expression over `status`, `headers` and `body`. */
  expect: string;
  /** Null: the gateway makes the request. */
  targets: TargetsPlan | null;
}

export interface NotifyStep extends CommonStep {
  type: "notify";
  channel: string;
  message: string;
}

export interface SetStep extends CommonStep {
  type: "set";
  /** Names to values: text is an expression, anything else is itself. */
  set: Record<string, unknown>;
}

export interface StopStep extends CommonStep {
  type: "stop";
  status: "succeeded" | "failed" | "cancelled";
  message: string | null;
}

/** A step with everything explicit. */
export type PlannedStep =
  | ExecuteStep
  | PromptStep
  | WaitStep
  | FunctionStep
  | WorkflowStep
  | ParallelStep
  | IfStep
  | SwitchStep
  | ForeachStep
  | HttpStep
  | NotifyStep
  | SetStep
  | StopStep;

/** What starts the workflow by itself, with every default in it; times are milliseconds. */
export interface TriggerPlan {
  /** `cron` and `schedule` are the same: times. */
  type: "cron" | "schedule" | "webhook" | "event";
  /** What it stays known by: as given, else its name, else `type` and its place among the triggers, such as `cron-1`. */
  id: string;
  cron: string | null;
  everyMs: number | null;
  at: string | null;
  timezone: string;
  overlap: "skip" | "bufferOne" | "bufferAll" | "cancelRunning" | "allow";
  catchupMs: number;
  jitterMs: number;
  name: string | null;
  match: string | null;
  auth: "hmac-sha256" | "bearer" | "none";
  provider: string | null;
  inputs: Record<string, unknown>;
  enabled: boolean;
}

/** A workflow with everything explicit: plain JSON, made by `normalise` and read by the engine. */
export interface Plan {
  version: 1;
  name: string | null;
  description: string | null;
  tags: string[];
  inputs: Record<string, InputPlan>;
  vars: Record<string, unknown>;
  concurrency: ConcurrencyPlan | null;
  timeout: Timespan | null;
  triggers: TriggerPlan[];
  permissions: {
    view: string[] | null;
    run: string[] | null;
    edit: string[] | null;
    approve: string[] | null;
  };
  rollback: "auto" | "ask" | "never";
  outputs: Record<string, unknown>;
  notify: {
    channel: string;
    on: ("started" | "succeeded" | "failed" | "cancelled" | "prompt" | "lost")[];
    message: string | null;
  }[];
  steps: PlannedStep[];
  onFailure: PlannedStep[];
  onSuccess: PlannedStep[];
  finally: PlannedStep[];
}
