import type { Asked } from "./commands.ts";
import type { Outcome } from "./events.ts";
import type { Kept } from "./kept.ts";

/** Why a step or a run failed; `step` is the name of the step where it began. */
export interface Failure {
  code: string;
  message: string;
  step: string;
  exitCode?: number | null;
}

export type StepEnd = "succeeded" | "failed" | "timed_out" | "lost" | "cancelled" | "skipped" | "blocked";

export type StepStatus = "pending" | "running" | "waiting" | StepEnd;

/** One target of a step. */
export interface TargetState {
  id: string;
  name: string;
  status: "pending" | "submitted" | "asked" | StepEnd;
  executionId: string | null;
  /** The key of the command that handed its latest job out. */
  key: string | null;
  /** A job for it was handed out, in whichever attempt. */
  touched: boolean;
  /** Why it was left out, for one that never started. */
  reason: string | null;
  outcome: Outcome | null;
  /** There was no room for its job, since when and how often; `isWaiting`: it is to be handed in again. */
  room?: { since: number; tries: number; isWaiting: boolean; why: string };
  /** It ended so in the run that this one runs again. */
  reused?: true;
}

/** How far a step with targets is. */
export interface BatchState {
  batches: string[][];
  /** The batch that runs, or the next one. */
  current: number;
  /** Targets of the current batch that have not ended. */
  open: number;
  /** Of all targets, those that ended badly in this attempt. */
  failed: number;
}

/** How far a foreach is. */
export interface ForeachState {
  items: unknown[];
  next: number;
  running: number;
  isStopped: boolean;
  failed: number;
  /** The places of the items that failed. */
  bad: number[];
  collected: unknown[];
  /** The places of the items that are left as an earlier run has them. */
  done?: Record<string, true>;
}

/** How far a parallel step is; also of `if` and `switch`, which have one branch. */
export interface BranchesState {
  total: number;
  wanted: number;
  open: number;
  succeeded: number;
}

/** One step in one iteration. */
export interface StepState {
  path: string;
  id: string;
  /** The frame it stands in. */
  frame: string;
  /** What stands before the id in its path. */
  prefix: string;
  status: StepStatus;
  /** Needs that have not ended. */
  unmet: number;
  /** Whether something before it failed, which it inherits from what it needs. */
  past: "succeeded" | "failed" | "cancelled";
  attempt: number;
  startedAt: number | null;
  finishedAt: number | null;
  output: unknown;
  outputs: Record<string, unknown>;
  error: Failure | null;
  /** It failed, and that counts as satisfied. */
  tolerated: boolean;
  /** What its last attempt came to, while its `onFailure` runs. */
  lastStatus: "failed" | "timed_out" | "lost" | null;
  /** Its `onFailure` has run. */
  handled: boolean;
  /** It has been told to end; what it ends as then. */
  ending: { status: "succeeded" | "cancelled" | "timed_out" | "skipped"; error: Failure | null } | null;
  response: string | null;
  form: Record<string, unknown> | null;
  answers: { by: string; response: string }[];
  targets: Record<string, TargetState>;
  /** Names of the targets that it or a step inside it was started on; kept for a step with a roll-back and for a foreach. */
  touched: Record<string, true>;
  batch: BatchState | null;
  each: ForeachState | null;
  branches: BranchesState | null;
  /** Keys of commands that are not answered yet. */
  asked: string[];
  timers: string[];
  /** Keys of its lists that run, or ran in this attempt. */
  inner: Record<string, true>;
  holdsSlot: boolean;
  /** It ended so in the run that this one runs again. */
  reused?: true;
}

/** A list of steps that runs. */
export interface FrameState {
  key: string;
  /** The step that it is a part of; null for the lists of the workflow itself. */
  owner: string | null;
  ownerId: string;
  role: string;
  prefix: string;
  /** The item of an iteration. */
  locals: Record<string, unknown>;
  index: number | null;
  open: number;
  failure: Failure | null;
  /** Something in it was cancelled, and nothing failed. */
  isCancelled: boolean;
  /** It is told to end; its steps start no more. */
  isEnding: boolean;
}

/** A step whose roll-back is to run if the run is rolled back. */
export interface Undo {
  step: string;
  touched: string[];
}

export interface TimerState {
  at: number;
  /** Null is the run's own. */
  step: string | null;
  purpose: "start" | "timeout" | "retry" | "wait" | "pause" | "prompt" | "room";
}

