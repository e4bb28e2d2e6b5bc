import type { Reason } from "@pulse/schema/status";
import type { AttemptView, ExecutionView } from "@pulse/schema/wire/executions";
import type { Key } from "../words/words.ts";

/** A sentence: its text and what is filled in. */
export interface Sentence {
  key: Key;
  values: Readonly<Record<string, string | number>>;
}

type WhyKey<R extends string> = `why.${R}`;
const known: { readonly [R in Reason]: WhyKey<R> } = {
  function_error: "why.function_error",
  init_error: "why.init_error",
  timed_out: "why.timed_out",
  out_of_memory: "why.out_of_memory",
  crashed: "why.crashed",
  bad_response: "why.bad_response",
  bad_request: "why.bad_request",
  payload_too_large: "why.payload_too_large",
  cancelled: "why.cancelled",
  no_runner: "why.no_runner",
  refused_by_runner: "why.refused_by_runner",
  secret_unavailable: "why.secret_unavailable",
  lost: "why.lost",
  infrastructure: "why.infrastructure",
  build_failed: "why.build_failed",
  rate_limited: "why.rate_limited",
  over_capacity: "why.over_capacity",
  expired: "why.expired",
  poison: "why.poison",
  step_failed: "why.step_failed",
};

function isReason(text: string | null): text is Reason {
  return text !== null && Object.hasOwn(known, text);
}

/** Why an execution did not succeed, or what it waits for; null when there is nothing to explain. */
export function whyOf(view: ExecutionView): Sentence | null {
  const values = {
    ...{ runner: view.runner ?? "–", attempt: view.attempt, retries: view.retriesUsed },
    step: view.error?.name ?? "–",
  };
  if (view.status === "succeeded" || view.status === "running" || view.status === "offered") return null;
  if (view.status === "queued") return { key: "why.queued", values };
  if (view.status === "scheduled") return { key: "why.scheduled", values };
  if (view.status === "waiting") return { key: "why.waiting", values };
  if (view.status === "superseded") return { key: "why.superseded", values };
  if (isReason(view.reason)) return { key: known[view.reason], values };
  if (view.status === "timed_out") return { key: "why.timed_out", values };
  // No step of the run failed: it was refused, or ended on purpose, and the words of its error say so.
  return { key: view.kind === "workflow" && view.error !== null ? "why.run" : "why.unknown", values };
}

/** Why an attempt ended; null: it succeeded, is not over, or nobody knows. */
export function endOfAttempt(one: Pick<AttemptView, "attempt" | "runner" | "reason">): Sentence | null {
  if (!isReason(one.reason)) return null;
  return { key: known[one.reason], values: { runner: one.runner ?? "–", attempt: one.attempt, retries: 0 } };
}

/** Where in the code it went wrong: `main.py:12`; null when nobody knows. */
export function placeOf({ error }: Pick<ExecutionView, "error">): string | null {
  if (error?.file === undefined) return null;
  return error.line === undefined ? error.file : `${error.file}:${error.line}`;
}
