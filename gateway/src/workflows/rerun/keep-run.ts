import { everyStep } from "@pulse/schema/workflow/step-lists";
import { frameKey } from "../advance/frames.ts";
import type { Kept } from "../advance/kept.ts";
import type { RunState, Stand, StepState } from "../advance/state.ts";
import { differs } from "./keep-list.ts";
import { hasChanged, keepFrame, keptIds, type Work } from "./work.ts";

const before = {
  steps: [],
  onFailure: ["steps"],
  onSuccess: ["steps"],
  finally: ["steps", "onFailure", "onSuccess"],
} as const;

/** Keeps the lists of the workflow that ended before one of them began. */
export function keepPast(work: Work, phase: Kept["phase"]): void {
  for (const role of before[phase]) {
    const frame = work.state.frames.get(frameKey("", "", role));
    const changed = work.after.list("", role).steps.filter(({ id }) => hasChanged(work, id));
    if (frame === undefined) continue;
    const why = ({ id, name }: { id: string; name: string }) => ({ id, why: `${name} has changed` });
    if (changed.length > 0) throw differs(work, changed.map(why));
    keepFrame(work, frame);
  }
  work.past = new Set(Object.keys(work.kept.steps));
}

/** Keeps what the run knew where the new one begins, as far as it came from steps that are kept. */
export function keepRun(work: Work): void {
  const { kept, state } = work;
  const ids = keptIds(work);
  const steps = Object.values(kept.steps);
  const places = new Set(steps.map(({ frame, id }) => placeText(frame, id)));
  const stood = standOf(work);
  const { outcome = "succeeded", failure = null, rollback = "none" } = stood ?? {};
  const here = steps.filter(({ path }) => !work.past.has(path));
  kept.vars = { ...stood?.vars, ...varsOf(work, here) };
  kept.run = {
    ...{ outcome, failure, rollback },
    prompts: Object.fromEntries(Object.entries(state.prompts).filter(([id]) => ids.has(id))),
    responses: state.responses.filter(({ chain }) =>
      chain.some(([frame, id]) => places.has(placeText(frame, id)) || kept.frames[frame] !== undefined),
    ),
    undo: undoOf(work, steps),
    touched: touchedOf(work, steps),
  };
}

function placeText(frame: string, id: string): string {
  return `${frame} ${id}`;
}

/** What `set` steps wrote, in the order in which they did; of iterations that are forgotten, what they left behind. */
function varsOf({ after, state }: Work, steps: readonly StepState[]): Record<string, unknown> {
  const written = steps.flatMap((step) => {
    const planned = after.place(step.id)?.step;
    if (step.status !== "succeeded" && planned?.type === "set") return [];
    const at = step.finishedAt ?? 0;
    if (planned?.type === "set") return [{ at, values: Object(step.output) as Record<string, unknown> }];
    if (planned?.type !== "foreach") return [];
    const names = [...everyStep(planned.steps)].flatMap((one) =>
      one.type === "set" ? Object.keys(one.set) : [],
    );
    return [{ at, values: Object.fromEntries(names.map((name) => [name, state.vars[name]])) }];
  });
  written.sort((left, right) => left.at - right.at);
  return Object.fromEntries(written.flatMap(({ values }) => Object.entries(values)));
}

/** The steps to be taken back, last the one that ended last. */
function undoOf({ kept, after }: Work, steps: readonly StepState[]): RunState["undo"] {
  if (kept.phase !== "steps") return [];
  const inside = (step: StepState) => step.path.length;
  return steps
    .filter(({ id, attempt }) => attempt > 0 && after.step(id).rollback.length > 0)
    .sort((left, right) => (left.finishedAt ?? 0) - (right.finishedAt ?? 0) || inside(right) - inside(left))
    .map(({ path, touched }) => ({ step: path, touched: Object.keys(touched) }));
}

function touchedOf({ kept }: Work, steps: readonly StepState[]): Record<string, true> {
  const targets = [
    ...steps.flatMap((step) => Object.values(step.targets)),
    ...Object.values(kept.targets).flatMap(({ done }) => done),
  ];
  const names = [
    ...targets.flatMap(({ touched, name }) => (touched && name !== "" ? name : [])),
    ...steps.flatMap(({ touched }) => Object.keys(touched)),
    ...Object.values(kept.resumed).flatMap(({ touched }) => Object.keys(touched)),
  ];
  return Object.fromEntries(names.map((name) => [name, true]));
}

/** How the run stood when the list began that the new one begins in. */
function standOf({ kept, state }: Work): Stand | null {
  return kept.phase === "steps" ? null : (state.entered[kept.phase] ?? null);
}
