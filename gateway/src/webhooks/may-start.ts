import { ProblemError } from "@pulse/schema/problem";
import type { WebhookTarget } from "@pulse/schema/wire/webhooks";
import { createResolver } from "../functions/resolve.ts";
import type { Deps, Principal } from "../http/context.ts";
import { requireMay } from "../http/require-may.ts";
import { revisionNamed } from "../workflows/aliases/revision-named.ts";
import { isPermitted, requirePermitted } from "../workflows/permissions.ts";
import { createWorkflowStore } from "../workflows/store.ts";

/**
 * Throws what keeps somebody from having a webhook start this: a webhook never does what they may not do themselves. `validation_failed` for
 * what is not there.
 */
export async function requireMayStart(deps: Deps, by: Principal, target: WebhookTarget): Promise<void> {
  const { project } = by;
  requireMay(by, "execute", { project });
  const resolver = createResolver(deps);
  if ("function" in target) {
    const [name = ""] = target.function.split("@");
    await resolver.resolve(project, target.function).catch((error: unknown) => {
      if (!(error instanceof ProblemError)) throw error;
      // One that is still being built is there.
      if (error.code === "not_found") throw missing("/target/function", error.message);
      if (error.code !== "version_not_ready") throw error;
    });
    const permissions = await resolver.permissionsOf(project, name);
    requireMay(by, "execute", { project, name, permissions });
    return;
  }
  const [name = "", at] = target.workflow.split("@");
  const { database } = deps.ports;
  const workflow = await createWorkflowStore(database).byName(project, name);
  // One that they may not view is as one that is not there.
  if (workflow === null || !isPermitted(by, "view", workflow.permissions)) {
    throw missing("/target/workflow", `there is no workflow "${name}"`);
  }
  if (at !== undefined) {
    const revision = await revisionNamed(database, workflow, at).catch((error: unknown) => {
      throw error instanceof ProblemError ? missing("/target/workflow", error.message) : error;
    });
    if ((await createWorkflowStore(database).revision(workflow.id, revision)) === null) {
      throw missing("/target/workflow", `the workflow "${name}" has no revision ${revision}`);
    }
  }
  requirePermitted(by, "run", workflow);
}

function missing(pointer: string, detail: string): ProblemError {
  return new ProblemError("validation_failed", `${pointer}: ${detail}`, { errors: [{ pointer, detail }] });
}
