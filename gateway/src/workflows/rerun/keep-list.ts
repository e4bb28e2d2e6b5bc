import { ProblemError } from "@pulse/schema/problem";
import { pastAfter } from "../advance/settle-step.ts";
import { type FrameState, hasEnded, hasFailed, type StepState } from "../advance/state.ts";
import { hasChanged, isRolledBack, keepStep, type Work } from "./work.ts";

/** Whether what needs a step may go on after it. */
export function isGood({ status, tolerated }: StepState): boolean {
  return status === "succeeded" || status === "skipped" || (hasFailed(status) && tolerated);
}

/** Whether a step did badly by itself, and not because of one before it. */
export function isBad(step: StepState): boolean {
  return !isGood(step) && step.status !== "blocked";
}

/**
 * Keeps those steps of a list that do not run again: all but the given ones, what comes after them, and what did badly beside
 * them. What comes before a given one is kept however it ended. Throws `conflict` when that cannot be.
 */
export function keepList(work: Work, frame: FrameState, roots: ReadonlySet<string>): void {
  const { steps, dependants } = work.after.list(frame.ownerId, frame.role);
  const of = (id: string) => work.state.steps.get(frame.prefix + id);
  const after = closure(roots, dependants);
  const before = new Set(
    [...roots].flatMap((id) => [...work.after.ancestors(id)]).filter((id) => !after.has(id)),
  );
  const beside = steps.flatMap(({ id }) => {
    if (after.has(id) || before.has(id)) return [];
    const step = of(id);
    const stays = step !== undefined && isGood(step) && !hasChanged(work, id) && !isRolledBack(work, step);
    return stays ? [] : [id];
  });
  const again = closure(new Set([...after, ...beside]), dependants);
  const changed: { id: string; why: string }[] = [];
  for (const { id, name } of steps) {
    if (again.has(id)) continue;
    const step = of(id);
    if (step === undefined || !hasEnded(step.status)) changed.push({ id, why: `${name} is new` });
    else if (hasChanged(work, id)) changed.push({ id, why: `${name} has changed` });
    else if (isRolledBack(work, step)) {
      throw new ProblemError("conflict", `what ${name} did was rolled back, so its result cannot be kept`, {
        hint: `Begin with ${JSON.stringify(name)}, or before it.`,
      });
    } else keepStep(work, step);
  }
  if (changed.length > 0) throw differs(work, changed);
  for (const id of roots) requireFree(work, frame, id);
}

/** The problem of a definition whose earlier steps are not those that ran. */
export function differs({ after }: Work, changed: readonly { id: string; why: string }[]): ProblemError {
  const errors = changed.map(({ id, why }) => ({
    pointer: after.place(id)?.step.pointer ?? "",
    detail: why,
  }));
  const detail = `the definition differs before that step: ${changed.map(({ why }) => why).join(", ")}`;
  const hint = "Begin with the first step that differs, or run it on the definition that it had.";
  return new ProblemError("conflict", detail, { errors, hint });
}

/** A step that would be blocked at once is nothing to begin with. */
function requireFree(work: Work, frame: FrameState, id: string): void {
  const { name, needs, survivesFailure } = work.after.step(id);
  if (survivesFailure) return;
  for (const need of needs) {
    const step = work.kept.steps[frame.prefix + need];
    if (step === undefined || pastAfter(step) === "succeeded") continue;
    const culprit = culpritOf(work, frame, need);
    throw new ProblemError("conflict", `${name} comes after ${culprit}, which did not succeed`, {
      hint: `Begin with ${JSON.stringify(culprit)}.`,
    });
  }
}

/** The name of the step that is to blame for what another one inherits. */
function culpritOf(work: Work, frame: FrameState, id: string): string {
  const ids = [id, ...work.after.ancestors(id)];
  const bad = ids.find((one) => {
    const step = work.kept.steps[frame.prefix + one];
    return step !== undefined && isBad(step);
  });
  return work.after.step(bad ?? id).name;
}

function closure(
  roots: ReadonlySet<string>,
  dependants: ReadonlyMap<string, readonly string[]>,
): Set<string> {
  const found = new Set(roots);
  const pending = [...roots];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    for (const next of dependants.get(id) ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      pending.push(next);
    }
  }
  return found;
}
