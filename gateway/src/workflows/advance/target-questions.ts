import { failAttempt } from "./attempt.ts";
import { functionSettled, unexpected } from "./calls.ts";
import type { Cause, Outcome } from "./events.ts";
import { jobFor } from "./jobs.ts";
import { keptOf } from "./kept-outcome.ts";
import { openPrompt, plainOption } from "./prompts.ts";
import { TextProblem } from "./render.ts";
import type { StepState, TargetState } from "./state.ts";
import { endIfIdle, openTargets } from "./stop-step.ts";
import { submit, submitBatch, targetEnded, targetsPlanOf } from "./target-batches.ts";
import type { Turn } from "./turn.ts";

/** Takes the end of a job on one target; the second end of the same target changes nothing. */
export function targetSettled(
  turn: Turn,
  step: StepState,
  { key, target: id, outcome }: Extract<Cause, { type: "target.settled" }>,
): void {
  const target = step.targets[id];
  const command = turn.state.asked.get(key)?.command;
  if (command?.type !== "submitTargets" || target?.status !== "submitted" || target.key !== key) return;
  const judged = judge(turn, step, outcome);
  target.outcome = keptOf(judged, Object.keys(step.targets).length);
  target.status = endOf(judged);
  const isAsked = target.status === "lost" && step.ending === null && command.job.onLost === "ask";
  if (isAsked) target.status = "asked";
  if (openTargets(turn.state, command).length === 0) turn.answered(key);
  if (isAsked) askAboutLost(turn, step, target, key);
  else if (step.ending !== null) endIfIdle(turn, step);
  else if (command.job.kind === "function") functionSettled(turn, step, target);
  else targetEnded(turn, step, target);
}

function endOf({ status }: Outcome): TargetState["status"] {
  if (status === "dead") return "failed";
  return status === "superseded" ? "cancelled" : status;
}

/** The outcome of a target; an answer of an `http` step is judged by its `expect`. */
function judge(turn: Turn, step: StepState, outcome: Outcome): Outcome {
  const planned = turn.planned(step);
  if (outcome.status !== "succeeded" || planned.type !== "http") return outcome;
  const error = unexpected(turn, step, planned, outcome.output);
  return error === null ? outcome : { ...outcome, status: "failed", error };
}

function askAboutLost(turn: Turn, step: StepState, target: TargetState, key: string): void {
  const { name } = turn.planned(step);
  const where = target.name === "" ? "the runner" : target.name;
  openPrompt(turn, {
    ...{ type: "openPrompt", key: `${key}@${target.id}!lost`, step: step.path, about: "lost" },
    ...{ form: {}, approvers: null, notify: [], expiresAt: null },
    message: `${name}: ${where} was lost before it said how the step ended. What happened?`,
    options: [
      plainOption("Failed", "It failed"),
      plainOption("Succeeded", "It succeeded"),
      plainOption("Retry", "Run it again"),
    ],
  });
}

/** Takes the answer about a lost target. */
export function lostAnswered(turn: Turn, step: StepState, promptKey: string, response: string): void {
  const [jobKey = "", id = ""] = splitLast(promptKey.slice(0, -"!lost".length));
  const target = step.targets[id];
  if (target?.status !== "asked") return;
  if (response === "Retry") {
    again(turn, step, target, `${jobKey}@${id}`);
    return;
  }
  target.status = response === "Succeeded" ? "succeeded" : "lost";
  if (turn.planned(step).type === "function") functionSettled(turn, step, target);
  else targetEnded(turn, step, target);
}

function splitLast(text: string): [string, string] {
  const at = text.lastIndexOf("@");
  return [text.slice(0, at), text.slice(at + 1)];
}

function again(turn: Turn, step: StepState, target: TargetState, key: string): void {
  if (turn.planned(step).type === "function") {
    failAttempt(turn, step, "lost", "the runner was lost");
    return;
  }
  try {
    submit(turn, step, [target.id], key, jobFor(turn, step, targetsPlanOf(turn, step).planned, target));
  } catch (error) {
    if (!(error instanceof TextProblem)) throw error;
    // The others of its batch go on, and are waited for.
    target.status = "failed";
    target.outcome = { status: "failed", error: { code: error.code, message: error.message } };
    targetEnded(turn, step, target);
  }
}

/** Takes the answer before a batch. */
export function batchAnswered(turn: Turn, step: StepState, response: string): void {
  if (response === "Continue") submitBatch(turn, step);
  else failAttempt(turn, step, "stopped", "the answer between two batches was to stop");
}
