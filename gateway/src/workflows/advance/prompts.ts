import type { OptionPlan, PromptStep } from "@pulse/schema/workflow/plan";
import { endAttempt, failAttempt } from "./attempt.ts";
import type { OpenPrompt } from "./commands.ts";
import type { Cause } from "./events.ts";
import { chainOf } from "./names.ts";
import { cancelRun, rollbackAnswered } from "./phases.ts";
import { renderString, renderTimespan, renderValue } from "./render.ts";
import type { StepState } from "./state.ts";
import { batchAnswered, lostAnswered } from "./target-questions.ts";
import { tell } from "./tell.ts";
import type { Turn } from "./turn.ts";

type Answer = Extract<Cause, { type: "prompt.answered" }>;

/** Opens the prompt of a prompt step, with its time limit. */
export function openStepPrompt(turn: Turn, step: StepState, planned: PromptStep): void {
  const asker = { frame: turn.frameOf(step), step };
  const key = `${step.path}#${step.attempt}`;
  const message = renderString(turn, asker, planned.message);
  const notify = planned.notify.map((one) => renderString(turn, asker, one));
  // A form is JSON, as every part of a plan; its templates give JSON again.
  const form = renderValue(turn, asker, planned.form) as PromptStep["form"];
  const expiresAt = planned.timeout === null ? null : turn.now + renderTimespan(turn, asker, planned.timeout);
  step.answers = [];
  step.form = null;
  openPrompt(turn, {
    ...{ type: "openPrompt", key, step: step.path, about: "step", message, options: planned.options },
    ...{ form, approvers: planned.approvers, notify, expiresAt },
  });
  if (expiresAt !== null) turn.startTimer(`${key}!expiry`, expiresAt, step, "prompt");
}

/** Asks people something. */
export function openPrompt(turn: Turn, prompt: OpenPrompt): void {
  turn.ask(prompt);
  prompt.notify.forEach((channel, i) => {
    const { key, message } = prompt;
    turn.ask({
      ...{ type: "notify", key: `${key}!notify/${i}`, step: null, channel, message, timeoutMs: null },
      prompt: key,
    });
  });
  tell(turn, "prompt", `/${prompt.key}`, prompt.key);
  turn.note({ type: "prompt.opened", at: turn.now, key: prompt.key, step: prompt.step });
}

/** An option that only says something, as the engine's own questions have. */
export function plainOption(value: string, label: string): OptionPlan {
  return { value, label, style: "default", outcome: "continue", requireComment: false };
}

/** Takes an answer; an answer to a prompt that is closed, or one that is not among the options, changes nothing. */
export function promptAnswered(turn: Turn, answer: Answer): void {
  const prompt = turn.state.asked.get(answer.key)?.command;
  if (prompt?.type !== "openPrompt") return;
  const option = prompt.options.find(({ value }) => value === answer.response);
  if (option === undefined) return;
  const step = prompt.step === null ? null : (turn.state.steps.get(prompt.step) ?? null);
  if (prompt.about === "step" && step !== null) {
    stepAnswered(turn, step, prompt, option, answer);
    return;
  }
  closePrompt(turn, answer.key, "answered");
  if (prompt.about === "rollback") rollbackAnswered(turn, answer.response);
  if (step === null) return;
  if (prompt.about === "batch") batchAnswered(turn, step, answer.response);
  if (prompt.about === "lost") lostAnswered(turn, step, answer.key, answer.response);
}

function closePrompt(turn: Turn, key: string, because: "answered" | "expired"): void {
  turn.answered(key);
  turn.stopTimer(`${key}!expiry`);
  turn.commands.push({ type: "closePrompt", key, because });
}

function stepAnswered(
  turn: Turn,
  step: StepState,
  prompt: OpenPrompt,
  option: OptionPlan,
  answer: Answer,
): void {
  if (step.answers.some(({ by }) => by === answer.by)) return;
  step.answers.push({ by: answer.by, response: answer.response });
  const named = step.answers.filter(({ response }) => response === answer.response).length;
  const isOn = option.outcome === "continue";
  // What the first of them filled in is what the others agree with.
  if (isOn) step.form ??= answer.form ?? null;
  if (isOn && named < (prompt.approvers?.count ?? 1)) return;
  closePrompt(turn, answer.key, "answered");
  decide(turn, step, option, { ...answer, form: (isOn ? step.form : answer.form) ?? {} });
}

function decide(
  turn: Turn,
  step: StepState,
  option: OptionPlan,
  answer: Pick<Answer, "form" | "comment" | "by">,
): void {
  const { value: response, outcome } = option;
  const form = answer.form ?? {};
  step.response = response;
  step.form = form;
  step.output = { response, form, comment: answer.comment ?? null, by: answer.by };
  const noted = { response, form, comment: answer.comment ?? null, by: answer.by };
  turn.state.prompts = Object.fromEntries([...Object.entries(turn.state.prompts), [step.id, noted]]);
  turn.state.responses.push({ response, chain: chainOf(turn, step) });
  if (outcome === "continue") endAttempt(turn, step, { status: "succeeded" });
  else if (outcome === "fail") failAttempt(turn, step, "refused", `the answer was ${response}`);
  else {
    endAttempt(turn, step, { status: "cancelled" });
    cancelRun(turn);
  }
}

/** The time of a prompt is up. */
export function promptExpired(turn: Turn, step: StepState, timerKey: string): void {
  const key = timerKey.slice(0, -"!expiry".length);
  const prompt = turn.state.asked.get(key)?.command;
  const planned = turn.planned(step);
  if (prompt?.type !== "openPrompt" || planned.type !== "prompt") return;
  closePrompt(turn, key, "expired");
  turn.note({ type: "prompt.expired", at: turn.now, key });
  const { onTimeout } = planned;
  const option =
    onTimeout.action === "answer"
      ? planned.options.find(({ value }) => value === onTimeout.option)
      : undefined;
  if (option !== undefined) {
    decide(turn, step, option, { form: defaultsOf(planned), comment: null, by: "timeout" });
  } else if (onTimeout.action === "cancel") {
    endAttempt(turn, step, { status: "cancelled" });
    cancelRun(turn);
  } else {
    const error = { code: "timed_out", message: "nobody answered in time", step: planned.name };
    endAttempt(turn, step, { status: "timed_out", error });
  }
}

function defaultsOf({ form }: PromptStep): Record<string, unknown> {
  return Object.fromEntries(Object.entries(form).map(([name, field]) => [name, field.default ?? null]));
}
