import { patienceOf } from "@pulse/schema/patience";
import type { OnLost } from "@pulse/schema/wire/manifest";
import { leaseNumbers } from "@pulse/schema/wire/runner-protocol";
import type { Held } from "./held.ts";

/** Whether it is at-most-once work that passed the start gate: nobody else may begin it unasked. */
export function isBegun(held: Pick<Held, "delivery" | "startedBy">): boolean {
  return held.delivery === "atMostOnce" && held.startedBy !== null;
}

/** What is done with at-most-once work whose fate is unknown. */
export function onLostOf({ job }: Pick<Held, "job">): OnLost {
  return job.spec.settings.onLost ?? "fail";
}

/** How long a runner that holds this may be silent before it is given away, or given up, milliseconds. */
export function patienceMs(held: Pick<Held, "delivery" | "startedBy" | "job" | "cancelRequested">): number {
  if (!isBegun(held)) return leaseNumbers.giveAwayMs;
  // Of what is not wanted any more nobody waits a day for the outcome.
  return held.cancelRequested ? leaseNumbers.lostAfterMs : patienceOf(onLostOf(held));
}
