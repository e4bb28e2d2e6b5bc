import type { ExecutionView } from "@pulse/schema/wire/executions";
import { createResolver } from "../functions/resolve.ts";
import type { Deps, Principal } from "../http/context.ts";
import { requireMay } from "../http/require-may.ts";

/** Throws `forbidden` when the function of an execution says who may run it, and somebody is none of them. */
export async function requireMayExecute(
  deps: Deps,
  by: Principal,
  { kind, name }: Pick<ExecutionView, "kind" | "name">,
): Promise<void> {
  if (kind !== "function") return;
  const { project } = by;
  const permissions = await createResolver(deps).permissionsOf(project, name);
  requireMay(by, "execute", { project, name, permissions });
}
