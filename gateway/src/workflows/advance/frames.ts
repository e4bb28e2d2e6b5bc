import type { PlannedStep } from "@pulse/schema/workflow/plan";
import { frameEnded } from "./frame-ended.ts";
import { keptStep, reuseSteps } from "./kept.ts";
import { becomeReady } from "./ready.ts";
import { type FrameState, hasEnded, type StepState } from "./state.ts";
import { endStep } from "./stop-step.ts";
import type { Turn } from "./turn.ts";

interface NewFrame {
  owner: StepState | null;
  role: string;
  prefix: string;
  locals?: Record<string, unknown>;
  index?: number;
}

/** The key of a list that runs: unique among all that ever run in one run. */
export function frameKey(prefix: string, ownerId: string, role: string): string {
  return `${prefix}${ownerId}:${role}`;
}

/** Starts a list of steps: those that need nothing become ready, and an empty list ends at once. */
export function openFrame(turn: Turn, { owner, role, prefix, locals = {}, index }: NewFrame): FrameState {
  const ownerId = owner?.id ?? "";
  const { steps } = turn.index.list(ownerId, role);
  const frame: FrameState = {
    ...{ key: frameKey(prefix, ownerId, role), owner: owner?.path ?? null, ownerId, role, prefix, locals },
    ...{ index: index ?? null, open: steps.length, failure: null, isCancelled: false, isEnding: false },
  };
  turn.state.frames.set(frame.key, frame);
  if (owner !== null) owner.inner[frame.key] = true;
  const made = steps.map((step) => keptStep(turn, frame.prefix + step.id) ?? newStep(step, frame));
  for (const step of made) turn.state.steps.set(step.path, step);
  for (const step of made)
    if (step.unmet === 0 && step.status === "pending") turn.later(() => becomeReady(turn, step));
  reuseSteps(turn, frame, made);
  if (made.length === 0) turn.later(() => frameEnded(turn, frame));
  return frame;
}

function newStep(step: PlannedStep, frame: FrameState): StepState {
  return {
    ...{ path: frame.prefix + step.id, id: step.id, frame: frame.key, prefix: frame.prefix },
    ...{ status: "pending", unmet: step.needs.length, past: "succeeded", attempt: 0 },
    ...{ startedAt: null, finishedAt: null, output: null, outputs: {}, error: null },
    ...{
      tolerated: false,
      lastStatus: null,
      handled: false,
      ending: null,
      response: null,
      form: null,
      answers: [],
    },
    ...{
      targets: {},
      touched: {},
      batch: null,
      each: null,
      branches: null,
      asked: [],
      timers: [],
      inner: {},
      holdsSlot: false,
    },
  };
}

/** The steps of a list that runs, in the order of the plan. */
export function stepsOf(turn: Turn, frame: FrameState): StepState[] {
  return turn.index.list(frame.ownerId, frame.role).steps.flatMap(({ id }) => {
    return turn.state.steps.get(frame.prefix + id) ?? [];
  });
}

/** Ends a list early: what has not started does not start, what runs is told to end. It is over when the last of it is. */
export function endFrame(turn: Turn, frame: FrameState, status: "cancelled" | "skipped"): void {
  if (frame.isEnding) return;
  frame.isEnding = true;
  for (const step of stepsOf(turn, frame)) {
    if (!hasEnded(step.status)) endStep(turn, step, { status, error: null });
  }
}
