import { parseInstant } from "@pulse/schema/expression/parse-instant";
import { ExpressionFault } from "@pulse/schema/expression/problem";
import type { Plan, WaitStep } from "@pulse/schema/workflow/plan";
import { endAttempt, failAttempt } from "./attempt.ts";
import type { Cause } from "./events.ts";
import { evaluateText, renderString, renderText, renderTimespan, TextProblem } from "./render.ts";
import type { RunState, StepState } from "./state.ts";
import { Turn } from "./turn.ts";

/** Starts to wait for a time or an event. */
export function startWait(turn: Turn, step: StepState, planned: WaitStep): void {
  const asker = { frame: turn.frameOf(step), step };
  const key = `${step.path}#${step.attempt}`;
  const { wait } = planned;
  if (planned.timeout !== null) {
    const limit = renderTimespan(turn, asker, planned.timeout);
    turn.startTimer(`${key}!timeout`, turn.now + limit, step, "timeout");
  }
  if (wait.for === "duration") {
    turn.startTimer(`${key}!wait`, turn.now + renderTimespan(turn, asker, wait.duration), step, "wait");
  } else if (wait.for === "time") {
    turn.startTimer(`${key}!wait`, instantOf(renderText(turn, asker, wait.until)), step, "wait");
  } else {
    const name = renderString(turn, asker, wait.name);
    const since = turn.now - renderTimespan(turn, asker, wait.lookback);
    turn.ask({ type: "awaitEvent", key, step: step.path, name, since });
  }
}

function instantOf(value: unknown): number {
  if (typeof value === "number") return value;
  try {
    return parseInstant(String(value));
  } catch (error) {
    if (!(error instanceof ExpressionFault)) throw error;
    throw new TextProblem(
      "template",
      `until must be a date, or a time with its zone, got "${String(value).slice(0, 80)}"`,
    );
  }
}

/** The time that a step waited for has come. */
export function waitIsOver(turn: Turn, step: StepState): void {
  endAttempt(turn, step, { status: "succeeded" });
}

/** An event that a wait may be for. */
interface OfferedEvent {
  /** The command that waits. */
  key: string;
  data: unknown;
  happenedAt: number;
  now: number;
}

/**
 * Whether a wait is over with an event: it is the one, or cannot be judged, with which the step fails. Changes nothing, so that
 * what is for others need not be written to a run.
 */
export function endsWait(plan: Plan, state: RunState, { key, data, happenedAt, now }: OfferedEvent): boolean {
  const command = state.asked.get(key)?.command;
  if (command?.type !== "awaitEvent" || happenedAt < command.since) return false;
  const turn = new Turn(plan, state, now);
  const step = state.steps.get(command.step);
  const planned = step === undefined ? null : turn.planned(step);
  if (step === undefined || planned?.type !== "wait" || planned.wait.for !== "event") return false;
  try {
    const { match } = planned.wait;
    const asker = { frame: turn.frameOf(step), step };
    return match === null || Boolean(evaluateText(turn, asker, match, { event: data }));
  } catch (error) {
    if (!(error instanceof TextProblem)) throw error;
    return true;
  }
}

/** Gives an event to every step that waits for one of its name. */
export function eventReceived(turn: Turn, cause: Extract<Cause, { type: "event.received" }>): void {
  for (const { command } of [...turn.state.asked.values()]) {
    if (command.type !== "awaitEvent" || command.name !== cause.name) continue;
    if (cause.key !== undefined && cause.key !== command.key) continue;
    if ((cause.happenedAt ?? cause.at) < command.since) continue;
    const step = turn.state.steps.get(command.step);
    if (step !== undefined) offer(turn, step, command.key, cause.data);
  }
}

function offer(turn: Turn, step: StepState, key: string, data: unknown): void {
  const planned = turn.planned(step);
  if (planned.type !== "wait" || planned.wait.for !== "event") return;
  const stopAwaiting = () => {
    turn.answered(key);
    turn.commands.push({ type: "stopAwaiting", key });
  };
  try {
    const { match } = planned.wait;
    const asker = { frame: turn.frameOf(step), step };
    if (match !== null && !evaluateText(turn, asker, match, { event: data })) return;
  } catch (error) {
    if (!(error instanceof TextProblem)) throw error;
    stopAwaiting();
    failAttempt(turn, step, "condition", error.message);
    return;
  }
  stopAwaiting();
  step.output = data;
  endAttempt(turn, step, { status: "succeeded" });
}
