import { leaseNumbers } from "./wire/runner-protocol.ts";

const waitMostMs = 24 * 3_600_000;

/** How long the runner of at-most-once work that began may be silent under this `onLost`, milliseconds. */
export function patienceOf(onLost: string | null): number {
  return onLost === "wait" ? waitMostMs : leaseNumbers.lostAfterMs;
}
