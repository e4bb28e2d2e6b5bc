import { ProblemError } from "@pulse/schema/problem";
import type { Hub } from "../hub.ts";

/** Stops an execution whose caller has left; one that ended by itself meanwhile, or was never written, is none to stop. */
export async function cancelLeft(
  deps: { hub: Hub },
  execution: { project: string; id: string },
): Promise<void> {
  try {
    await deps.hub.cancel({ ...execution, reason: "disconnected" });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
  }
}
