import type { SubmitTargets } from "./commands.ts";
import type { Cause } from "./events.ts";
import type { StepState, TargetState } from "./state.ts";
import { targetSettled } from "./target-questions.ts";
import type { Turn } from "./turn.ts";

const leastMs = 1000;
const mostMs = 30_000;
/** So long a job waits for room where its step has no timeout. */
const usualMs = 300_000;
const ending = "!room";

/**
 * Takes the word that there is no room for a job now: it is handed in again later, and fails when there was none for as long as the
 * step's timeout.
 */
export function targetDeferred(
  turn: Turn,
  step: StepState,
  { key, target: id, why }: Extract<Cause, { type: "target.deferred" }>,
): void {
  const entry = turn.state.asked.get(key);
  const target = step.targets[id];
  if (entry?.command.type !== "submitTargets" || target?.status !== "submitted" || target.key !== key) return;
  const { since = turn.now, tries = 0 } = target.room ?? {};
  const until = since + (entry.command.job.timeoutMs ?? usualMs);
  const isOver = entry.isCancelled || turn.now >= until;
  if (isOver) {
    delete target.room;
    const error = { code: "quota_exceeded", message: why };
    const outcome = { status: entry.isCancelled ? "cancelled" : "failed", error } as const;
    targetSettled(turn, step, { type: "target.settled", at: turn.now, key, target: id, outcome });
    return;
  }
  target.room = { since, tries: tries + 1, isWaiting: true, why };
  const timer = `${key}@${id}${ending}`;
  turn.stopTimer(timer);
  const at = Math.min(until, turn.now + Math.min(mostMs, leastMs * 2 ** tries));
  turn.startTimer(timer, at, step, "room");
}

/** Hands a job in again for which there was no room. */
export function askForRoom(turn: Turn, step: StepState, timer: string): void {
  const text = timer.slice(0, -ending.length);
  const at = text.lastIndexOf("@");
  const command = turn.state.asked.get(text.slice(0, at))?.command;
  const target = step.targets[text.slice(at + 1)];
  if (command?.type !== "submitTargets" || target?.room?.isWaiting !== true) return;
  target.room.isWaiting = false;
  turn.commands.push({ ...command, targets: command.targets.filter(({ id }) => id === target.id) });
}

/** Ends the targets of a job that wait for room: nothing of them is anywhere. */
export function leaveRoom(command: SubmitTargets, targets: Readonly<Record<string, TargetState>>): void {
  for (const { id } of command.targets) {
    const target = targets[id];
    if (target?.room?.isWaiting !== true || target.key !== command.key) continue;
    target.status = "cancelled";
    target.outcome = { status: "cancelled", error: { code: "quota_exceeded", message: target.room.why } };
    delete target.room;
  }
}
