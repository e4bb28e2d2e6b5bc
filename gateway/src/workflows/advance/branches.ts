import type { IfStep, ParallelStep, SwitchStep } from "@pulse/schema/workflow/plan";
import { endAttempt } from "./attempt.ts";
import { openFrame } from "./frames.ts";
import { takeResumed } from "./kept.ts";
import { innerPrefix } from "./names.ts";
import { evaluateText } from "./render.ts";
import type { FrameState, StepState } from "./state.ts";
import { endIfIdle, endInner } from "./stop-step.ts";
import type { Turn } from "./turn.ts";

/** Starts the branches of a step whose conditions hold: all of `parallel`, one of `if` and `switch`. */
export function startBranches(
  turn: Turn,
  step: StepState,
  planned: IfStep | SwitchStep | ParallelStep,
): void {
  const roles = takeResumed(turn, step)?.roles ?? rolesOf(turn, step, planned);
  const total = roles.length;
  const join = planned.type === "parallel" ? planned.join : "all";
  const wanted = join === "all" ? total : join === "any" ? 1 : join;
  step.branches = { total, wanted: Math.min(wanted, total), open: total, succeeded: 0 };
  if (total === 0) {
    endAttempt(turn, step, { status: "succeeded" });
    return;
  }
  const prefix = innerPrefix(step);
  for (const role of roles) openFrame(turn, { owner: step, role, prefix });
}

function rolesOf(turn: Turn, step: StepState, planned: IfStep | SwitchStep | ParallelStep): string[] {
  const asker = { frame: turn.frameOf(step), step };
  const holds = (text: string) => text === "true" || Boolean(evaluateText(turn, asker, text));
  if (planned.type === "if") {
    const [role, steps] = holds(planned.if)
      ? ["whenTrue", planned.whenTrue]
      : ["whenFalse", planned.whenFalse];
    step.output = role === "whenTrue";
    return steps.length > 0 ? [String(role)] : [];
  }
  if (planned.type === "switch") {
    const index = planned.cases.findIndex(({ when }) => holds(when));
    step.output = index;
    const steps = index < 0 ? planned.otherwise : (planned.cases[index]?.steps ?? []);
    return steps.length === 0 ? [] : [index < 0 ? "otherwise" : `cases/${index}`];
  }
  return planned.branches.flatMap(({ condition }, i) => (holds(condition) ? `branches/${i}` : []));
}

/** Counts a branch that ended; the step is over when enough of them did well, or too few still can. */
export function branchEnded(turn: Turn, step: StepState, frame: FrameState): void {
  const { branches } = step;
  const planned = turn.planned(step);
  if (branches === null) return;
  branches.open--;
  const isGood = frame.failure === null && !frame.isCancelled;
  if (isGood) branches.succeeded++;
  else if (!frame.isEnding) step.error ??= frame.failure;
  const isDecided =
    branches.succeeded >= branches.wanted || branches.succeeded + branches.open < branches.wanted;
  const endsEarly =
    planned.type === "parallel" &&
    ((planned.failFast && !isGood) || (planned.join !== "all" && branches.succeeded >= branches.wanted));
  if (endsEarly && isDecided && branches.open > 0) {
    endInner(turn, step, "cancelled");
    return;
  }
  if (branches.open > 0) return;
  if (step.ending !== null) {
    endIfIdle(turn, step);
    return;
  }
  if (branches.succeeded >= branches.wanted) endAttempt(turn, step, { status: "succeeded" });
  else if (step.error === null) endAttempt(turn, step, { status: "cancelled" });
  else endAttempt(turn, step, { status: "failed", error: step.error });
}
