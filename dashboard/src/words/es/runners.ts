import type { runners as english } from "../en/runners.ts";

/** Texts of the runners. */
export const runners: Readonly<Record<keyof typeof english, string>> = {};
