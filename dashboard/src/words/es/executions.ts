import type { executions as english } from "../en/executions.ts";

/** Texts of the executions. */
export const executions: Readonly<Record<keyof typeof english, string>> = {};
