import type { ExecutionView } from "@pulse/schema/wire/executions";
import { createResolver } from "../functions/resolve.ts";
import type { Deps, Principal } from "../http/context.ts";
import { requireMay } from "../http/require-may.ts";
import { requirePermitted } from "../workflows/permissions.ts";
import { createWorkflowStore } from "../workflows/store.ts";

/** Throws `forbidden` when the function or workflow of an execution says who may run it, and somebody is none of them. */
export async function requireMayExecute(
  deps: Deps,
  by: Principal,
  { kind, name }: Pick<ExecutionView, "kind" | "name">,
): Promise<void> {
  const { project } = by;
  if (kind === "workflow") {
    const workflow = await createWorkflowStore(deps.ports.database).byName(project, name);
    if (workflow !== null) requirePermitted(by, "run", workflow);
  }
  if (kind !== "function") return;
  const permissions = await createResolver(deps).permissionsOf(project, name);
  requireMay(by, "execute", { project, name, permissions });
}
