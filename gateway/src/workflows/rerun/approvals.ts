import { ProblemError } from "@pulse/schema/problem";
import type { Plan } from "@pulse/schema/workflow/plan";
import { everyStep } from "@pulse/schema/workflow/step-lists";
import type { Ports } from "../../ports.ts";
import type { Kept } from "../advance/kept.ts";
import { indexOf } from "../advance/plan-index.ts";
import type { RunLog } from "../runs/run-log.ts";
import { approvalIn, calledApproval } from "./called-approvals.ts";
import { type EndedRun, keptIds } from "./work.ts";

/**
 * Throws `conflict` when what is kept has a prompt of which it is said who may answer it, also in a workflow that was called. It is for runs with
 * other inputs or on another definition: what was approved was not that, and what was passed over might be asked.
 */
export async function requireNoApprovals(
  ports: Ports,
  log: RunLog,
  run: EndedRun & { project: string },
  next: Plan,
  kept: Kept,
): Promise<void> {
  const after = indexOf(next);
  const ids = keptIds({ kept, after });
  for (const [path, { each }] of Object.entries(kept.resumed)) {
    const place = after.place(run.state.steps.get(path)?.id ?? "");
    if (each === null || Object.keys(each.done).length === 0 || place === undefined) continue;
    for (const { id } of everyStep([place.step])) ids.add(id);
  }
  const approve = run.plan.permissions.approve ?? next.permissions.approve;
  const own = approvalIn({ ...next, permissions: { ...next.permissions, approve } }, (id) => ids.has(id));
  if (own !== undefined) throw refused(`what was approved at ${own.name} was not ${thisRun}`, own.name);
  const called = await calledApproval(
    ports,
    log,
    run,
    [...ids].map((id) => after.step(id)),
  );
  if (called === null) return;
  const { step, prompt } = called;
  throw refused(
    prompt === null
      ? `what ${step.name} called is no longer kept, so that nobody can tell whether it was approved`
      : `what was approved at ${prompt}, which ${step.name} calls, was not ${thisRun}`,
    step.name,
  );
}

const thisRun = "a run with these inputs on this definition";

function refused(detail: string, from: string): ProblemError {
  return new ProblemError("conflict", detail, {
    hint: `Begin with ${JSON.stringify(from)}, or before it, so that it is asked again.`,
  });
}
