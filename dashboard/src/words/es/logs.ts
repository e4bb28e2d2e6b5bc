import type { logs as english } from "../en/logs.ts";

/** Texts of the logs. */
export const logs: Readonly<Record<keyof typeof english, string>> = {};
