import type { Plan } from "@pulse/schema/workflow/plan";
import { startAttempt } from "./attempt.ts";
import { askToBegin, beginAnswered, startLater } from "./begin.ts";
import { callSettled, executionKnown } from "./calls.ts";
import type { Command } from "./commands.ts";
import { type Cause, type Fact, isCause, type RunEvent } from "./events.ts";
import { askForRoom, targetDeferred } from "./no-room.ts";
import { cancelRun, runTimedOut, settlement, startRun, wantRollback } from "./phases.ts";
import { promptAnswered, promptExpired } from "./prompts.ts";
import { runSlotAnswered } from "./run-slot.ts";
import { slotAnswered } from "./slots.ts";
import { emptyState, hasEnded, type RunState, type StepState } from "./state.ts";
import { endStep, openTargets } from "./stop-step.ts";
import { askForBatch, targetsResolved } from "./target-batches.ts";
import { targetSettled } from "./target-questions.ts";
import { Turn } from "./turn.ts";
import { eventReceived, waitIsOver } from "./waits.ts";

/** What an event leads to. */
export interface Advanced {
  state: RunState;
  /** To be done now; each has a key, and doing one twice is as doing it once. */
  commands: Command[];
  /** To be written beside the event, for people. */
  facts: Fact[];
}

/**
 * Moves a run by one event: the heart of workflows. Pure but for one thing: the state that is given is used up, for the new one is
 * made of its parts (a run of a thousand items would be copied a thousand times otherwise).
 *
 * One that was asked for a later time is `scheduled` until then. A step is `pending` until all its needs have ended. Then it is `blocked` (something before it failed, and nobody said that it may
 * run all the same), `skipped` (its condition), or starts: `running` while jobs, calls or inner steps are at work, `waiting` for a
 * time, a person, an event or its next attempt. An attempt that ends badly leads to the next one, to the step's `onFailure`, or to
 * the end. The end of the last step of a list ends the list, which moves the step around it, or the run: steps, roll-back,
 * onFailure or onSuccess, finally, end. What is told to end ends when nothing of it is at work; an end never changes.
 */
export function advance(plan: Plan, state: RunState, cause: Cause): Advanced {
  const turn = new Turn(plan, state, cause.at);
  take(turn, cause);
  turn.finish();
  if (state.phase === "scheduled") state.status = "scheduled";
  else if (state.phase !== "ended" && state.phase !== "new") {
    const isIdle = state.busy === 0 || state.phase === "queued";
    state.status = isIdle && state.asked.size + state.timers.size > 0 ? "waiting" : "running";
  }
  return { state, commands: turn.commands, facts: turn.facts };
}

/** The state that a log comes to. */
export function fold(plan: Plan, events: Iterable<RunEvent>, from: RunState = emptyState()): RunState {
  let state = from;
  for (const event of events) if (isCause(event)) state = advance(plan, state, event).state;
  return state;
}

/** All that a run asks of the world and has no answer to yet: to be performed again after a crash, which changes nothing. */
export function outstanding(state: RunState): Command[] {
  const commands: Command[] = [...state.timers].map(([key, { at }]) => ({ type: "startTimer", key, at }));
  for (const { command, isCancelled } of state.asked.values()) {
    commands.push(command);
    if (!isCancelled) continue;
    const { key } = command;
    if (command.type === "startChild") commands.push({ type: "cancelChild", key });
    if (command.type !== "submitTargets") continue;
    commands.push({ type: "cancelTargets", key, targets: openTargets(state, command) });
  }
  if (state.phase === "ended") commands.push(settlement(state));
  return commands;
}

