import type { ExecutionView } from "@pulse/schema/wire/executions";
import type { RunView, StepView } from "@pulse/schema/wire/workflow-runs";
import { lookOf, msOrNull } from "./execution-spans.ts";
import type { Label, Span } from "./spans.ts";

/** Where the waterfall of a run leads. */
export interface RunAddresses {
  /** The line of a step in the table of steps. */
  step: (path: string) => string;
  /** The log of what a step ran on one runner, shown with the run. */
  log: (execution: string) => string;
  execution: (id: string) => string;
}

/** A queue that is shorter is no line of its own, milliseconds. */
const queuedLeastMs = 1000;
const people: ReadonlySet<string> = new Set(["prompt", "wait"]);

/** The steps of a run that have begun, each inside the one that holds it, and what they ran on each target, as far as `children` know of it. */
export function runSpans(
  { steps }: Pick<RunView, "steps">,
  children: readonly ExecutionView[],
  at: RunAddresses,
): Span[] {
  const byId = new Map(children.map((child) => [child.id, child]));
  const paths = new Set(steps.map(({ path }) => path));
  return steps.flatMap((step) => {
    const fromMs = msOrNull(step.startedAt);
    if (fromMs === null || step.reused) return [];
    const own: Span = {
      ...{
        id: stepId(step.path),
        fromMs,
        toMs: msOrNull(step.finishedAt),
        look: people.has(step.type) ? "wait" : lookOf(step.status),
      },
      parent: parentOf(step.path, paths),
      label: { text: step.name },
      note: noteOf(step),
      isIdle: people.has(step.type),
      href: hrefOf(step, at),
    };
    return [own, ...step.targets.flatMap((target) => targetSpans(step, target, byId, at))];
  });
}

/** The step that holds another one: `each[17]/parse` stands in `each`. */
export function parentOf(path: string, paths: ReadonlySet<string>): string | null {
  for (let end = path.length - 1; end > 0; end -= 1) {
    const before = path.slice(0, end);
    if ("/[.".includes(path[end] ?? "") && paths.has(before)) return stepId(before);
  }
  return null;
}

function targetSpans(
  step: StepView,
  target: StepView["targets"][number],
  byId: ReadonlyMap<string, ExecutionView>,
  at: RunAddresses,
): Span[] {
  const child = target.execution === null || target.reused ? undefined : byId.get(target.execution);
  if (child === undefined) return [];
  const id = `target:${child.id}`;
  const [createdMs, startedMs, toMs] = [
    Date.parse(child.createdAt),
    msOrNull(child.startedAt),
    msOrNull(child.endedAt),
  ];
  const href = at.execution(child.id);
  const whole: Span = {
    ...{ id, parent: stepId(step.path), fromMs: createdMs, toMs, look: lookOf(child.status), href },
    isIdle: startedMs === null,
    label: { text: target.runner },
    note: child.attempt > 1 ? retriedNote(child) : target.reason === null ? null : { text: target.reason },
  };
  if (startedMs === null || startedMs - createdMs < queuedLeastMs) return [whole];
  const inner = { parent: id, note: null, href };
  return [
    whole,
    {
      ...{ ...inner, id: `${id}:queue`, fromMs: createdMs, toMs: startedMs, isIdle: true, look: "wait" },
      label: { key: "timeline.queue", values: {} },
    },
    {
      ...{ ...inner, id: `${id}:run`, fromMs: startedMs, toMs, isIdle: false, look: whole.look },
      label: { key: "timeline.run", values: {} },
    },
  ];
}

function retriedNote({ attempt, retriesUsed: retries, losses }: ExecutionView): Label {
  return { key: "course.attempt_of", values: { attempt, retries, losses } };
}

function noteOf({ attempt, error, path, id }: StepView): Label | null {
  if (error !== null) return { text: error.message };
  if (attempt > 1) return { key: "timeline.attempt", values: { attempt } };
  return path === id ? null : { text: path };
}

/** To the log where there is one alone, else to the step among the others. */
function hrefOf({ path, targets }: StepView, at: RunAddresses): string {
  const [only, ...others] = targets.flatMap(({ execution }) => execution ?? []);
  return only !== undefined && others.length === 0 ? at.log(only) : at.step(path);
}

function stepId(path: string): string {
  return `step:${path}`;
}
