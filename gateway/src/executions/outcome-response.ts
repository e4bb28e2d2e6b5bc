import { isProblemCode, type ProblemCode } from "@pulse/schema/problem";
import type { HeaderList } from "@pulse/schema/wire/job";
import type { Settled } from "../hub.ts";

/** What the caller of a settled execution gets: the function's own answer, or a problem. */
export type CallerAnswer =
  | { kind: "response"; status: number; headers: HeaderList; base64: string | null; bytes: number }
  | CallerProblem
  /** It succeeded, and its response was streamed or too large to keep. */
  | { kind: "not_kept" };

/** Why the caller gets no answer of the function. */
export interface CallerProblem {
  kind: "problem";
  code: ProblemCode;
  source: "function" | "platform";
  detail: string;
  hint: string | null;
  /** Seconds for `Retry-After`, null without one. */
  retryAfter: number | null;
}

interface Row {
  code: ProblemCode;
  source: "function" | "platform";
  detail: string;
  hint?: string;
  retryAfter?: number;
}

/** The status table of the invocation API: every reason of an execution that did not succeed. */
const byReason: Record<string, Row> = {
  function_error: { code: "function_error", source: "function", detail: "the function threw an error" },
  bad_request: { code: "bad_request", source: "function", detail: "the function cannot take this request" },
  init_error: {
    code: "init_error",
    source: "function",
    detail: "the function could not be loaded",
    hint: "Its logs show what went wrong while it was loaded.",
  },
  crashed: {
    code: "crashed",
    source: "function",
    detail: "the function's process ended before it answered",
    hint: "Its logs show the last lines it wrote.",
  },
  poison: {
    code: "crashed",
    source: "function",
    detail: "the function took its runner down twice and will not be run again",
  },
  step_failed: {
    code: "function_error",
    source: "function",
    detail: "a step of the workflow failed",
    hint: "The execution's error names the step and its targets.",
  },
  out_of_memory: {
    code: "out_of_memory",
    source: "function",
    detail: "the function used more memory than it may",
    hint: 'Raise the setting "memory", or use less.',
  },
  bad_response: {
    code: "bad_response",
    source: "function",
    detail: "the function answered with something that cannot be sent",
  },
  payload_too_large: {
    code: "payload_too_large",
    source: "platform",
    detail: "a body is larger than it may be",
  },
  timed_out: {
    code: "timed_out",
    source: "function",
    detail: "the function did not finish in time",
    hint: 'Raise the setting "timeout", or call it with "Prefer: respond-async".',
  },
  cancelled: { code: "cancelled", source: "platform", detail: "the execution was cancelled" },
  no_runner: {
    code: "no_runner",
    source: "platform",
    detail: "no runner could take the work in time",
    retryAfter: 5,
  },
  expired: {
    code: "no_runner",
    source: "platform",
    detail: "no runner took the work before it expired",
    retryAfter: 5,
  },
  refused_by_runner: {
    code: "refused_by_runner",
    source: "platform",
    detail: "the runner's own policy refused the job",
  },
  secret_unavailable: {
    code: "secret_unavailable",
    source: "platform",
    detail: "a secret of the function is not to be had",
    hint: "The execution's error names it. Secrets are set with: pulse secret set NAME",
  },
  lost: {
    code: "lost",
    source: "platform",
    detail: "the runner was lost while it held the work",
    retryAfter: 1,
  },
  infrastructure: {
    code: "infrastructure",
    source: "platform",
    detail: "the runner or its engine failed",
    retryAfter: 1,
  },
  build_failed: { code: "build_failed", source: "function", detail: "the build failed" },
  rate_limited: { code: "rate_limited", source: "platform", detail: "too many calls", retryAfter: 1 },
  over_capacity: {
    code: "over_capacity",
    source: "platform",
    detail: "the function already runs as often as it may at once",
    retryAfter: 1,
  },
};

const bySettledStatus: Record<string, string> = {
  timed_out: "timed_out",
  cancelled: "cancelled",
  lost: "lost",
  superseded: "cancelled",
};

/** Maps a settled execution to what its caller is told. Never a success for a failure. */
export function answerOf(settled: Pick<Settled, "status" | "reason" | "error" | "response">): CallerAnswer {
  if (settled.status === "succeeded") {
    return settled.response === null ? { kind: "not_kept" } : { kind: "response", ...settled.response };
  }
  const { error } = settled;
  const reason = settled.reason ?? bySettledStatus[settled.status] ?? error?.code ?? "internal";
  const row = byReason[reason];
  if (row === undefined) {
    const code = isProblemCode(reason) ? reason : "internal";
    return { kind: "problem", code, source: "platform", detail: "it failed", hint: null, retryAfter: null };
  }
  return {
    kind: "problem",
    code: row.code,
    source: row.source,
    detail: error === null || error.message === "" ? row.detail : messageOf(error),
    hint: row.hint ?? null,
    retryAfter: row.retryAfter ?? null,
  };
}

/** What is told to a caller who may not see the function's own words, such as anyone on a public endpoint. */
export function withoutDetail(answer: CallerProblem): CallerProblem {
  if (answer.source !== "function") return answer;
  const row = Object.values(byReason).find((one) => one.code === answer.code);
  return { ...answer, detail: row?.detail ?? "it failed" };
}

function messageOf(error: { name?: string | undefined; message: string }): string {
  const { name, message } = error;
  return name === undefined || name === "Error" || message.startsWith(`${name}:`)
    ? message
    : `${name}: ${message}`;
}