/** How a run may end; `superseded`: another one has the place that it asked for. */
export type RunEnd = "succeeded" | "failed" | "cancelled" | "timed_out" | "superseded";

export type Phase =
  | "new"
  | "scheduled"
  | "queued"
  | "steps"
  | "rollback"
  | "onFailure"
  | "onSuccess"
  | "finally"
  | "ended";

/** How a run stands: how it will end, as far as is known, and why, and what was set. */
export type Stand = Pick<RunState, "outcome" | "failure" | "rollback" | "vars">;

/** Everything that is known of a run: what its log folds to. */
export interface RunState {
  phase: Phase;
  /** How it stood when each of its lists began. */
  entered: Partial<Record<Phase, Stand>>;
  status: "scheduled" | "running" | "waiting" | RunEnd;
  /** How it will end, as far as is known. */
  outcome: RunEnd;
  execution: Record<string, unknown> & { id?: unknown };
  inputs: Record<string, unknown>;
  event: unknown;
  vars: Record<string, unknown>;
  /** When it began; 0 before. */
  startedAt: number;
  /** What is taken over from another run and has not been come to yet. */
  kept: Kept | null;
  steps: Map<string, StepState>;
  frames: Map<string, FrameState>;
  /** What was asked of the world and is not answered yet, by key. */
  asked: Map<string, { command: Asked; isCancelled: boolean }>;
  timers: Map<string, TimerState>;
  prompts: Record<
    string,
    { response: string; form: Record<string, unknown>; comment: string | null; by: string }
  >;
  /** Responses in the order they came, with where the prompt stood: frames and ids from the inside out. */
  responses: { response: string; chain: [frame: string, id: string][] }[];
  undo: Undo[];
  /** What is being rolled back right now. */
  undoing: Undo | null;
  touched: Record<string, true>;
  failure: Failure | null;
  stop: { status: "succeeded" | "failed" | "cancelled"; message: string | null } | null;
  rollback: "none" | "asked" | "running" | "done" | "failed";
  wantsRollback: boolean;
  outputs: Record<string, unknown>;
  /** Words of other runs that this one be cancelled. */
  words: string[];
  /** Of what is asked, how much is neither a prompt nor a wait. */
  busy: number;
}

/** The state of a run before its first event. */
export function emptyState(): RunState {
  return {
    phase: "new",
    entered: {},
    status: "running",
    outcome: "succeeded",
    execution: {},
    inputs: {},
    event: null,
    vars: {},
    startedAt: 0,
    kept: null,
    steps: new Map(),
    frames: new Map(),
    asked: new Map(),
    timers: new Map(),
    prompts: {},
    responses: [],
    undo: [],
    undoing: null,
    touched: {},
    failure: null,
    stop: null,
    rollback: "none",
    wantsRollback: false,
    outputs: {},
    words: [],
    busy: 0,
  };
}

const ends: ReadonlySet<string> = new Set([
  "succeeded",
  "failed",
  "timed_out",
  "lost",
  "cancelled",
  "skipped",
  "blocked",
]);

/** Whether a step or a target is over. */
export function hasEnded(status: string): status is StepEnd {
  return ends.has(status);
}

/** Whether an end is a bad one. */
export function hasFailed(status: string): boolean {
  return status === "failed" || status === "timed_out" || status === "lost";
}

/** A state as plain JSON, to be kept; `readSnapshot` gives it back. */
export function snapshotOf(state: RunState): Record<string, unknown> {
  const { steps, frames, asked, timers, ...rest } = state;
  return {
    ...rest,
    steps: [...steps.values()],
    frames: [...frames.values()],
    asked: [...asked],
    timers: [...timers],
  };
}

/** The state that a snapshot was made of. Trusts it: only what `snapshotOf` made comes here. */
export function readSnapshot(snapshot: unknown): RunState {
  // A snapshot is written by `snapshotOf` alone, into a table that nobody else writes.
  const { steps, frames, asked, timers, ...rest } = snapshot as Omit<
    RunState,
    "steps" | "frames" | "asked" | "timers"
  > & {
    steps: StepState[];
    frames: FrameState[];
    asked: [string, { command: Asked; isCancelled: boolean }][];
    timers: [string, TimerState][];
  };
  return {
    ...rest,
    steps: new Map(steps.map((one) => [one.path, one])),
    frames: new Map(frames.map((one) => [one.key, one])),
    asked: new Map(asked),
    timers: new Map(timers),
  };
}
