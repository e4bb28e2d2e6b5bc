import type { Reason } from "@pulse/schema/status";
import type { ExecutionError } from "@pulse/schema/wire/job";
import type { AttemptEnd } from "../work.ts";
import type { Ending } from "./conversation.ts";

/** Everything that is known when an attempt has ended. */
export interface AttemptFacts {
  /** The call ended by itself: with a response, or with an error of the code (`X`). */
  call: { answered: true } | { error: CallError } | null;
  timedOut: boolean;
  cancelled: boolean;
  /** How the process ended, when it did before the call. */
  exit: Ending | null;
  timeoutMs: number;
}

/** An `X` frame. */
export interface CallError {
  code: string;
  name?: string | undefined;
  message: string;
  stack?: string | undefined;
  file?: string | undefined;
  line?: number | undefined;
  permanent?: boolean | undefined;
  retryAfterMs?: number | undefined;
}

/** What is known of an attempt of which nothing is known. */
export const noFacts: AttemptFacts = {
  call: null,
  timedOut: false,
  cancelled: false,
  exit: null,
  timeoutMs: 0,
};

/** How an attempt ended, by its facts alone. */
export type Verdict = Pick<AttemptEnd, "status" | "reason" | "error" | "permanent" | "retryAfterMs">;

/** What facts come to. What came first in time wins: a timeout or a cancellation explains a kill, never the other way round. */
export function outcomeOf(facts: AttemptFacts): Verdict {
  const { call, exit } = facts;
  if (facts.timedOut) {
    return ended("timed_out", "timed_out", `did not finish within ${facts.timeoutMs} ms`);
  }
  if (facts.cancelled && !(call !== null && "answered" in call))
    return ended("cancelled", "cancelled", "the call was cancelled");
  if (call !== null && "answered" in call) {
    return { status: "succeeded", reason: null, error: null, permanent: false, retryAfterMs: null };
  }
  if (call !== null) return fromCode(call.error);
  if (exit === null) return ended("failed", "infrastructure", engineLost);
  return (
    beyondCode(exit) ??
    ended("failed", "crashed", `the process ${howItEnded(exit)} before it answered`, "function")
  );
}

/** What a load that failed comes to. A process that ends while it loads code could not be initialised, unless the machine ended it. */
export function outcomeOfLoad(failed: { error: CallError } | { ending: Ending }): Verdict {
  if ("error" in failed) return fromCode(failed.error);
  const { ending } = failed;
  const said = ending.lastLines.length === 0 ? "" : `; its last words: ${ending.lastLines.join("\n")}`;
  const message = `the process ${howItEnded(ending)} while the code was loaded${said}`;
  return beyondCode(ending) ?? ended("failed", "init_error", message, "function");
}

const engineLost = "the engine that ran the code was lost";

/** Ends that say nothing of the code's own doing. */
function beyondCode(exit: Ending): Verdict | null {
  if (exit.engineLost) return ended("failed", "infrastructure", engineLost);
  if (exit.outOfMemory) return ended("failed", "out_of_memory", "the process used more memory than it may");
  return null;
}

function howItEnded({ fault, signal, code }: Ending): string {
  if (fault !== null) return fault;
  return signal === null ? `exited with code ${code ?? "unknown"}` : `was ended by ${signal}`;
}

function ended(
  status: AttemptEnd["status"],
  reason: Reason,
  message: string,
  source: ExecutionError["source"] = "platform",
): Verdict {
  return { status, reason, error: { code: reason, message, source }, permanent: false, retryAfterMs: null };
}

const codes: Record<string, Reason> = {
  function_error: "function_error",
  init_error: "init_error",
  bad_response: "bad_response",
  bad_request: "bad_request",
  payload_too_large: "payload_too_large",
};

/** What another try of the same request would meet again. */
const permanent: ReadonlySet<Reason> = new Set<Reason>(["bad_request", "payload_too_large"]);

function fromCode(error: CallError): Verdict {
  const reason = codes[error.code] ?? "function_error";
  const { name, stack, file, line } = error;
  // "Error" says nothing that the message does not.
  const message = name === undefined || name === "Error" ? error.message : `${name}: ${error.message}`;
  return {
    status: "failed",
    reason,
    error: {
      code: reason,
      message,
      source: "function",
      ...(name === undefined ? {} : { name }),
      ...(stack === undefined ? {} : { stack }),
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { line }),
    },
    permanent: error.permanent === true || permanent.has(reason),
    retryAfterMs: error.retryAfterMs ?? null,
  };
}
