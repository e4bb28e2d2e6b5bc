import { readTraceparent, spanIdOf, type TraceContext, traceparentOf } from "@pulse/schema/trace-context";
import type { Ports, Span } from "../../ports.ts";
import type { RunEvent } from "../advance/events.ts";
import { indexOf } from "../advance/plan-index.ts";
import type { StepState, TargetState } from "../advance/state.ts";
import type { OpenRun } from "./open-run.ts";

type Traced = Pick<OpenRun, "id" | "workflow" | "plan" | "revision" | "state">;

/** The id of the span of a run itself. */
export const runSpanId = (id: string) => spanIdOf(`${id}/run`);
const partId = (run: Pick<OpenRun, "id">, part: string) => spanIdOf(`${run.id}/step/${part}`);

/** The `traceparent` that a run keeps: its starter's, or, where traces are told of, that of a new one whose first span is the run's. */
export function runTraceparent(
  { tracing }: Pick<Ports, "tracing">,
  id: string,
  given: string | null,
): string | null {
  if (given !== null || tracing === undefined) return given;
  return traceparentOf({ ...tracing.begin(null), spanId: runSpanId(id) });
}

/** The `traceparent` of what a run asks for: `part` is the path of a step, or the key of a job with `@` and its target. */
export function traceparentIn(
  { tracing }: Pick<Ports, "tracing">,
  run: Pick<OpenRun, "id" | "state">,
  part: string,
): string | null {
  const context = contextOf(run);
  if (context === null) return null;
  const isTold = tracing !== undefined && context.isSampled;
  return traceparentOf(isTold ? { ...context, spanId: partId(run, part) } : context);
}

/** The spans of what ended with these events: targets, steps, and the run. The run has gone on from them already. */
export function runSpans(run: Traced, events: readonly RunEvent[]): Span[] {
  const context = contextOf(run);
  if (context === null || !context.isSampled) return [];
  return events.flatMap((event): Span[] => {
    switch (event.type) {
      case "target.settled":
        return targetSpan(run, context, event);
      case "step.settled": {
        const step = run.state.steps.get(event.step);
        return step === undefined || step.startedAt === null ? [] : [stepSpan(run, context, step, event.at)];
      }
      case "execution.settled":
        return [runSpan(run, context, event)];
      default:
        return [];
    }
  });
}

function contextOf({ state }: Pick<OpenRun, "state">): TraceContext | null {
  const { traceparent } = state.execution;
  return typeof traceparent === "string" ? readTraceparent(traceparent) : null;
}

function stepSpan(run: Traced, { traceId }: TraceContext, step: StepState, at: number): Span {
  const owner = run.state.frames.get(step.frame)?.owner ?? null;
  const { type, name } = indexOf(run.plan).step(step.id);
  return {
    ...{
      traceId,
      spanId: partId(run, step.path),
      parentId: owner === null ? runSpanId(run.id) : partId(run, owner),
    },
    ...{ name, kind: type === "http" ? "client" : "internal", startMs: step.startedAt ?? at, endMs: at },
    attributes: {
      ...{ "pulse.execution_id": run.id, "pulse.step": step.path, "pulse.step.type": type },
      ...{ "pulse.status": step.status, "pulse.attempt": step.attempt },
    },
    error: errorOf(step.status, step.error?.code),
  };
}

function targetSpan(
  run: Traced,
  { traceId }: TraceContext,
  { key, target: id, outcome, at }: Extract<RunEvent, { type: "target.settled" }>,
): Span[] {
  // The job of a function is for nobody in particular: its step says all.
  if (id === "") return [];
  const path = key.replace(/#.*$/, "");
  const step = run.state.steps.get(path);
  const target: TargetState | undefined = step?.targets[id];
  const startMs = createdAt(target?.executionId ?? null) ?? step?.startedAt ?? at;
  return [
    {
      ...{ traceId, spanId: partId(run, `${key}@${id}`), parentId: partId(run, path) },
      ...{ name: `${path} on a target`, kind: "internal", startMs, endMs: at },
      attributes: {
        ...{
          "pulse.execution_id": target?.executionId ?? null,
          "pulse.step": path,
          "pulse.status": outcome.status,
        },
      },
      error: errorOf(outcome.status, outcome.error?.code),
    },
  ];
}

function runSpan(
  run: Traced,
  { traceId, spanId }: TraceContext,
  { status, error, at }: Extract<RunEvent, { type: "execution.settled" }>,
): Span {
  const own = runSpanId(run.id);
  return {
    ...{
      traceId,
      spanId: own,
      parentId: spanId === own ? null : spanId,
      name: run.workflow,
      kind: "internal",
    },
    ...{ startMs: createdAt(run.id) ?? run.state.startedAt, endMs: at },
    attributes: {
      ...{ "pulse.execution_id": run.id, "pulse.workflow.revision": run.revision, "pulse.kind": "workflow" },
      "pulse.status": status,
    },
    error: errorOf(status, error?.code),
  };
}

const fine: ReadonlySet<string> = new Set(["succeeded", "skipped", "cancelled", "superseded"]);

function errorOf(status: string, code: string | undefined): string | null {
  return fine.has(status) ? null : (code ?? status);
}

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** When an execution was made: its id begins with it. */
function createdAt(id: string | null): number | null {
  const time = /^exe_([0-9a-hjkmnp-tv-z]{10})/.exec(id ?? "")?.[1];
  return time === undefined ? null : [...time].reduce((sum, digit) => sum * 32 + alphabet.indexOf(digit), 0);
}
