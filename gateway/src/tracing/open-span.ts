import { ProblemError } from "@pulse/schema/problem";
import { readTraceparent, type TraceContext, traceparentOf } from "@pulse/schema/trace-context";
import type { Ports, Span } from "../ports.ts";

/** Something that began, and of which is told when it ends. */
export interface OpenSpan {
  /** The `traceparent` of what it starts or sends: itself where it is told of, else what it is a part of; null: nothing. */
  traceparent: string | null;
  /** Tells of it, where anybody wants to know. `error` is a code; null: it went well. */
  end(attributes: Span["attributes"], error: string | null): void;
}

type Needs = Pick<Ports, "tracing" | "now" | "random">;

/** Begins a span of what no request does: a part of what `given` says, or the first of a trace of its own. */
export function openSpan(
  { tracing, now, random }: Needs,
  given: string | null,
  { name, kind }: Pick<Span, "name" | "kind">,
): OpenSpan {
  const parent = readTraceparent(given);
  if (tracing === undefined) {
    return { traceparent: parent === null ? null : traceparentOf(parent), end: () => undefined };
  }
  const begun = tracing.begin(parent);
  const { traceId, isSampled } = begun;
  if (!isSampled) return { traceparent: traceparentOf(begun), end: () => undefined };
  const spanId = begun.isRoot ? begun.spanId : random(8).toHex();
  const own: TraceContext = { traceId, spanId, isSampled };
  const startMs = now();
  return {
    traceparent: traceparentOf(own),
    end(attributes, error) {
      const parentId = begun.isRoot ? null : begun.spanId;
      const all = { ...attributes, "error.type": error };
      tracing.add({
        ...{ traceId, spanId, parentId, name, kind },
        startMs,
        endMs: now(),
        attributes: all,
        error,
      });
    },
  };
}

/** The ends of a span of one try to start something, `about` which it tells: it started an execution, or could not, and what became of it. */
export function startEnds({ traceparent, end }: OpenSpan, about: Span["attributes"]) {
  return {
    traceparent,
    started: (execution: string) =>
      end({ ...about, "faas.invocation_id": execution, "pulse.status": "started" }, null),
    failed: (status: string, error: unknown) =>
      end({ ...about, "pulse.status": status }, error instanceof ProblemError ? error.code : "internal"),
  };
}
