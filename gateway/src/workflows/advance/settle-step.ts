import { forgetOpen } from "./forget-open.ts";
import { frameEnded } from "./frame-ended.ts";
import { becomeReady } from "./ready.ts";
import { releaseSlot } from "./slots.ts";
import { type Failure, type FrameState, hasEnded, hasFailed, type StepEnd, type StepState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** How a step ends for good. */
export interface StepSettlement {
  status: StepEnd;
  error?: Failure | null;
  tolerated?: boolean;
}

/** Ends a step for good: its dependants may become ready, and with the last step its list is over. An end never changes. */
export function settleStep(
  turn: Turn,
  step: StepState,
  { status, error = null, tolerated }: StepSettlement,
): void {
  if (hasEnded(step.status)) return;
  const planned = turn.planned(step);
  forgetOpen(turn, step);
  releaseSlot(turn, step);
  step.status = status;
  step.finishedAt = turn.now;
  step.error = error;
  step.tolerated = hasFailed(status) && (tolerated === true || planned.continueOnError);
  const { path, attempt, output, outputs } = step;
  turn.note({ type: "step.settled", at: turn.now, step: path, attempt, status, error, output, outputs });
  if (attempt > 0 && planned.rollback.length > 0 && turn.state.phase === "steps") {
    turn.state.undo.push({ step: path, touched: Object.keys(step.touched) });
  }
  passOn(turn, step, turn.frameOf(step));
}

/** Tells the list of a step that it has ended, and those that need it. */
export function passOn(turn: Turn, step: StepState, frame: FrameState): void {
  const { status, error } = step;
  frame.open--;
  if (hasFailed(status) && !step.tolerated)
    frame.failure ??= error ?? failureOf(turn.planned(step).name, status);
  if (status === "cancelled") frame.isCancelled = true;
  const past = pastAfter(step);
  for (const id of turn.index.list(frame.ownerId, frame.role).dependants.get(step.id) ?? []) {
    const next = turn.state.steps.get(frame.prefix + id);
    if (next === undefined) continue;
    next.unmet--;
    if (past === "failed" || next.past === "succeeded") next.past = past;
    if (next.unmet === 0 && next.status === "pending") turn.later(() => becomeReady(turn, next));
  }
  if (frame.open === 0) turn.later(() => frameEnded(turn, frame));
}

/** What a dependant inherits: a failure that nobody tolerated stays one for all that come after it. */
export function pastAfter(step: StepState): StepState["past"] {
  if (step.status === "cancelled") return "cancelled";
  if (hasFailed(step.status)) return step.tolerated ? "succeeded" : "failed";
  return step.past;
}

function failureOf(name: string, status: string): Failure {
  return { code: status, message: `${name} ended ${status}`, step: name };
}
