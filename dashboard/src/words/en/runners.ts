/** Texts of the runners. */
export const runners = {} as const;
