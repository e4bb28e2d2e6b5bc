import { ProblemError } from "@pulse/schema/problem";

/** What a supervisor reads of an error that ended a program: 78 (EX_CONFIG) for a configuration with which no start succeeds, else 1. */
export function exitCodeOf(error: unknown): number {
  return error instanceof ProblemError && error.code === "validation_failed" ? 78 : 1;
}

/** What an operator reads of an error that ended a program: a problem's words and its hint, anything else with its stack. */
export function said(error: unknown): string {
  if (!(error instanceof ProblemError)) return `✗ ${error instanceof Error ? error.stack : String(error)}\n`;
  const { hint } = error.extras;
  return `✗ ${error.message}\n${hint === undefined ? "" : `→ ${hint}\n`}`;
}
