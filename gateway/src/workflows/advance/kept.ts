import { passOn } from "./settle-step.ts";
import type { FrameState, RunState, Stand, StepState, TargetState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** How far a step with lists of its own was: it goes on there, instead of beginning anew. */
export interface Resumed {
  attempt: number;
  /** Its `onFailure` has had its say. */
  handled: boolean;
  output: unknown;
  touched: Record<string, true>;
  /** The lists that it had opened; empty for a foreach. */
  roles: string[];
  /** Of a foreach: its items, what it has collected, and the places of the items that are not run again. */
  each: { items: unknown[]; collected: unknown[]; done: Record<string, true> } | null;
}

/**
 * What a run takes over from the one that it runs again: steps that have ended, where to go on inside others, and what the run
 * knew when it stood there. Everything else happens anew. Each part is used once, when its place is come to.
 */
export interface Kept {
  /** The execution that it is from. */
  from: string;
  phase: "steps" | "onFailure" | "onSuccess" | "finally";
  /** Steps that have ended, by path, with those inside them. */
  steps: Record<string, StepState>;
  frames: Record<string, FrameState>;
  resumed: Record<string, Resumed>;
  /** Steps that run only on some of their targets: those that are left alone, and the names of the others. */
  targets: Record<string, { done: TargetState[]; again: string[] }>;
  /** What `set` steps wrote. */
  vars: Record<string, unknown>;
  /** Null once it is taken over. */
  run: (Omit<Stand, "vars"> & Pick<RunState, "prompts" | "responses" | "undo" | "touched">) | null;
}

/** Takes over what the run knew where it goes on; its steps come with their lists. */
export function takeOver({ state }: Turn): void {
  const { kept } = state;
  if (kept === null) return;
  Object.assign(state, kept.run);
  kept.run = null;
  state.vars = { ...state.vars, ...kept.vars };
  for (const [path, step] of Object.entries(kept.steps)) {
    if (kept.frames[step.frame] === undefined) continue;
    state.steps.set(path, step);
    delete kept.steps[path];
  }
  for (const [key, frame] of Object.entries(kept.frames)) state.frames.set(key, frame);
  kept.frames = {};
}

/** The step of a path that is taken over, if it is. */
export function keptStep({ state }: Turn, path: string): StepState | undefined {
  return state.kept?.steps[path];
}

/** Ends the steps of a list that are kept, as if they had ended just now, in the order in which they did. */
export function reuseSteps(turn: Turn, frame: FrameState, made: readonly StepState[]): void {
  const { kept } = turn.state;
  if (kept === null) return;
  const reused = made.flatMap(({ path }) => kept.steps[path] ?? []);
  reused.sort((left, right) => (left.finishedAt ?? 0) - (right.finishedAt ?? 0));
  for (const step of reused) {
    delete kept.steps[step.path];
    const { path, status } = step;
    turn.note({ type: "step.reused", at: turn.now, step: path, status, from: kept.from });
    passOn(turn, step, frame);
  }
}

/** Whether a step goes on where it was. */
export function isResumed({ state }: Turn, { path }: StepState): boolean {
  return state.kept?.resumed[path] !== undefined;
}

/** Puts a step where it was when its first attempt here begins. */
export function resume({ state }: Turn, step: StepState): void {
  const resumed = state.kept?.resumed[step.path];
  if (resumed === undefined || step.attempt > 0) return;
  step.attempt = resumed.attempt - 1;
  step.handled = resumed.handled;
  step.output = resumed.output;
  step.touched = resumed.touched;
}

/** Where a step goes on; null: it begins anew. Gives it once. */
export function takeResumed({ state }: Turn, { path }: StepState): Resumed | null {
  const resumed = state.kept?.resumed[path] ?? null;
  if (resumed !== null) delete state.kept?.resumed[path];
  return resumed;
}
