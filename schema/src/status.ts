/** States of an execution, in the order a run passes them. Terminal states never change. */
export const executionStatuses = [
  "scheduled",
  "queued",
  "offered",
  "running",
  "waiting",
  "succeeded",
  "failed",
  "timed_out",
  "cancelled",
  "lost",
  "dead",
  "superseded",
] as const;
export type ExecutionStatus = (typeof executionStatuses)[number];

export const terminalStatuses = [
  "succeeded",
  "failed",
  "timed_out",
  "cancelled",
  "lost",
  "dead",
  "superseded",
] as const satisfies readonly ExecutionStatus[];
export type TerminalStatus = (typeof terminalStatuses)[number];

/** The states of an execution that is not over. */
export const liveStatuses = [
  "scheduled",
  "queued",
  "offered",
  "running",
  "waiting",
] as const satisfies readonly Exclude<ExecutionStatus, TerminalStatus>[];

const terminal: ReadonlySet<string> = new Set(terminalStatuses);

/** Whether an execution in this state is over for good. */
export function isTerminal(status: string): status is TerminalStatus {
  return terminal.has(status);
}

/** Why an execution did not succeed: a closed list, used in the execution, the problem and the metrics. */
export const reasons = [
  "function_error",
  "init_error",
  "timed_out",
  "out_of_memory",
  "crashed",
  "bad_response",
  "bad_request",
  "payload_too_large",
  "cancelled",
  "no_runner",
  "refused_by_runner",
  "secret_unavailable",
  "lost",
  "infrastructure",
  "build_failed",
  "rate_limited",
  "over_capacity",
  "expired",
  "poison",
  "step_failed",
] as const;
export type Reason = (typeof reasons)[number];

export const executionKinds = ["function", "command", "workflow", "build"] as const;
export type ExecutionKind = (typeof executionKinds)[number];

/** What may have started an execution. */
export const triggerTypes = [
  "http",
  "webhook",
  "schedule",
  "event",
  "workflow",
  "manual",
  "replay",
  "invoke",
  "build",
  "draft",
  "command",
] as const;
export type TriggerType = (typeof triggerTypes)[number];

export const versionStatuses = ["building", "ready", "failed"] as const;
export type VersionStatus = (typeof versionStatuses)[number];
