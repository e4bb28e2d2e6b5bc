import type { ExecutionView } from "@pulse/schema/wire/executions";
import type { Deps } from "../http/context.ts";
import { cancelRun } from "../workflows/runs/cancel-run.ts";

/** Cancels an execution of whatever kind; answers what it is then. Throws `not_found`, `already_finished`. */
export async function cancelExecution(
  deps: Deps,
  { project, name: by }: { project: string; name: string },
  { id, kind }: Pick<ExecutionView, "id" | "kind">,
): Promise<{ status: string }> {
  if (kind === "workflow") return await cancelRun(deps, project, id, by);
  return await deps.hub.cancel({ project, id, reason: "cancelled" });
}
