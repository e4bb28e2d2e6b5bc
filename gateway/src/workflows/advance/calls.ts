import type { HttpStep, NotifyStep, WorkflowStep } from "@pulse/schema/workflow/plan";
import { endAttempt, failAttempt } from "./attempt.ts";
import type { Cause, Outcome } from "./events.ts";
import { requestOf } from "./jobs.ts";
import { evaluateText, renderObject, renderString, renderTimespan, TextProblem } from "./render.ts";
import type { Failure, StepState, TargetState } from "./state.ts";
import { endIfIdle } from "./stop-step.ts";
import type { Turn } from "./turn.ts";

/** Has a request made by the gateway. */
export function startCall(turn: Turn, step: StepState, planned: HttpStep): void {
  const asker = { frame: turn.frameOf(step), step };
  const request = requestOf(turn, asker, planned);
  const timeoutMs = planned.timeout === null ? null : renderTimespan(turn, asker, planned.timeout);
  const key = `${step.path}#${step.attempt}`;
  const { secrets, delivery } = planned;
  turn.ask({ type: "callHttp", key, step: step.path, request, secrets, timeoutMs, delivery });
}

/** Has people told something. */
export function startNotify(turn: Turn, step: StepState, planned: NotifyStep): void {
  const asker = { frame: turn.frameOf(step), step };
  const channel = renderString(turn, asker, planned.channel);
  const message = renderString(turn, asker, planned.message);
  const timeoutMs = planned.timeout === null ? null : renderTimespan(turn, asker, planned.timeout);
  turn.ask({
    type: "notify",
    key: `${step.path}#${step.attempt}`,
    step: step.path,
    channel,
    message,
    timeoutMs,
  });
}

/** Has another workflow run; a detached one is only started. */
export function startChild(turn: Turn, step: StepState, planned: WorkflowStep): void {
  const asker = { frame: turn.frameOf(step), step };
  const workflow = renderString(turn, asker, planned.workflow);
  const inputs = renderObject(turn, asker, planned.inputs);
  const key = `${step.path}#${step.attempt}`;
  turn.ask({ type: "startChild", key, step: step.path, workflow, inputs, detach: planned.detach });
}

/** Takes note of the execution that a job or a child became; what is not waited for has done its work with that. */
export function executionKnown(
  turn: Turn,
  step: StepState,
  cause: Extract<Cause, { type: "target.submitted" | "child.started" }>,
): void {
  const planned = turn.planned(step);
  const { key, executionId } = cause;
  const target = cause.type === "target.submitted" ? step.targets[cause.target] : undefined;
  if (target !== undefined) {
    target.executionId = executionId;
    delete target.room;
    // It was told to end before it was known.
    if (turn.state.asked.get(key)?.isCancelled)
      turn.commands.push({ type: "cancelTargets", key, targets: [target.id] });
  }
  const isFree =
    (planned.type === "function" && planned.async) || (planned.type === "workflow" && planned.detach);
  if (!isFree || step.ending !== null) return;
  turn.answered(key);
  if (target !== undefined) target.status = "succeeded";
  step.output = { executionId };
  endAttempt(turn, step, { status: "succeeded" });
}

/** Takes the end of a call, a message or a child execution. */
export function callSettled(turn: Turn, step: StepState, key: string, outcome: Outcome): void {
  turn.answered(key);
  if (step.ending !== null) {
    endIfIdle(turn, step);
    return;
  }
  step.output = outcome.output ?? null;
  const planned = turn.planned(step);
  if (outcome.status === "succeeded" && planned.type === "http") judge(turn, step, planned, outcome.output);
  else end(turn, step, outcome);
}

function judge(turn: Turn, step: StepState, planned: HttpStep, output: unknown): void {
  const problem = unexpected(turn, step, planned, output);
  if (problem === null) endAttempt(turn, step, { status: "succeeded" });
  else failAttempt(turn, step, problem.code, problem.message);
}

/** Why an answer is not what the `expect` of its step says; null: it is. */
export function unexpected(
  turn: Turn,
  step: StepState,
  planned: HttpStep,
  output: unknown,
): { code: string; message: string } | null {
  try {
    const answer = typeof output === "object" && output !== null ? { ...output } : {};
    const asker = { frame: turn.frameOf(step), step };
    if (evaluateText(turn, asker, planned.expect, answer)) return null;
    const status = String(Reflect.get(answer, "status") ?? "none");
    const message = `the answer (status ${status}) is not as expected: ${planned.expect}`;
    return { code: "unexpected_answer", message };
  } catch (error) {
    if (!(error instanceof TextProblem)) throw error;
    return { code: error.code, message: error.message };
  }
}

/** Takes the end of a function. */
export function functionSettled(turn: Turn, step: StepState, target: TargetState): void {
  step.output = target.outcome?.output ?? null;
  if (target.status === "succeeded") endAttempt(turn, step, { status: "succeeded" });
  else end(turn, step, target.outcome ?? { status: "failed" });
}

function end(turn: Turn, step: StepState, { status, error }: Outcome): void {
  const ended = status === "dead" ? "failed" : status === "superseded" ? "cancelled" : status;
  const name = turn.planned(step).name;
  const failure: Failure | null =
    ended === "succeeded"
      ? null
      : { code: error?.code ?? ended, message: error?.message ?? `it ended ${status}`, step: name };
  endAttempt(turn, step, { status: ended, error: failure });
}
