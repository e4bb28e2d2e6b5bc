import { endAttempt } from "./attempt.ts";
import type { SubmitTargets } from "./commands.ts";
import { endFrame } from "./frames.ts";
import { leaveRoom } from "./no-room.ts";
import { settleStep } from "./settle-step.ts";
import { hasEnded, type RunState, type StepState, type TargetState } from "./state.ts";
import type { Turn } from "./turn.ts";

/**
 * Tells a step to end: at once when nothing of it is at work, else when its jobs, its child or its inner steps have ended. The
 * first word counts.
 */
export function endStep(turn: Turn, step: StepState, ending: NonNullable<StepState["ending"]>): void {
  if (hasEnded(step.status) || step.ending !== null) return;
  step.ending = ending;
  for (const key of [...step.timers]) turn.stopTimer(key);
  endInner(turn, step, ending.status === "skipped" ? "skipped" : "cancelled");
  for (const key of step.asked) cancelAsked(turn, key);
  endIfIdle(turn, step);
}

/** Ends the lists inside a step. */
export function endInner(turn: Turn, step: StepState, status: "cancelled" | "skipped"): void {
  for (const key of Object.keys(step.inner)) {
    const frame = turn.state.frames.get(key);
    if (frame !== undefined && frame.open > 0) endFrame(turn, frame, status);
  }
}

function cancelAsked(turn: Turn, key: string): void {
  const entry = turn.state.asked.get(key);
  if (entry === undefined || entry.isCancelled) return;
  const { command } = entry;
  if (command.type === "submitTargets") {
    leaveRoom(command, turn.state.steps.get(command.step)?.targets ?? {});
    if (openTargets(turn.state, command).length === 0) {
      turn.answered(key);
      return;
    }
    entry.isCancelled = true;
    turn.commands.push({ type: "cancelTargets", key, targets: openTargets(turn.state, command) });
  }
  if (command.type === "startChild") {
    entry.isCancelled = true;
    turn.commands.push({ type: "cancelChild", key });
  }
}

/** The targets of a submission that have not ended. */
export function openTargets({ steps }: RunState, { key, step, targets }: SubmitTargets): string[] {
  const known = steps.get(step)?.targets;
  const isOpen = (one: TargetState | undefined) => one?.status === "submitted" && one.key === key;
  return targets.flatMap(({ id }) => (isOpen(known?.[id]) ? id : []));
}

/** Ends a step that was told to, once nothing of it is at work any more. */
export function endIfIdle(turn: Turn, step: StepState): void {
  if (step.ending === null || hasEnded(step.status)) return;
  const { asked, frames } = turn.state;
  if (step.asked.some((key) => asked.get(key)?.isCancelled === true)) return;
  if (Object.keys(step.inner).some((key) => (frames.get(key)?.open ?? 0) > 0)) return;
  const { status, error } = step.ending;
  if (status === "timed_out") endAttempt(turn, step, { status, error });
  else if (status === "skipped" && step.attempt > 0) settleStep(turn, step, { status: "cancelled" });
  else settleStep(turn, step, { status, error });
}
