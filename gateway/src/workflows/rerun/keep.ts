import { ProblemError } from "@pulse/schema/problem";
import type { Plan } from "@pulse/schema/workflow/plan";
import { plannedLists } from "@pulse/schema/workflow/step-lists";
import { frameKey } from "../advance/frames.ts";
import type { Kept, Resumed } from "../advance/kept.ts";
import { innerPrefix } from "../advance/names.ts";
import type { Place } from "../advance/plan-index.ts";
import type { FrameState, StepState } from "../advance/state.ts";
import { differs, isBad, keepList } from "./keep-list.ts";
import { keepPast, keepRun } from "./keep-run.ts";
import { placeOf } from "./place.ts";
import { type EndedRun, hasChangedItself, keepFrame, type Work, workOn } from "./work.ts";

/** What of a run is to happen again: everything from a step on, or only what failed; neither is all of it. */
export interface Again {
  fromStep?: string | undefined;
  onlyFailed: boolean;
}

const phases = ["steps", "onFailure", "onSuccess", "finally"] as const;

/**
 * What a new run of `next` takes over from one that is over: results of the steps before the one it begins with, and of what
 * did well beside it. Null: nothing, for all of it is to happen again. Throws `validation_failed` for a step that there is not and
 * `conflict` when it cannot begin there. Uses the state of the run up.
 */
export function keepFrom(run: EndedRun, next: Plan, { fromStep, onlyFailed }: Again): Kept | null {
  if (fromStep === undefined && !onlyFailed) return null;
  const work = workOn(run, next);
  if (fromStep === undefined) keepAllButFailed(work);
  else keepAround(work, placeOf(work, fromStep), onlyFailed);
  keepRun(work);
  return work.kept;
}

function keepAllButFailed(work: Work): void {
  for (const phase of phases) {
    const frame = work.state.frames.get(frameKey("", "", phase));
    if (frame === undefined || badOf(work, frame).length === 0) continue;
    enter(work, phase);
    keepWhatDidWell(work, frame);
    return;
  }
  throw new ProblemError("conflict", `no step of execution ${work.id} failed`, {
    hint: "Name a step to begin with, or run all of it again.",
  });
}

function enter(work: Work, phase: Kept["phase"]): void {
  work.kept.phase = phase;
  keepPast(work, phase);
}

function keepAround(work: Work, chain: readonly Place[], onlyFailed: boolean): void {
  const [first] = chain;
  const phase = phases.find((one) => one === first?.role);
  if (phase === undefined) throw new Error(`no list of a workflow is called ${first?.role}`);
  enter(work, phase);
  let prefix = "";
  chain.forEach(({ step: planned, ownerId, role }, depth) => {
    const frame = work.state.frames.get(frameKey(prefix, ownerId, role));
    if (frame === undefined) throw notReached(work, planned.name, ownerId);
    keepList(work, frame, new Set([planned.id]));
    const step = work.state.steps.get(frame.prefix + planned.id);
    const inner = chain[depth + 1];
    if (inner !== undefined) {
      if (step === undefined || step.attempt === 0) throw notReached(work, inner.step.name, planned.id);
      resume(work, step, inner.role);
      prefix = innerPrefix(step);
    } else if (onlyFailed && (step === undefined || !keepInside(work, step))) {
      throw new ProblemError("conflict", `nothing in ${planned.name} failed`, {
        hint: "Leave out onlyFailed to run the whole step again.",
      });
    }
  });
}

function notReached({ id, after }: Work, name: string, ownerId: string): ProblemError {
  const around = after.place(ownerId)?.step.name;
  const hint =
    around === undefined ? "Begin with a step that it came to." : `Begin with ${JSON.stringify(around)}.`;
  return new ProblemError("conflict", `execution ${id} did not come to ${name}`, { hint });
}

/** Goes on inside a step; of its other lists only what did badly happens again. */
function resume(work: Work, step: StepState, role: string | null): void {
  const planned = work.after.place(step.id)?.step;
  if (planned === undefined || hasChangedItself(work, step.id)) {
    throw differs(work, [{ id: step.id, why: `${work.before.step(step.id).name} has changed` }]);
  }
  const own = new Set(plannedLists(planned).map((list) => list.role));
  const frames = openedBy(work, step).filter((frame) => own.has(frame.role));
  const roles = frames.map((frame) => frame.role);
  work.kept.resumed[step.path] = resumed(work, step, roles, null);
  for (const frame of frames) {
    if (role === null) keepWhatDidWell(work, frame);
    else if (frame.role !== role) keepList(work, frame, new Set());
  }
}

