import type { ConcurrencyPlan } from "@pulse/schema/workflow/plan";
import { failAttempt, startAttempt } from "./attempt.ts";
import type { Cause } from "./events.ts";
import { renderString, TextProblem } from "./render.ts";
import { settleStep } from "./settle-step.ts";
import type { StepState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** The key of a step's place among those of the same concurrency key. */
export function slotKey(step: StepState): string {
  return `${step.path}!slot`;
}

/** Asks for a place before a step starts. */
export function acquireSlot(turn: Turn, step: StepState, plan: ConcurrencyPlan): void {
  step.status = "waiting";
  try {
    const key = renderString(turn, { frame: turn.frameOf(step), step }, plan.key);
    turn.ask({ type: "acquire", key: slotKey(step), step: step.path, concurrency: { ...plan, key } });
  } catch (error) {
    if (!(error instanceof TextProblem)) throw error;
    failAttempt(turn, step, error.code, error.message);
  }
}

/** Takes the answer to `acquire`. */
export function slotAnswered(
  turn: Turn,
  step: StepState,
  cause: Extract<Cause, { type: "slot.granted" | "slot.refused" }>,
): void {
  turn.answered(cause.key);
  if (cause.type === "slot.granted") {
    step.holdsSlot = true;
    startAttempt(turn, step);
  } else if (cause.skip) settleStep(turn, step, { status: "skipped" });
  else {
    const error = { code: "concurrency", message: cause.reason, step: turn.planned(step).name };
    settleStep(turn, step, { status: "failed", error });
  }
}

/** Gives the place back. */
export function releaseSlot(turn: Turn, step: StepState): void {
  if (!step.holdsSlot) return;
  step.holdsSlot = false;
  turn.commands.push({ type: "release", key: slotKey(step) });
}
