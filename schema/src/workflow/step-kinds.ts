/** The kinds of step, in the order of the documentation. */
export const stepTypes = [
  "execute",
  "prompt",
  "wait",
  "function",
  "workflow",
  "parallel",
  "if",
  "switch",
  "foreach",
  "http",
  "notify",
  "set",
  "stop",
] as const;

export type StepType = (typeof stepTypes)[number];
