/** Texts of the logs. */
export const logs = {} as const;