function take(turn: Turn, cause: Cause): void {
  const { state } = turn;
  if (cause.type === "execution.started") {
    if (state.phase !== "new") return;
    Object.assign(state, { execution: cause.execution, inputs: cause.inputs, event: cause.event ?? null });
    // A copy, for what is taken over is used up and the event stays as it was.
    state.kept = structuredClone(cause.kept ?? null);
    if (cause.runAt !== undefined && cause.runAt > cause.at) startLater(turn, cause.runAt);
    else startRun(turn);
  } else if (cause.type === "cancel.requested") cancelledBy(turn, cause.word);
  else if (cause.type === "rollback.requested") wantRollback(turn);
  else if (cause.type === "event.received") eventReceived(turn, cause);
  else if (cause.type === "timer.fired") timerFired(turn, cause.key);
  else if (cause.type === "prompt.answered") promptAnswered(turn, cause);
  else takeAnswer(turn, cause);
}

function cancelledBy(turn: Turn, word: string | undefined): void {
  if (word !== undefined) {
    if (turn.state.words.includes(word)) return;
    turn.state.words.push(word);
  }
  cancelRun(turn);
}

type Answer = Exclude<
  Cause,
  {
    type:
      | "execution.started"
      | "cancel.requested"
      | "rollback.requested"
      | "event.received"
      | "timer.fired"
      | "prompt.answered";
  }
>;

const answers: Record<Answer["type"], Command["type"][]> = {
  "targets.resolved": ["resolveTargets"],
  "target.submitted": ["submitTargets"],
  "target.settled": ["submitTargets"],
  "target.deferred": ["submitTargets"],
  "call.settled": ["callHttp", "notify"],
  "child.started": ["startChild"],
  "child.settled": ["startChild"],
  "slot.granted": ["acquire"],
  "slot.refused": ["acquire"],
  "begin.allowed": ["begin"],
  "begin.refused": ["begin"],
};

/** Takes an answer to what was asked; one that nobody waits for changes nothing. */
function takeAnswer(turn: Turn, cause: Answer): void {
  const command = turn.state.asked.get(cause.key)?.command;
  if (command === undefined || !answers[cause.type].includes(command.type)) return;
  const step = command.step === null ? undefined : turn.state.steps.get(command.step);
  if (step === undefined) {
    if (cause.type === "slot.granted" || cause.type === "slot.refused") runSlotAnswered(turn, cause);
    if (cause.type === "begin.allowed" || cause.type === "begin.refused") beginAnswered(turn, cause);
    turn.answered(cause.key);
    return;
  }
  switch (cause.type) {
    case "targets.resolved":
      targetsResolved(turn, step, cause);
      return;
    case "target.submitted":
    case "child.started":
      executionKnown(turn, step, cause);
      return;
    case "target.settled":
      targetSettled(turn, step, cause);
      return;
    case "target.deferred":
      targetDeferred(turn, step, cause);
      return;
    case "call.settled":
    case "child.settled":
      callSettled(turn, step, cause.key, cause.outcome);
      return;
    case "slot.granted":
    case "slot.refused":
      slotAnswered(turn, step, cause);
      return;
  }
}

function timerFired(turn: Turn, key: string): void {
  const timer = turn.state.timers.get(key);
  if (timer === undefined) return;
  turn.dropTimer(key);
  if (timer.step === null) {
    if (timer.purpose === "start") askToBegin(turn);
    else runTimedOut(turn);
    return;
  }
  const step = turn.state.steps.get(timer.step);
  if (step === undefined || hasEnded(step.status)) return;
  if (timer.purpose === "timeout") stepTimedOut(turn, step);
  if (timer.purpose === "retry") startAttempt(turn, step);
  if (timer.purpose === "wait") waitIsOver(turn, step);
  if (timer.purpose === "pause") askForBatch(turn, step);
  if (timer.purpose === "prompt") promptExpired(turn, step, key);
  if (timer.purpose === "room") askForRoom(turn, step, key);
}

function stepTimedOut(turn: Turn, step: StepState): void {
  const { name } = turn.planned(step);
  const error = { code: "timed_out", message: `${name} has taken longer than its timeout`, step: name };
  endStep(turn, step, { status: "timed_out", error });
}
