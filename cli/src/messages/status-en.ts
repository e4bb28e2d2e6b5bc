/** English texts of the project at a glance. */
export const statusEn = {
  statusNow: "now: {running} running, {waiting} waiting, {queued} queued",
  statusDay: "last 24 h: {made} executions, {succeeded} succeeded, {failed} failed",
  statusRunners: "runners: {online} of {all} online",
  statusPrompts: "prompts waiting for an answer: {count}",
  statusNext: "next: {name} at {at}",
  statusNoNext: "next: nothing is planned",
  statusLastFailed: "last failure: {name} at {at} ({id})",
  statusStep: "to do: {step}",
  statusStepRunner: "connect a runner: pulse runner token",
  statusStepFunction: "deploy a function: pulse init, then pulse deploy",
  statusStepCall: "call it: pulse invoke <function>",
  statusStepTrigger: "let something start it: pulse schedule create or pulse webhook create",
};
