import type { Reference } from "@pulse/schema/expression/references";
import { type FrameState, hasEnded, type RunState, type StepState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Who asks: the list it stands in and the step itself; both null is the workflow. */
export interface Asker {
  frame: FrameState | null;
  step: StepState | null;
  /** The target that a job is made for, when its texts ask for it. */
  target?: { id: string; name: string };
}

/** The names that an expression sees: of the large ones only those that it reads, so that their number does not matter. */
export function namesFor(
  turn: Turn,
  asker: Asker,
  references: readonly Reference[],
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const { state } = turn;
  const roots = new Set(references.map(({ path }) => path[0] ?? ""));
  const names: Record<string, unknown> & { steps?: unknown; promptResponse?: unknown; state?: unknown } = {
    inputs: state.inputs,
    vars: state.vars,
    prompts: state.prompts,
    execution: executionView(state),
    target: asker.target ?? null,
    failure: asker.step?.error ?? state.failure,
    event: state.event,
  };
  const isWhole = roots.has("state");
  if (roots.has("steps") || isWhole) {
    const ids = isWhole ? null : idsRead(references);
    names.steps = stepsView(turn, asker, ids ?? turn.index.ids());
  }
  if (roots.has("promptResponse") || isWhole) names.promptResponse = latestResponse(turn, asker);
  if (isWhole) {
    const { inputs, vars, steps, prompts, promptResponse, execution } = names;
    names.state = { inputs, vars, steps, prompts, promptResponse, execution };
  }
  for (const frame of framesAround(state, asker.frame).reverse()) Object.assign(names, frame.locals);
  return Object.assign(names, more);
}

function executionView(state: RunState): Record<string, unknown> {
  const status = state.phase === "steps" ? "running" : state.outcome;
  return { ...state.execution, status };
}

/** The ids that are read below `steps`; null when it is all of them. */
function idsRead(references: readonly Reference[]): Set<string> | null {
  const ids = new Set<string>();
  for (const { path, exact } of references) {
    if (path[0] !== "steps") continue;
    const [, id] = path;
    if (id === undefined) return null;
    if (!exact && path.length < 2) return null;
    ids.add(id);
  }
  return ids;
}

/** The lists around a place, from the inside out. */
export function framesAround(state: RunState, frame: FrameState | null): FrameState[] {
  const found: FrameState[] = [];
  for (let one = frame; one !== null; ) {
    found.push(one);
    const owner = one.owner === null ? undefined : state.steps.get(one.owner);
    one = owner === undefined ? null : (state.frames.get(owner.frame) ?? null);
  }
  return found;
}

/** What stands before the ids of the steps inside a step, in its present attempt. */
export function innerPrefix(step: StepState): string {
  return step.attempt <= 1 ? step.prefix : `${step.path}~${step.attempt}/`;
}

/** The state of the step with this id as seen from a place; undefined when there is none, or one for each item. */
export function findStep(turn: Turn, asker: Asker, id: string): StepState | undefined {
  return seenFrom(turn, framesAround(turn.state, asker.frame), id);
}

function seenFrom(turn: Turn, frames: readonly FrameState[], id: string): StepState | undefined {
  const place = turn.index.place(id);
  if (place === undefined) return undefined;
  const mine = frames.find((one) => one.ownerId === place.ownerId && one.role === place.role);
  const { steps } = turn.state;
  if (mine !== undefined) return steps.get(mine.prefix + id);
  if (place.ownerId === "") return steps.get(id);
  const owner = seenFrom(turn, frames, place.ownerId);
  if (owner === undefined || (turn.planned(owner).type === "foreach" && place.role === "steps"))
    return undefined;
  return steps.get(innerPrefix(owner) + id);
}

function stepsView(turn: Turn, asker: Asker, ids: Iterable<string>): Record<string, unknown> {
  const frames = framesAround(turn.state, asker.frame);
  const seen: [string, unknown][] = [];
  for (const id of ids) {
    const step = seenFrom(turn, frames, id);
    if (step !== undefined) seen.push([id, stepView(turn, step)]);
    else if (turn.index.place(id) !== undefined) seen.push([id, notRun]);
  }
  return Object.fromEntries(seen);
}

const notRun = {
  ...{ status: "pending", output: null, outputs: {}, form: null, response: null, results: [] },
  ...{ startedAt: null, finishedAt: null },
};

/** What expressions see of a step. */
export function stepView(turn: Turn, step: StepState): Record<string, unknown> {
  const { status, output, form, response, startedAt, finishedAt, error } = step;
  const outputs = turn.planned(step).type === "foreach" ? (step.each?.collected ?? []) : step.outputs;
  return { status, output, outputs, form, response, results: resultsOf(step), startedAt, finishedAt, error };
}

/** What expressions see of the targets of a step. */
export function resultsOf(step: StepState): Record<string, unknown>[] {
  return Object.values(step.targets).map(({ name, status, outcome, reason }) => ({
    target: name,
    status,
    exitCode: outcome?.exitCode ?? null,
    stdout: outcome?.stdout ?? "",
    stderr: outcome?.stderr ?? "",
    durationMs: outcome?.durationMs ?? null,
    output: outcome?.output ?? null,
    reason,
  }));
}

/** A step and the steps around it, from the inside out. */
export function stepsAround(turn: Turn, step: StepState): StepState[] {
  const found: StepState[] = [];
  for (let one: StepState | undefined = step; one !== undefined; ) {
    found.push(one);
    const { owner } = turn.frameOf(one);
    one = owner === null ? undefined : turn.state.steps.get(owner);
  }
  return found;
}

/** Where a step stands: lists and ids from the inside out. */
export function chainOf(turn: Turn, step: StepState): [frame: string, id: string][] {
  return stepsAround(turn, step).map(({ frame, id }) => [frame, id]);
}

/** The latest response among what ended before the asker; after the steps (in `finally` and so on) among all of them. */
function latestResponse(turn: Turn, { frame, step }: Asker): string | null {
  const { responses } = turn.state;
  const mine = step === null ? [] : chainOf(turn, step);
  const top = framesAround(turn.state, frame).at(-1)?.role ?? "after";
  for (let i = responses.length - 1; i >= 0; i--) {
    const one = responses[i];
    if (one === undefined) continue;
    if (isBefore(turn, one.chain, mine) || (top !== "steps" && one.chain.at(-1)?.[0] === ":steps")) {
      return one.response;
    }
  }
  return null;
}

function isBefore(
  turn: Turn,
  theirs: readonly [string, string][],
  mine: readonly [string, string][],
): boolean {
  for (const [frame, id] of mine) {
    const other = theirs.find((one) => one[0] === frame);
    if (other === undefined) continue;
    // In the same list: what it needs, or (for a roll-back and an onFailure) the very step around it.
    return (
      turn.index.ancestors(id).has(other[1]) ||
      (other[1] === id && theirs.length >= 1 && isPast(turn, frame, id))
    );
  }
  return false;
}

function isPast(turn: Turn, frame: string, id: string): boolean {
  const prefix = turn.state.frames.get(frame)?.prefix ?? "";
  const step = turn.state.steps.get(prefix + id);
  return step !== undefined && (hasEnded(step.status) || step.handled);
}
