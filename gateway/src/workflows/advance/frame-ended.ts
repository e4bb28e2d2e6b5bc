import { endAttempt, startAttempt } from "./attempt.ts";
import { branchEnded } from "./branches.ts";
import { iterationEnded } from "./foreach.ts";
import { phaseEnded, undone } from "./phases.ts";
import { settleStep } from "./settle-step.ts";
import type { FrameState, StepState } from "./state.ts";
import { endIfIdle } from "./stop-step.ts";
import type { Turn } from "./turn.ts";

/** Takes the end of a list of steps to whom it belongs. */
export function frameEnded(turn: Turn, frame: FrameState): void {
  if (frame.owner === null) {
    phaseEnded(turn, frame);
    return;
  }
  const owner = turn.state.steps.get(frame.owner);
  if (owner === undefined) return;
  if (frame.role === "rollback") undone(turn, frame);
  else if (frame.role === "onFailure") handlerEnded(turn, owner, frame);
  else if (turn.planned(owner).type === "foreach") iterationEnded(turn, owner, frame);
  else branchEnded(turn, owner, frame);
}

/** A step's `onFailure` has run: the step fails, counts as satisfied, or is tried once more. */
function handlerEnded(turn: Turn, step: StepState, frame: FrameState): void {
  if (step.ending !== null) {
    endIfIdle(turn, step);
    return;
  }
  const { onFailure } = turn.planned(step);
  const status = step.lastStatus ?? "failed";
  if (frame.isCancelled && frame.failure === null) endAttempt(turn, step, { status: "cancelled" });
  else if (frame.failure !== null || onFailure?.after === "fail")
    settleStep(turn, step, { status, error: step.error });
  else if (onFailure?.after === "continue")
    settleStep(turn, step, { status, error: step.error, tolerated: true });
  else startAttempt(turn, step);
}
