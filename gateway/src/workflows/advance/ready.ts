import { startAttempt } from "./attempt.ts";
import { isResumed } from "./kept.ts";
import { evaluateText, TextProblem } from "./render.ts";
import { settleStep } from "./settle-step.ts";
import { acquireSlot } from "./slots.ts";
import type { StepState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Decides about a step whose needs have all ended: it is blocked, left out, or started. */
export function becomeReady(turn: Turn, step: StepState): void {
  if (step.status !== "pending") return;
  const planned = turn.planned(step);
  turn.note({ type: "step.ready", at: turn.now, step: step.path });
  if (step.past !== "succeeded" && !planned.survivesFailure) {
    settleStep(turn, step, { status: "blocked" });
    return;
  }
  const asker = { frame: turn.frameOf(step), step };
  try {
    const isAsked = planned.condition !== "true" && !isResumed(turn, step);
    if (isAsked && !evaluateText(turn, asker, planned.condition)) {
      settleStep(turn, step, { status: "skipped" });
      return;
    }
  } catch (error) {
    if (!(error instanceof TextProblem)) throw error;
    const failure = { code: "condition", message: error.message, step: planned.name };
    settleStep(turn, step, { status: "failed", error: failure });
    return;
  }
  if (planned.concurrency !== null) acquireSlot(turn, step, planned.concurrency);
  else startAttempt(turn, step);
}
