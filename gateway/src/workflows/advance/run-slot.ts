import type { ConcurrencyPlan } from "@pulse/schema/workflow/plan";
import type { Cause } from "./events.ts";
import { beginRun, settleUnbegun } from "./phases.ts";
import { renderString } from "./render.ts";
import type { Turn } from "./turn.ts";

/** The key of a run's own place among what has the same concurrency key; it is given back by the end of the run. */
export const runSlotKey = "run!slot";

/** Asks for a place before the first step of a run; throws a TextProblem. */
export function acquireRunSlot(turn: Turn, plan: ConcurrencyPlan): void {
  const key = renderString(turn, { frame: null, step: null }, plan.key);
  turn.state.phase = "queued";
  turn.ask({ type: "acquire", key: runSlotKey, step: null, concurrency: { ...plan, key } });
}

/** Takes the answer: the run begins, or ends without having begun. */
export function runSlotAnswered(
  turn: Turn,
  cause: Extract<Cause, { type: "slot.granted" | "slot.refused" }>,
): void {
  if (turn.state.phase !== "queued") return;
  turn.answered(cause.key);
  if (cause.type === "slot.granted") {
    beginRun(turn);
    return;
  }
  const failure = { code: "concurrency", message: cause.reason, step: "" };
  settleUnbegun(turn, cause.skip ? "superseded" : "failed", failure);
}
