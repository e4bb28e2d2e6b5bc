import type { functions as english } from "../en/functions.ts";

/** Texts of the functions. */
export const functions: Readonly<Record<keyof typeof english, string>> = {};
