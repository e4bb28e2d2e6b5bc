import { ProblemError } from "@pulse/schema/problem";
import { Interrupted } from "./interrupt.ts";
import { UsageError } from "./usage.ts";

/** The documented exit codes of `pulse`. */
export const exitCodes = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  notSignedIn: 3,
  notFound: 4,
  conflict: 5,
  invalid: 6,
  unreachable: 7,
  overQuota: 8,
  failed: 10,
  timedOut: 11,
  cancelled: 12,
  differences: 20,
} as const;

/** The exit code of an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return error.exitCode;
  if (error instanceof UsageError) return exitCodes.usage;
  if (error instanceof DOMException && error.name === "TimeoutError") return exitCodes.timedOut;
  if (!(error instanceof ProblemError)) return exitCodes.unexpected;
  if (error.extras.members?.unreachable === true) return exitCodes.unreachable;
  const { status, code } = error;
  if (code === "timed_out") return exitCodes.timedOut;
  if (code === "cancelled") return exitCodes.cancelled;
  if (status === 401 || status === 403) return exitCodes.notSignedIn;
  if (status === 404 || status === 410) return exitCodes.notFound;
  if (status === 409 || status === 412) return exitCodes.conflict;
  if (status === 429) return exitCodes.overQuota;
  return status < 500 ? exitCodes.invalid : exitCodes.unexpected;
}

/** The exit code of an execution that has ended, by its status. */
export function exitCodeOfStatus(status: string): number {
  if (status === "succeeded") return exitCodes.ok;
  if (status === "timed_out") return exitCodes.timedOut;
  return status === "cancelled" ? exitCodes.cancelled : exitCodes.failed;
}
