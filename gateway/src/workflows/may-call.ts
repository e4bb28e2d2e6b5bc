import { ProblemError } from "@pulse/schema/problem";
import type { Plan } from "@pulse/schema/workflow/plan";
import { everyStep } from "@pulse/schema/workflow/step-lists";
import type { Principal } from "../http/context.ts";
import type { Ports } from "../ports.ts";
import { isPermitted } from "./permissions.ts";
import { createWorkflowStore } from "./store.ts";

/** The names of the workflows that a plan calls, each once. */
export function calledBy({ steps, onFailure, finally: last }: Plan): string[] {
  const all = [steps, onFailure, last].flatMap((list) => [...everyStep(list)]);
  const names = all.flatMap((step) =>
    step.type === "workflow" ? [step.workflow.split("@", 1)[0] ?? ""] : [],
  );
  return [...new Set(names)];
}

/**
 * Throws `forbidden` when a definition calls a workflow that whoever saves it may not view or run: whoever may run a workflow runs what it calls, so
 * that who writes the call must be among those.
 */
export async function requireMayCall(
  { database }: Pick<Ports, "database">,
  by: Principal,
  own: string,
  calls: readonly string[],
): Promise<void> {
  const store = createWorkflowStore(database);
  for (const name of calls) {
    const row = name === own ? null : await store.byName(by.project, name);
    if (row === null) continue;
    const { permissions } = row;
    if (isPermitted(by, "view", permissions) && isPermitted(by, "run", permissions)) continue;
    throw new ProblemError(
      "forbidden",
      `the workflow "${name}" is not yours to run, nor to be called by yours`,
    );
  }
}
