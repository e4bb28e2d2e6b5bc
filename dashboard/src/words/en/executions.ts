/** Texts of the executions. */
export const executions = {} as const;
