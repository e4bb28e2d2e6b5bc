/** What a new installation does first, in this order. */
export const firstSteps = ["runner", "function", "call", "trigger"] as const;
export type FirstStep = (typeof firstSteps)[number];

/** Executions of one status are counted up to this many. */
export const countedMost = 10_000;
