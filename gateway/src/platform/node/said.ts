import { ProblemError } from "@pulse/schema/problem";

/** What an operator reads of an error that ended a program: a problem's words and its hint, anything else with its stack. */
export function said(error: unknown): string {
  if (!(error instanceof ProblemError)) return `✗ ${error instanceof Error ? error.stack : String(error)}\n`;
  const { hint } = error.extras;
  return `✗ ${error.message}\n${hint === undefined ? "" : `→ ${hint}\n`}`;
}
