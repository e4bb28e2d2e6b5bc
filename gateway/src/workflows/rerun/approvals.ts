import { ProblemError } from "@pulse/schema/problem";
import type { Plan, PlannedStep } from "@pulse/schema/workflow/plan";
import { everyStep } from "@pulse/schema/workflow/step-lists";
import type { Kept } from "../advance/kept.ts";
import { indexOf } from "../advance/plan-index.ts";
import { type EndedRun, keptIds } from "./work.ts";

/**
 * Throws `conflict` when what is kept has a prompt of which it is said who may answer it. It is for runs with other inputs or on
 * another definition: what was approved was not that, and what was passed over might be asked.
 */
export function requireNoApprovals({ plan, state }: EndedRun, next: Plan, kept: Kept): void {
  const after = indexOf(next);
  const ids = keptIds({ kept, after });
  for (const [path, { each }] of Object.entries(kept.resumed)) {
    const place = after.place(state.steps.get(path)?.id ?? "");
    if (each === null || Object.keys(each.done).length === 0 || place === undefined) continue;
    for (const { id } of everyStep([place.step])) ids.add(id);
  }
  const isNamed = (plan.permissions.approve ?? next.permissions.approve) !== null;
  const isApproval = (step: PlannedStep) =>
    step.type === "prompt" && (isNamed || step.approvers !== null) && ids.has(step.id);
  const found = [...after.ids()].map((id) => after.step(id)).find(isApproval);
  if (found === undefined) return;
  const detail = `what was approved at ${found.name} was not a run with these inputs on this definition`;
  throw new ProblemError("conflict", detail, {
    hint: `Begin with ${JSON.stringify(found.name)}, or before it, so that it is asked again.`,
  });
}
