import type { Cause } from "./events.ts";
import { settleUnbegun, startRun } from "./phases.ts";
import type { Turn } from "./turn.ts";

const startTimer = "run!start";
const beginKey = "run!begin";

/** Puts a run off until a time (epoch milliseconds): until then it is `scheduled`, and nothing of it is worked out. */
export function startLater(turn: Turn, runAt: number): void {
  turn.state.phase = "scheduled";
  turn.startTimer(startTimer, runAt, null, "start");
}

/** Its time has come: whether it still may begin is for the world to say. */
export function askToBegin(turn: Turn): void {
  if (turn.state.phase === "scheduled") turn.ask({ type: "begin", key: beginKey, step: null });
}

/** Takes the answer: the run starts as one that was asked for now, or ends without having begun. */
export function beginAnswered(
  turn: Turn,
  cause: Extract<Cause, { type: "begin.allowed" | "begin.refused" }>,
): void {
  const { state } = turn;
  if (state.phase !== "scheduled") return;
  turn.answered(cause.key);
  if (cause.type === "begin.refused") {
    settleUnbegun(turn, "failed", { code: cause.code, message: cause.reason, step: "" });
    return;
  }
  state.execution = { ...state.execution, startedAt: new Date(turn.now).toISOString() };
  startRun(turn);
}

/** Ends a run that waits for its time, or for the word that it may begin. */
export function cancelScheduled(turn: Turn): void {
  turn.stopTimer(startTimer);
  turn.answered(beginKey);
  settleUnbegun(turn, "cancelled", null);
}
