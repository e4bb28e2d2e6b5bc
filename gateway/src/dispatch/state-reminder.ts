import type { SyncAnswer } from "@pulse/schema/wire/runner-protocol";
import type { RunnerRecord } from "../hub.ts";

/** What tells a runner to take work, or none, as its row says. */
export function commandFor(state: RunnerRecord["state"], at: number): SyncAnswer["commands"][number] {
  return { id: `${state}.${at}`, type: state === "active" ? "resume" : "drain" };
}

/**
 * Repeats to a runner what its row says, as long as it reports something else: the answer that told it may have been lost, and a restarted gateway
 * does not know what was told. One that is short of disk says so itself, and one that leaves takes no notice.
 */
export function reminderFor(
  { record, reported }: { record: Pick<RunnerRecord, "state">; reported: RunnerRecord["state"] },
  at: number,
): SyncAnswer["commands"] {
  const isDraining = reported === "draining";
  const shouldDrain = record.state !== "active";
  return isDraining === shouldDrain ? [] : [commandFor(record.state, at)];
}
