import type { ExecutionView } from "@pulse/schema/wire/executions";
import type { RunView, StepView } from "@pulse/schema/wire/workflow-runs";
import { lookOf } from "./execution-spans.ts";
import { msOrNull } from "./moment-of.ts";
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

/**
 * The steps of a run that have begun, each inside the one that holds it, and what they ran on each target, as far as `children` know of it: also what
 * an earlier attempt of a step ran, and what ended rounds of a loop did, which the steps no longer tell.
 */
export function runSpans(
  { steps }: Pick<RunView, "steps">,
  children: readonly ExecutionView[],
  at: RunAddresses,
): Span[] {
  const left = new Map(children.map((child) => [child.id, child]));
  const paths = new Set(steps.map(({ path }) => path));
  const spans = steps.flatMap((step) => {
    const fromMs = msOrNull(step.startedAt);
    if (fromMs === null || step.reused) return [];
    const own: Span = {
      ...{ id: stepId(step.path), fromMs, toMs: msOrNull(step.finishedAt) },
      look: people.has(step.type) ? "wait" : lookOf(step.status),
      parent: parentOf(step.path, paths),
      label: { text: step.name },
      note: noteOf(step),
      isIdle: people.has(step.type),
      href: hrefOf(step, at),
    };
    const targets = step.targets.flatMap(({ execution, reused, runner, reason }) => {
      const child = execution === null || reused ? undefined : left.get(execution);
      if (child === undefined) return [];
      left.delete(child.id);
      const note = child.attempt > 1 ? retriedNote(child) : reason === null ? null : { text: reason };
      return childSpans(child, { parent: own.id, label: { text: runner }, note }, at);
    });
    return [own, ...targets];
  });
  return [...spans, ...[...left.values()].flatMap((child) => untoldSpans(child, paths, at))];
}

/** A child that no step names any more, by the key that it was started under: `each[17]/parse#1/0`, the path and the attempt of its step and the batch of targets. */
function untoldSpans(child: ExecutionView, paths: ReadonlySet<string>, at: RunAddresses): Span[] {
  const { key } = child.trigger;
  const [, path, attempt] = /^(.+)#(\d+)(?:\/\d+)?$/.exec(typeof key === "string" ? key : "") ?? [];
  if (path === undefined) return [];
  const runner = child.runner ?? child.name;
  return paths.has(path)
    ? childSpans(
        child,
        {
          parent: stepId(path),
          label: { text: runner },
          note: { key: "timeline.attempt", values: { attempt: Number(attempt) } },
        },
        at,
      )
    : childSpans(child, { parent: parentOf(path, paths), label: { text: path }, note: { text: runner } }, at);
}

/** The step that holds another one: `each[17]/parse` stands in `each`. */
export function parentOf(path: string, paths: ReadonlySet<string>): string | null {
  for (let end = path.length - 1; end > 0; end -= 1) {
    const before = path.slice(0, end);
    if ("/[.".includes(path[end] ?? "") && paths.has(before)) return stepId(before);
  }
  return null;
}

function childSpans(
  child: ExecutionView,
  told: Pick<Span, "parent" | "label" | "note">,
  at: RunAddresses,
): Span[] {
  const id = `target:${child.id}`;
  const createdMs = Date.parse(child.createdAt);
  const startedMs = msOrNull(child.startedAt);
  const toMs = msOrNull(child.endedAt);
  const href = at.execution(child.id);
  const look = lookOf(child.status);
  const whole: Span = { ...told, id, fromMs: createdMs, toMs, look, href, isIdle: startedMs === null };
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
