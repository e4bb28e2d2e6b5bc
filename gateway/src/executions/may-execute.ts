import type { ExecutionView } from "@pulse/schema/wire/executions";
import { createResolver } from "../functions/resolve.ts";
import type { Deps, Principal } from "../http/context.ts";
import { requireMay } from "../http/require-may.ts";
import { requirePermitted } from "../workflows/permissions.ts";
import { createWorkflowStore } from "../workflows/store.ts";
import { createExecutionStore } from "./store.ts";

type Asked = Pick<ExecutionView, "kind" | "name" | "parentId">;

/**
 * Throws `forbidden` when the function or workflow of an execution says who may run it, or the workflow's execution that it is a step of does, and somebody is
 * none of them: what ends a step changes the run.
 */
export async function requireMayExecute(deps: Deps, by: Principal, asked: Asked): Promise<void> {
  const { project } = by;
  const { kind, name } = asked;
  const parent = asked.parentId === null ? null : await parentOf(deps, project, asked.parentId);
  if (parent?.kind === "workflow") await requireMayExecute(deps, by, parent);
  if (kind === "workflow") {
    const workflow = await createWorkflowStore(deps.ports.database).byName(project, name);
    if (workflow !== null) requirePermitted(by, "run", workflow);
  }
  if (kind !== "function") return;
  const permissions = await createResolver(deps).permissionsOf(project, name);
  requireMay(by, "execute", { project, name, permissions });
}

async function parentOf({ ports }: Deps, project: string, id: string): Promise<Asked | null> {
  return await createExecutionStore(ports.database).get(project, id);
}
