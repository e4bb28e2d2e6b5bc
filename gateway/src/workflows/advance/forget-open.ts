import type { Asked, Command } from "./commands.ts";
import type { StepState } from "./state.ts";
import { openTargets } from "./stop-step.ts";
import type { Turn } from "./turn.ts";

/** Stops the timers of a step and takes back what it still asks: an attempt that has ended waits for nothing. */
export function forgetOpen(turn: Turn, step: StepState): void {
  for (const key of [...step.timers]) turn.stopTimer(key);
  for (const key of [...step.asked]) {
    const command = turn.state.asked.get(key)?.command;
    const taken = command === undefined ? null : takenBack(turn, command);
    turn.answered(key);
    if (taken !== null) turn.commands.push(taken);
  }
}

function takenBack(turn: Turn, command: Asked): Command | null {
  const { type, key } = command;
  switch (type) {
    case "openPrompt":
      return { type: "closePrompt", key, because: "cancelled" };
    case "awaitEvent":
      return { type: "stopAwaiting", key };
    case "acquire":
      return { type: "release", key };
    // No step is over while these are at work: it is told to end and waits for them, so that a crash forgets none.
    case "submitTargets": {
      const targets = openTargets(turn.state, command);
      return targets.length === 0 ? null : { type: "cancelTargets", key, targets };
    }
    case "startChild":
      return { type: "cancelChild", key };
    default:
      return null;
  }
}