/** The lists of a step's last attempt that are a part of its work, in the order of the definition. */
function openedBy({ state }: Work, step: StepState): FrameState[] {
  const frames = Object.keys(step.inner).flatMap((key) => state.frames.get(key) ?? []);
  return frames.filter(({ role }) => role !== "onFailure" && role !== "rollback");
}

function resumed(work: Work, step: StepState, roles: string[], each: Resumed["each"]): Resumed {
  // A handler that ran after the last attempt has to run again should that fail again.
  const handled = step.handled && step.inner[frameKey(step.prefix, step.id, "onFailure")] === undefined;
  for (const frame of work.framesOf.get(step.path) ?? []) {
    if (frame.role === "onFailure" ? handled : isEarlier(step, frame)) keepFrame(work, frame);
  }
  const { attempt, output, touched } = step;
  return { attempt, handled, output, touched, roles, each };
}

/** Whether a list is of an attempt before the last one. */
function isEarlier(step: StepState, { key, role, index, prefix }: FrameState): boolean {
  if (role === "rollback") return false;
  if (index === null) return step.inner[key] === undefined;
  return !prefix.startsWith(`${step.path}${step.attempt <= 1 ? "" : `~${step.attempt}`}[`);
}

/** Keeps the steps of a list that did well, and of those that did not what did well inside them. */
function keepWhatDidWell(work: Work, frame: FrameState): void {
  const bad = badOf(work, frame);
  keepList(work, frame, new Set(bad.map(({ id }) => id)));
  for (const step of bad) if (work.kept.steps[step.path] === undefined) keepInside(work, step);
}

function badOf(work: Work, frame: FrameState): StepState[] {
  const { steps } = work.after.list(frame.ownerId, frame.role);
  return steps.flatMap(({ id }) => {
    const step = work.state.steps.get(frame.prefix + id);
    return step !== undefined && isBad(step) ? [step] : [];
  });
}

/** Keeps what did well inside a step that runs again; false: nothing of it failed. What cannot be gone into is run as a whole. */
function keepInside(work: Work, step: StepState): boolean {
  const planned = work.after.place(step.id)?.step;
  const again = Object.values(step.targets).filter(
    ({ status }) => status !== "succeeded" && status !== "skipped",
  );
  if (planned === undefined || hasChangedItself(work, step.id) || step.attempt === 0) return isBad(step);
  if (planned.type === "foreach") return keepIterations(work, step) || isBad(step);
  const lists = openedBy(work, step);
  if (lists.length > 0) {
    const isInside = lists.some((frame) => badOf(work, frame).length > 0);
    if (isInside) resume(work, step, null);
    return isInside || isBad(step);
  }
  const done = Object.values(step.targets).filter(
    ({ status }) => status === "succeeded" || status === "skipped",
  );
  const hasTargets = planned.type === "execute" || (planned.type === "http" && planned.targets !== null);
  if (!hasTargets || again.length === 0) return isBad(step);
  work.kept.targets[step.path] = {
    done: done.map((target) => ({ ...target, reused: true })),
    again: again.map(({ name }) => name),
  };
  return true;
}

/** Keeps the iterations that did well; false: none failed. */
function keepIterations(work: Work, step: StepState): boolean {
  const { each } = step;
  if (each === null || each.bad.length === 0) return false;
  const bad = new Set(each.bad);
  // After a break the items that were left stay left.
  const until = each.isStopped && step.error?.code !== "collect" ? each.items.length : each.next;
  const done = Array.from({ length: until }, (_, place) => place).filter((place) => !bad.has(place));
  const { items, collected } = each;
  work.kept.resumed[step.path] = resumed(work, step, [], {
    ...{ items, collected },
    done: Object.fromEntries(done.map((place) => [String(place), true as const])),
  });
  const isDone = new Set(done);
  for (const frame of work.framesOf.get(step.path) ?? []) {
    const isLast = frame.role === "steps" && frame.index !== null && !isEarlier(step, frame);
    if (isLast && isDone.has(frame.index ?? 0)) keepFrame(work, frame);
  }
  return true;
}
