import type { ForeachStep } from "@pulse/schema/workflow/plan";
import { endAttempt, failAttempt } from "./attempt.ts";
import { openFrame, stepsOf } from "./frames.ts";
import { takeResumed } from "./kept.ts";
import { resultsOf } from "./names.ts";
import { evaluateText, renderValue, TextProblem } from "./render.ts";
import type { FrameState, StepState } from "./state.ts";
import { endIfIdle } from "./stop-step.ts";
import type { Turn } from "./turn.ts";

/** Starts the first iterations of a foreach. */
export function startForeach(turn: Turn, step: StepState, planned: ForeachStep): void {
  const resumed = takeResumed(turn, step)?.each ?? null;
  if (resumed !== null) {
    const fresh = { next: 0, running: 0, isStopped: false, failed: 0, bad: [] };
    step.each = { ...resumed, ...fresh };
    goOn(turn, step, planned);
    return;
  }
  const items = renderValue(turn, { frame: turn.frameOf(step), step }, planned.items);
  if (!Array.isArray(items)) {
    failAttempt(turn, step, "items", "items must be a list");
    return;
  }
  if (items.length > planned.maxItems) {
    const text = `has ${items.length} items, at most ${planned.maxItems} are allowed`;
    failAttempt(turn, step, "items", text);
    return;
  }
  step.each = { items, next: 0, running: 0, isStopped: false, failed: 0, bad: [], collected: [] };
  goOn(turn, step, planned);
}

function goOn(turn: Turn, step: StepState, planned: ForeachStep): void {
  const { each } = step;
  if (each === null) return;
  const isOpen = () => !each.isStopped && step.ending === null && each.next < each.items.length;
  while (isOpen() && each.running < planned.maxParallel) {
    const index = each.next++;
    if (each.done?.[index] === true) continue;
    each.running++;
    const attempt = step.attempt <= 1 ? "" : `~${step.attempt}`;
    const item = each.items[index];
    const locals = Object.fromEntries([
      ["index", index],
      ["item", item],
      [planned.as, item],
    ]);
    openFrame(turn, {
      owner: step,
      role: "steps",
      prefix: `${step.path}${attempt}[${index}]/`,
      locals,
      index,
    });
  }
  if (each.running > 0) return;
  if (step.ending !== null) endIfIdle(turn, step);
  else if (each.failed === 0) endAttempt(turn, step, { status: "succeeded" });
  else endAttempt(turn, step, { status: "failed", error: step.error });
}

/** Takes the end of an iteration: collects its value, and starts the next ones. */
export function iterationEnded(turn: Turn, step: StepState, frame: FrameState): void {
  const planned = turn.planned(step);
  const { each } = step;
  if (each === null || planned.type !== "foreach") return;
  each.running--;
  if (frame.failure !== null || frame.isCancelled) {
    each.failed++;
    each.bad.push(frame.index ?? 0);
    step.error ??= frame.failure ?? {
      code: "cancelled",
      message: "an iteration was cancelled",
      step: planned.name,
    };
  }
  if (step.ending === null) {
    try {
      judge(turn, frame, planned, each);
    } catch (error) {
      if (!(error instanceof TextProblem)) throw error;
      each.isStopped = true;
      each.failed++;
      each.bad.push(frame.index ?? 0);
      step.error = { code: "collect", message: error.message, step: planned.name };
    }
  }
  forget(turn, step, frame);
  goOn(turn, step, planned);
}

function judge(
  turn: Turn,
  frame: FrameState,
  planned: ForeachStep,
  each: NonNullable<StepState["each"]>,
): void {
  const status = frame.failure !== null ? "failed" : frame.isCancelled ? "cancelled" : "succeeded";
  const last = stepsOf(turn, frame).findLast(({ status: one }) => one !== "skipped" && one !== "blocked");
  const results = last === undefined ? [] : resultsOf(last);
  const more = { status, output: last?.output ?? null, results };
  const asker = { frame, step: null };
  const value = planned.collect === null ? more.output : evaluateText(turn, asker, planned.collect, more);
  while (each.collected.length <= (frame.index ?? 0)) each.collected.push(null);
  each.collected[frame.index ?? 0] = value;
  if (planned.breakIf !== null && evaluateText(turn, asker, planned.breakIf, more)) each.isStopped = true;
}

/** Lets go of an iteration that nothing can ask about any more, so that a run of many stays small. */
function forget(turn: Turn, owner: StepState, frame: FrameState): void {
  const { state } = turn;
  delete owner.inner[frame.key];
  const isKept = state.undo.some(({ step }) => step.startsWith(frame.prefix));
  if (isKept) return;
  const pending = [frame];
  for (let one = pending.pop(); one !== undefined; one = pending.pop()) {
    for (const step of stepsOf(turn, one)) {
      pending.push(...Object.keys(step.inner).flatMap((key) => state.frames.get(key) ?? []));
      state.steps.delete(step.path);
    }
    state.frames.delete(one.key);
  }
}
