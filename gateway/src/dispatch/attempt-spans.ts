import { readTraceparent, spanIdOf, traceparentOf } from "@pulse/schema/trace-context";
import { nameOfJob, type Outcome, type Timing } from "@pulse/schema/wire/job";
import type { Span } from "../ports.ts";
import type { Held } from "./held.ts";

/** What is told of an attempt: that of which anybody makes the same ids, so that nothing has to be remembered of a span. */
type Traced = Pick<
  Held,
  "id" | "kind" | "fence" | "attempt" | "mode" | "job" | "createdAt" | "dueAt" | "leftAt" | "acknowledgedAt"
>;

/** How an attempt went, as far as the gateway knows. */
export interface AttemptSeen {
  status: string;
  reason: string | null;
  timing: Timing;
  /** When the gateway heard of its end, epoch milliseconds. */
  at: number;
}

const idOf = (held: Pick<Held, "id" | "fence">, part: string) => spanIdOf(`${held.id}/${held.fence}/${part}`);

/** The `traceparent` that a job is handed out with: what the code does is a part of its run. */
export function handedTraceparent(held: Pick<Held, "id" | "fence" | "job">): string | null {
  const context = readTraceparent(held.job.traceparent);
  if (context === null || !context.isSampled) return held.job.traceparent;
  return traceparentOf({ ...context, spanId: idOf(held, "run") });
}

/**
 * The spans of one attempt: from when it was due to its end, with its wait in the queue, its hand-out, and what its runner measured: how its
 * sandbox began, the load of the code, and the run. The runner tells durations; they are put before the time at which the gateway heard of the end.
 */
export function attemptSpans(held: Traced, seen: AttemptSeen): Span[] {
  const context = readTraceparent(held.job.traceparent);
  if (context === null || !context.isSampled) return [];
  const { dueAt, leftAt, acknowledgedAt } = held;
  const { timing, at } = seen;
  const parentId = idOf(held, "attempt");
  const part = (name: string, startMs: number, endMs: number): Span => ({
    ...{ traceId: context.traceId, spanId: idOf(held, name), parentId, name, kind: "internal" },
    ...{ startMs, endMs, attributes: {}, error: null },
  });
  const from = Math.min(leftAt ?? acknowledgedAt ?? at, at);
  const runAt = Math.max(from, at - (timing.runMs ?? 0));
  const initAt = Math.max(from, runAt - (timing.initMs ?? 0));
  const startAt = Math.max(from, initAt - (timing.startMs ?? 0));
  const error = errorOf(seen);
  const coldstart = timing.start === undefined ? undefined : timing.start !== "warm";
  const spans: Span[] = [
    {
      ...part("attempt", Math.min(dueAt, from), at),
      parentId: context.spanId,
      name: nameOfJob(held.job),
      kind: held.mode === "async" ? "consumer" : "server",
      attributes: {
        ...{ ...ofExecution(held), "pulse.attempt": held.attempt, "pulse.status": seen.status },
        ...{ "pulse.reason": seen.reason, "faas.coldstart": coldstart, "pulse.start": timing.start },
      },
      error,
      ...(held.fence > 1
        ? {
            links: [
              { traceId: context.traceId, spanId: idOf({ id: held.id, fence: held.fence - 1 }, "attempt") },
            ],
          }
        : {}),
    },
  ];
  if (leftAt !== null) {
    spans.push(part("queue", Math.min(dueAt, leftAt), leftAt));
    spans.push(part("hand-out", leftAt, Math.max(leftAt, Math.min(acknowledgedAt ?? at, startAt))));
  }
  if (timing.startMs !== undefined) {
    const attributes = { "pulse.start": timing.start };
    spans.push({ ...part("start", startAt, initAt), attributes });
  }
  if (timing.initMs !== undefined && timing.initMs > 0) spans.push(part("init", initAt, runAt));
  // Its id went into the function, also where how it ended is not known.
  if (timing.runMs !== undefined || isBegun(held)) spans.push({ ...part("run", runAt, at), error });
  return spans;
}

/** The span of what ended in the queue: nobody had it. */
export function queueSpan(held: Traced, seen: Omit<AttemptSeen, "timing">): Span[] {
  const context = readTraceparent(held.job.traceparent);
  if (context === null || !context.isSampled) return [];
  return [
    {
      ...{
        traceId: context.traceId,
        spanId: spanIdOf(`${held.id}/${held.fence}/ended`),
        parentId: context.spanId,
      },
      ...{ name: "queue", kind: "internal", startMs: Math.min(held.dueAt, seen.at), endMs: seen.at },
      attributes: { ...ofExecution(held), "pulse.status": seen.status, "pulse.reason": seen.reason },
      error: errorOf(seen),
    },
  ];
}

const isBegun = ({ leftAt, acknowledgedAt }: Traced) => leftAt !== null && acknowledgedAt !== null;

function ofExecution({ id, job }: Traced): Span["attributes"] {
  const of = job.kind === "command" ? null : job.spec.function;
  const trigger = job.kind === "build" ? "build" : job.spec.trigger.type;
  return {
    "faas.invocation_id": id,
    ...(of === null ? {} : { "faas.name": of.name, "faas.version": String(of.version) }),
    "faas.trigger": faasTriggers[trigger] ?? "other",
    "pulse.kind": job.kind,
    "pulse.trigger": trigger,
  };
}

/** What OpenTelemetry calls what started a function. */
const faasTriggers: Readonly<Record<string, string>> = {
  ...{ http: "http", invoke: "http", draft: "http", webhook: "http" },
  ...{ schedule: "timer", event: "pubsub" },
};

function errorOf({ status, reason }: Pick<AttemptSeen, "status" | "reason">): string | null {
  return status === "succeeded" || status === "cancelled" ? null : (reason ?? status);
}

/** How an attempt went, from what its runner said. */
export function seenOf(outcome: Pick<Outcome, "status" | "reason" | "timing">, at: number): AttemptSeen {
  return { status: outcome.status, reason: outcome.reason, timing: outcome.timing, at };
}
