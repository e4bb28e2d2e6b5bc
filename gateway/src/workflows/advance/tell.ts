import { renderString, TextProblem } from "./render.ts";
import type { Turn } from "./turn.ts";

const nobody = { frame: null, step: null };

/** Tells the channels of the workflow that want to hear of this; nothing waits for them. `about` tells two of a kind apart. */
export function tell(
  turn: Turn,
  what: "started" | "succeeded" | "failed" | "cancelled" | "prompt" | "lost",
  about = "",
  prompt?: string,
): void {
  const name = turn.plan.name ?? "The workflow";
  turn.plan.notify.forEach(({ channel, on, message }, i) => {
    if (!on.includes(what)) return;
    let text = `${name}: ${what}`;
    try {
      if (message !== null) text = renderString(turn, nobody, message);
    } catch (error) {
      if (!(error instanceof TextProblem)) throw error;
      text = `${text} (its message could not be made: ${error.message})`;
    }
    const key = `run!notify/${i}/${what}${about}`;
    turn.ask({
      type: "notify",
      key,
      step: null,
      channel,
      message: text,
      timeoutMs: null,
      ...(prompt === undefined ? {} : { prompt }),
    });
  });
}
