import { canonicalText } from "@pulse/schema/workflow/canonical";
import type { Plan } from "@pulse/schema/workflow/plan";
import { everyStep } from "@pulse/schema/workflow/step-lists";
import { frameKey } from "../advance/frames.ts";
import type { Kept } from "../advance/kept.ts";
import { indexOf, type PlanIndex } from "../advance/plan-index.ts";
import type { FrameState, RunState, StepState } from "../advance/state.ts";

/** What is being made of a run that is to be run again. */
export interface Work {
  id: string;
  /** The plan that it had, and the one that it will have. */
  before: PlanIndex;
  after: PlanIndex;
  /** What it came to. */
  state: RunState;
  stepsIn: ReadonlyMap<string, readonly StepState[]>;
  framesOf: ReadonlyMap<string, readonly FrameState[]>;
  kept: Kept;
  /** Paths of steps of lists that ended before the list began that the new run begins in. */
  past: ReadonlySet<string>;
}

/** A run that is over. Its state is used up: parts of it become parts of another one. */
export interface EndedRun {
  id: string;
  plan: Plan;
  state: RunState;
}

/** Starts with nothing kept. */
export function workOn({ id, plan, state }: EndedRun, next: Plan): Work {
  return {
    ...{ id, before: indexOf(plan), after: indexOf(next), state },
    stepsIn: Map.groupBy(state.steps.values(), (step) => step.frame),
    framesOf: Map.groupBy(state.frames.values(), (frame) => frame.owner ?? ""),
    kept: {
      ...{ from: id, phase: "steps", steps: {}, frames: {}, resumed: {}, targets: {}, vars: {} },
      run: null,
    },
    past: new Set(),
  };
}

/** Whether a step says something else now, or stands elsewhere. */
export function hasChanged({ before, after }: Work, id: string): boolean {
  if (before === after) return false;
  const [old, now] = [before.place(id), after.place(id)];
  if (old === undefined || now === undefined) return true;
  if (old.ownerId !== now.ownerId || old.role !== now.role) return true;
  return textOf(old.step) !== textOf(now.step);
}

/** Whether a step that is gone into says something else now, whatever its lists say. */
export function hasChangedItself({ before, after }: Work, id: string): boolean {
  if (before === after) return false;
  const [old, now] = [before.place(id), after.place(id)];
  if (old === undefined || now === undefined) return true;
  return textOf(withoutLists(old.step)) !== textOf(withoutLists(now.step));
}

/** Where a step stands in the text says nothing about what it does. */
function textOf(value: unknown): string {
  return canonicalText(
    JSON.parse(JSON.stringify(value), (key, one) => (key === "pointer" ? undefined : one)),
  );
}

const lists: ReadonlySet<string> = new Set([
  ...["steps", "whenTrue", "whenFalse", "otherwise", "onFailure", "rollback", "needs"],
]);

function withoutLists(step: unknown): unknown {
  return JSON.parse(JSON.stringify(step), (key, one) => (lists.has(key) ? undefined : one));
}

/** Keeps a step that has ended, with everything inside it. */
export function keepStep(work: Work, step: StepState): void {
  work.kept.steps[step.path] = {
    ...{ ...step, reused: true, timers: [], asked: [], holdsSlot: false, ending: null },
    targets: Object.fromEntries(
      Object.entries(step.targets).map(([id, target]) => [id, { ...target, reused: true as const }]),
    ),
  };
  for (const frame of work.framesOf.get(step.path) ?? []) keepFrame(work, frame);
}

/** Keeps a list that has ended, with its steps. */
export function keepFrame(work: Work, frame: FrameState): void {
  work.kept.frames[frame.key] = frame;
  for (const step of work.stepsIn.get(frame.key) ?? []) keepStep(work, step);
}

/** Whether a run has taken back what a step, or one inside it, did. */
export function isRolledBack(work: Work, step: StepState): boolean {
  if (work.state.frames.has(frameKey(step.prefix, step.id, "rollback"))) return true;
  const inside = work.framesOf.get(step.path) ?? [];
  return inside.some((frame) =>
    (work.stepsIn.get(frame.key) ?? []).some((inner) => isRolledBack(work, inner)),
  );
}

/** The ids of the steps that are kept, with all inside them: also of those that the run no longer remembers one by one. */
export function keptIds({ kept, after }: Pick<Work, "kept" | "after">): Set<string> {
  const ids = Object.values(kept.steps).flatMap(({ id }) => {
    const place = after.place(id);
    return place === undefined ? [] : [...everyStep([place.step])].map((one) => one.id);
  });
  return new Set(ids);
}
