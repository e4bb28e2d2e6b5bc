import type { Reason } from "@pulse/schema/status";
import type { ExecutionError } from "@pulse/schema/wire/job";
import type { AttemptEnd } from "../work.ts";

/** Everything that is known when a command has ended. What came first in time wins. */
export interface CommandFacts {
  /** Why it was ended before it did so itself. */
  stopped: "timed_out" | "cancelled" | null;
  code: number | null;
  signal: string | null;
  /** Why it could not even be started. */
  fault: string | null;
  timeoutMs: number;
  successCodes: readonly number[];
}

type Verdict = Pick<AttemptEnd, "status" | "reason" | "error" | "permanent" | "retryAfterMs">;

/** What facts come to. */
export function commandOutcome(facts: CommandFacts): Verdict {
  const { stopped, code, signal, fault, timeoutMs, successCodes } = facts;
  if (stopped === "timed_out")
    return ended("timed_out", "timed_out", `did not finish within ${timeoutMs} ms`);
  if (stopped === "cancelled") return ended("cancelled", "cancelled", "the command was cancelled");
  if (fault !== null) return ended("failed", "init_error", `the command could not be started: ${fault}`);
  if (code !== null && successCodes.includes(code))
    return { status: "succeeded", reason: null, error: null, permanent: false, retryAfterMs: null };
  if (code !== null) return ended("failed", "function_error", `exited with code ${code}`, "function");
  return ended("failed", "crashed", `was ended by ${signal ?? "an unknown signal"}`, "function");
}

/** The end of a command that this machine does not run as it was asked for: another try would meet the same. */
export function refusedCommand(message: string): Verdict {
  return { ...ended("failed", "refused_by_runner", message), permanent: true };
}

/** The end of a command that nobody saw, for it ended with the machine's own end or was killed with its attendant. */
export function lostCommand(): Verdict {
  const message = "it is gone, and nobody saw how it ended";
  return { ...ended("failed", "lost", message), permanent: true };
}

/** The end of a command that failed when the kernel had ended something of it for want of memory. */
export function starvedCommand(code: number | null, memory: number): Verdict {
  const what = `it needed more than the ${Math.floor(memory / 2 ** 20)} MB of memory that it may have`;
  const message = code === null ? what : `${what}, and exited with code ${code}`;
  return ended("failed", "out_of_memory", message, "function");
}

function ended(
  status: AttemptEnd["status"],
  reason: Reason,
  message: string,
  source: ExecutionError["source"] = "platform",
): Verdict {
  return { status, reason, error: { code: reason, message, source }, permanent: false, retryAfterMs: null };
}
