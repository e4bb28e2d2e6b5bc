import { cancelScheduled } from "./begin.ts";
import { endFrame, frameKey, openFrame } from "./frames.ts";
import { takeOver } from "./kept.ts";
import { openPrompt, plainOption } from "./prompts.ts";
import { renderString, renderTimespan, TextProblem, valuesOf } from "./render.ts";
import { acquireRunSlot, runSlotKey } from "./run-slot.ts";
import type { Failure, FrameState, Phase, RunState, StepState } from "./state.ts";
import { endInner } from "./stop-step.ts";
import { tell } from "./tell.ts";
import type { Turn } from "./turn.ts";

const runTimer = "run!timeout";
const nobody = { frame: null, step: null };

/** Starts a run: at once, or when it has the place that its concurrency key asks for. */
export function startRun(turn: Turn): void {
  const { state, plan } = turn;
  state.startedAt = turn.now;
  try {
    // Written by the definition, so its names are as trustworthy as an expression's.
    state.vars = Object.fromEntries(
      Object.entries(plan.vars).map(([name, value]) => [
        name,
        typeof value === "string" ? renderVar(turn, value) : value,
      ]),
    );
    if (plan.concurrency !== null) {
      acquireRunSlot(turn, plan.concurrency);
      return;
    }
  } catch (error) {
    failRun(turn, error);
  }
  beginRun(turn);
}

function failRun({ state }: Turn, error: unknown): void {
  if (!(error instanceof TextProblem)) throw error;
  state.failure = { code: error.code, message: error.message, step: "" };
  state.outcome = "failed";
}

/** Starts a run's time limit and its first steps, once nothing keeps it from beginning. */
export function beginRun(turn: Turn): void {
  const { state, plan } = turn;
  try {
    if (plan.timeout !== null && (state.kept?.phase ?? "steps") === "steps") {
      turn.startTimer(runTimer, turn.now + renderTimespan(turn, nobody, plan.timeout), null, "timeout");
    }
  } catch (error) {
    failRun(turn, error);
  }
  tell(turn, "started");
  if (state.outcome === "failed") enter(turn, "onFailure");
  else {
    takeOver(turn);
    enter(turn, state.kept?.phase ?? "steps");
  }
}

function renderVar(turn: Turn, value: string): unknown {
  return renderString(turn, nobody, value);
}

function enter(turn: Turn, phase: Phase): void {
  const { state } = turn;
  const { outcome, failure, rollback, vars } = state;
  state.phase = phase;
  state.entered[phase] = { outcome, failure, rollback, vars };
  turn.note({ type: "phase.entered", at: turn.now, phase });
  openFrame(turn, { owner: null, role: phase, prefix: "" });
}

/** Takes the end of one of the workflow's own lists. */
export function phaseEnded(turn: Turn, frame: FrameState): void {
  const { state } = turn;
  if (state.phase === "steps") {
    turn.stopTimer(runTimer);
    decideOutcome(state, frame);
    afterSteps(turn);
    return;
  }
  if (state.phase === "onSuccess" || state.phase === "finally") {
    if (state.outcome === "succeeded" && frame.failure !== null) {
      state.outcome = "failed";
      state.failure = frame.failure;
    }
  }
  if (state.phase === "finally") settleRun(turn);
  else enter(turn, "finally");
}

function decideOutcome(state: RunState, frame: FrameState): void {
  state.failure ??= frame.failure;
  if (state.stop !== null) {
    state.outcome = state.stop.status;
    if (state.outcome === "failed") {
      state.failure = {
        code: "stopped",
        message: state.stop.message ?? "a stop step ended the run",
        step: "",
      };
    }
  } else if (state.outcome === "succeeded") {
    if (frame.failure !== null) state.outcome = "failed";
    else if (frame.isCancelled) state.outcome = "cancelled";
  }
}

function hasFailedRun({ outcome }: RunState): boolean {
  return outcome === "failed" || outcome === "timed_out";
}

function afterSteps(turn: Turn): void {
  const { state, plan } = turn;
  const policy = state.wantsRollback ? "auto" : hasFailedRun(state) ? plan.rollback : "never";
  if (policy === "never" || state.undo.length === 0) afterRollback(turn);
  else if (policy === "auto") startRollback(turn);
  else {
    state.phase = "rollback";
    state.rollback = "asked";
    openPrompt(turn, {
      ...{ type: "openPrompt", key: "run!rollback", step: null, about: "rollback" },
      ...{ form: {}, approvers: null, notify: [], expiresAt: null },
      message: `The run failed${state.failure === null ? "" : ` at ${state.failure.step}`}. Roll back ${state.undo.length} of its steps?`,
      options: [plainOption("Roll back", "Roll back"), plainOption("Keep", "Leave it as it is")],
    });
  }
}

/** Takes the answer whether to roll back. */
export function rollbackAnswered(turn: Turn, response: string): void {
  if (turn.state.rollback !== "asked") return;
  if (response === "Roll back") startRollback(turn);
  else {
    turn.state.rollback = "none";
    afterRollback(turn);
  }
}

function startRollback(turn: Turn): void {
  const { state } = turn;
  state.phase = "rollback";
  state.rollback = "running";
  turn.note({ type: "phase.entered", at: turn.now, phase: "rollback" });
  undoNext(turn);
}

