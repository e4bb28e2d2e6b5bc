import { startBranches } from "./branches.ts";
import { startCall, startChild, startNotify } from "./calls.ts";
import { startForeach } from "./foreach.ts";
import { forgetOpen } from "./forget-open.ts";
import { openFrame } from "./frames.ts";
import { startFunction } from "./jobs.ts";
import { resume } from "./kept.ts";
import { resultsOf } from "./names.ts";
import { stopRun } from "./phases.ts";
import { openStepPrompt } from "./prompts.ts";
import { renderOptional, renderTimespan, TextProblem, valuesOf } from "./render.ts";
import { mayRetry, retryDelayMs } from "./retry-rules.ts";
import { settleStep } from "./settle-step.ts";
import type { Failure, StepState } from "./state.ts";
import { startTargets } from "./target-batches.ts";
import type { Turn } from "./turn.ts";
import { startWait } from "./waits.ts";

/** Types whose limit is kept here; the others hand it out with the job, which may have to wait for its runner first. */
const timedHere: ReadonlySet<string> = new Set(["workflow", "parallel", "if", "switch", "foreach"]);

/** Starts the next attempt of a step. */
export function startAttempt(turn: Turn, step: StepState): void {
  const planned = turn.planned(step);
  resume(turn, step);
  step.attempt++;
  step.status = planned.type === "prompt" || planned.type === "wait" ? "waiting" : "running";
  step.startedAt ??= turn.now;
  step.ending = null;
  step.error = null;
  step.inner = {};
  turn.note({ type: "step.started", at: turn.now, step: step.path, attempt: step.attempt });
  try {
    if (planned.timeout !== null && timedHere.has(planned.type)) {
      const limit = renderTimespan(turn, { frame: turn.frameOf(step), step }, planned.timeout);
      turn.startTimer(`${step.path}#${step.attempt}!timeout`, turn.now + limit, step, "timeout");
    }
    start(turn, step);
  } catch (error) {
    if (!(error instanceof TextProblem)) throw error;
    failAttempt(turn, step, error.code, error.message);
  }
}

function start(turn: Turn, step: StepState): void {
  const planned = turn.planned(step);
  switch (planned.type) {
    case "execute":
      startTargets(turn, step, planned.targets);
      return;
    case "prompt":
      openStepPrompt(turn, step, planned);
      return;
    case "wait":
      startWait(turn, step, planned);
      return;
    case "function":
      startFunction(turn, step, planned);
      return;
    case "workflow":
      startChild(turn, step, planned);
      return;
    case "http":
      if (planned.targets === null) startCall(turn, step, planned);
      else startTargets(turn, step, planned.targets);
      return;
    case "notify":
      startNotify(turn, step, planned);
      return;
    case "parallel":
    case "if":
    case "switch":
      startBranches(turn, step, planned);
      return;
    case "foreach":
      startForeach(turn, step, planned);
      return;
    case "set": {
      const made = valuesOf(turn, { frame: turn.frameOf(step), step }, planned.set);
      turn.state.vars = Object.fromEntries([...Object.entries(turn.state.vars), ...Object.entries(made)]);
      step.output = made;
      endAttempt(turn, step, { status: "succeeded" });
      return;
    }
    case "stop": {
      const message = renderOptional(turn, { frame: turn.frameOf(step), step }, planned.message);
      endAttempt(turn, step, { status: "succeeded" });
      stopRun(turn, step, planned.status, message);
      return;
    }
  }
}

/** How one attempt ended. */
export interface AttemptEnd {
  status: "succeeded" | "failed" | "timed_out" | "lost" | "cancelled";
  error?: Failure | null;
}

/** Ends an attempt as failed, for a reason of the step itself. */
export function failAttempt(turn: Turn, step: StepState, code: string, message: string): void {
  endAttempt(turn, step, { status: "failed", error: { code, message, step: turn.planned(step).name } });
}

/** Ends an attempt: the step is over, is tried again, or its `onFailure` runs first. */
export function endAttempt(turn: Turn, step: StepState, { status, error = null }: AttemptEnd): void {
  forgetOpen(turn, step);
  if (status === "succeeded") {
    succeed(turn, step);
    return;
  }
  if (status === "cancelled" || turn.frameOf(step).isEnding) {
    settleStep(turn, step, { status: status === "cancelled" ? status : "cancelled", error });
    return;
  }
  const planned = turn.planned(step);
  step.error = error;
  const verdict = mayRetry(turn, step, status, error);
  if (verdict.retries) {
    const delayMs = retryDelayMs(turn, step, planned.retry);
    step.status = "waiting";
    turn.startTimer(`${step.path}#${step.attempt}!retry`, turn.now + delayMs, step, "retry");
  } else if (planned.onFailure !== null && !step.handled && planned.onFailure.steps.length > 0) {
    step.handled = true;
    step.ending = null;
    step.lastStatus = status;
    openFrame(turn, { owner: step, role: "onFailure", prefix: step.prefix });
  } else settleStep(turn, step, { status, error: verdict.problem ?? error });
}

function succeed(turn: Turn, step: StepState): void {
  const planned = turn.planned(step);
  const asker = { frame: turn.frameOf(step), step };
  if (Object.keys(planned.outputs).length > 0) {
    const more = { output: step.output, results: resultsOf(step), status: "succeeded" };
    try {
      step.outputs = valuesOf(turn, asker, planned.outputs, more);
    } catch (error) {
      if (!(error instanceof TextProblem)) throw error;
      settleStep(turn, step, {
        status: "failed",
        error: { code: "outputs", message: error.message, step: planned.name },
      });
      return;
    }
  }
  settleStep(turn, step, { status: "succeeded" });
}
