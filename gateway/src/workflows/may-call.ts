import { ProblemError } from "@pulse/schema/problem";
import type { Plan } from "@pulse/schema/workflow/plan";
import { everyStep } from "@pulse/schema/workflow/step-lists";
import { principalsNamed } from "../auth/named.ts";
import type { Principal } from "../http/context.ts";
import type { Ports } from "../ports.ts";
import { isPermitted } from "./permissions.ts";
import { createWorkflowStore, type WorkflowRow } from "./store.ts";

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

/** The revision whose step calls. */
export interface CallingRevision {
  workflowId: string;
  revision: number;
}

/**
 * Throws what keeps a revision from calling a workflow that was made after it was saved, when nobody could be asked yet: whoever saved it has to be
 * among those who may view and run it now. `not_found` where they may not view it, else `forbidden`.
 */
export async function requireCallKnown(
  { database, now }: Pick<Ports, "database" | "now">,
  { workflowId, revision }: CallingRevision,
  called: WorkflowRow,
): Promise<void> {
  const { id, name, project, permissions } = called;
  if (id === workflowId || !isLimited(called)) return;
  const calling = await createWorkflowStore(database).revision(workflowId, revision);
  if (calling !== null && calling.createdAt >= called.createdAt) return;
  const by = calling?.createdBy ?? null;
  const writers = by === null ? [] : await principalsNamed(database, project, by, now());
  // A person and a key may have the same name: which of them saved it is not known any more.
  const may = (what: "view" | "run") =>
    permissions?.[what] === undefined ||
    (writers.length > 0 && writers.every((one) => isPermitted(one, what, permissions)));
  if (!may("view")) throw new ProblemError("not_found", `there is no workflow "${name}"`);
  if (may("run")) return;
  throw new ProblemError(
    "forbidden",
    `the workflow "${name}" was made after the one that calls it was saved, by who may not run it: somebody who may has to save that again`,
  );
}

/** Whether what a revision calls has one among it that was made after it and says who may view or run it: who saves it again answers for that. */
export async function hasCallUnasked(
  { database }: Pick<Ports, "database">,
  { project, id, revision }: Pick<WorkflowRow, "project" | "id" | "revision">,
  calls: readonly string[],
): Promise<boolean> {
  if (calls.length === 0) return false;
  const store = createWorkflowStore(database);
  const limited = (await store.named(project, calls)).filter((one) => one.id !== id && isLimited(one));
  if (limited.length === 0) return false;
  const savedAt = (await store.revision(id, revision))?.createdAt ?? 0;
  return limited.some(({ createdAt }) => createdAt > savedAt);
}

function isLimited({ permissions }: Pick<WorkflowRow, "permissions">): boolean {
  return permissions?.view !== undefined || permissions?.run !== undefined;
}