/** Runs the roll-back of the step that completed last among those that are left. */
function undoNext(turn: Turn): void {
  const { state } = turn;
  const next = state.undo.pop() ?? null;
  state.undoing = next;
  const step = next === null ? undefined : state.steps.get(next.step);
  if (step !== undefined) {
    openFrame(turn, { owner: step, role: "rollback", prefix: step.prefix });
    return;
  }
  if (state.rollback === "running") state.rollback = "done";
  afterRollback(turn);
}

/** Takes the end of one step's roll-back; a bad end does not stop the others. */
export function undone(turn: Turn, frame: FrameState): void {
  const { state } = turn;
  if (frame.failure !== null || frame.isCancelled) state.rollback = "failed";
  undoNext(turn);
}

function afterRollback(turn: Turn): void {
  const { state } = turn;
  state.undoing = null;
  if (hasFailedRun(state)) enter(turn, "onFailure");
  else enter(turn, state.outcome === "succeeded" ? "onSuccess" : "finally");
}

function settleRun(turn: Turn): void {
  const { state, plan } = turn;
  state.phase = "ended";
  try {
    state.outputs = valuesOf(turn, nobody, plan.outputs);
  } catch (error) {
    if (!(error instanceof TextProblem)) throw error;
    if (state.outcome === "succeeded") {
      state.outcome = "failed";
      state.failure = { code: "outputs", message: error.message, step: "" };
    }
  }
  state.status = state.outcome;
  const error = hasFailedRun(state) ? state.failure : null;
  tell(turn, hasFailedRun(state) ? "failed" : state.outcome === "succeeded" ? "succeeded" : "cancelled");
  turn.note({ type: "execution.settled", at: turn.now, status: state.outcome, error });
  turn.commands.push(settlement(state));
}

/** Ends a run of which no step began: nothing of it is left to clean up. */
export function settleUnbegun(
  turn: Turn,
  outcome: "failed" | "cancelled" | "superseded",
  failure: Failure | null,
): void {
  const { state } = turn;
  Object.assign(state, { phase: "ended", outcome, failure, status: outcome });
  if (outcome !== "superseded") tell(turn, outcome);
  turn.note({ type: "execution.settled", at: turn.now, status: outcome, error: failure });
  turn.commands.push(settlement(state));
}

/** The command that ends a run in the world. */
export function settlement(state: RunState) {
  const { outcome, outputs, failure, rollback } = state;
  const error = outcome === "succeeded" || outcome === "cancelled" ? null : failure;
  const undo = rollback === "done" || rollback === "failed" ? rollback : "none";
  return { type: "settle", status: outcome, outputs, error, rollback: undo } as const;
}

/** Cancels what runs; what comes after the steps (but the roll-back) still runs, and is cancelled by a second word. */
export function cancelRun(turn: Turn): void {
  endPhase(turn, "cancelled");
}

/** The run has taken too long. */
export function runTimedOut(turn: Turn): void {
  if (turn.state.phase !== "steps") return;
  turn.state.failure ??= {
    code: "timed_out",
    message: "the run has taken longer than its timeout",
    step: "",
  };
  endPhase(turn, "timed_out");
}

/** Ends the run's steps and rolls back what has a roll-back. */
export function wantRollback(turn: Turn): void {
  const { state } = turn;
  if (state.phase !== "steps") return;
  state.wantsRollback = true;
  endPhase(turn, "cancelled");
}

function endPhase(turn: Turn, outcome: "cancelled" | "timed_out"): void {
  const { state } = turn;
  if (state.phase === "new" || state.phase === "ended") return;
  if (state.phase === "scheduled") {
    cancelScheduled(turn);
    return;
  }
  if (state.phase === "queued") {
    turn.answered(runSlotKey);
    settleUnbegun(turn, "cancelled", null);
    return;
  }
  if (state.outcome === "succeeded") state.outcome = outcome;
  if (state.rollback === "asked") {
    turn.answered("run!rollback");
    turn.commands.push({ type: "closePrompt", key: "run!rollback", because: "cancelled" });
    state.rollback = "none";
    afterRollback(turn);
    return;
  }
  if (state.phase === "rollback") {
    state.undo = [];
    state.rollback = "failed";
    const step = state.undoing === null ? undefined : state.steps.get(state.undoing.step);
    if (step !== undefined) endInner(turn, step, "cancelled");
    return;
  }
  const frame = state.frames.get(frameKey("", "", state.phase));
  if (frame !== undefined) endFrame(turn, frame, "cancelled");
}

/** Ends the list that a `stop` stands in, and with it the run; the steps around the stop have done what they should. */
export function stopRun(
  turn: Turn,
  step: StepState,
  status: "succeeded" | "failed" | "cancelled",
  message: string | null,
): void {
  const { state } = turn;
  state.stop ??= { status, message };
  let frame = turn.frameOf(step);
  while (frame.owner !== null) {
    const owner = state.steps.get(frame.owner);
    if (owner === undefined) return;
    if (frame.role === "rollback") {
      endFrame(turn, frame, "skipped");
      return;
    }
    for (const key of [...owner.timers]) turn.stopTimer(key);
    owner.ending ??= { status: "succeeded", error: null };
    endInner(turn, owner, "skipped");
    frame = turn.frameOf(owner);
  }
  endFrame(turn, frame, "skipped");
}
