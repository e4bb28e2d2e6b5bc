import { ProblemError } from "@pulse/schema/problem";
import { cancelRun } from "../workflows/runs/cancel-run.ts";
import type { StartDeps } from "./start-tick.ts";
import type { ScheduleRow } from "./store.ts";

/** Stops executions that a schedule started, as its rule asks for; those that have ended have. */
export async function cancelRunning(
  deps: StartDeps,
  { project, name }: ScheduleRow,
  running: readonly { id: string; isRun: boolean }[],
): Promise<void> {
  for (const { id, isRun } of running) {
    try {
      if (isRun) await cancelRun(deps, project, id, `schedule:${name}`);
      else await deps.hub.cancel({ project, id, reason: "cancelled" });
    } catch (error) {
      const isOver =
        error instanceof ProblemError && (error.code === "already_finished" || error.code === "not_found");
      if (!isOver) throw error;
    }
  }
}
