/** Texts of the functions. */
export const functions = {} as const;
