import { hasTemplate } from "../expression/parse-template.ts";
import type { StepDefinition } from "./definition.ts";
import type { Findings } from "./finding.ts";

const posix: ReadonlySet<string> = new Set(["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "yash"]);

/** Whether a shell, with its options, reads words in quotes as POSIX says: in no other is a value in quotes surely one word. */
export function isPosixShell(shell: string): boolean {
  const [program = "", ...rest] = shell.trim().split(/\s+/);
  const name = program.slice(program.lastIndexOf("/") + 1);
  const [next] = rest;
  if ((name === "env" || name === "busybox") && next !== undefined) return isPosixShell(rest.join(" "));
  return posix.has(name);
}

/** What reads a script according to its first line; null: it names nothing. */
export function interpreterOf(script: string): string | null {
  return /^#!\s*([^\n]*?)\s*(?:\n|$)/.exec(script)?.[1] ?? null;
}

/** Who would read a command or script, where that is no POSIX shell; null: all is well. */
export function foreignShell(
  { command, script }: { command?: string | null | undefined; script?: string | null | undefined },
  shell: string | null,
): string | null {
  const interpreter = typeof script === "string" ? interpreterOf(script) : null;
  if (typeof command !== "string" && typeof script !== "string") return null;
  const readers = [...(shell === null ? [] : [shell]), ...(interpreter === null ? [] : [interpreter])];
  return readers.find((one) => !isPosixShell(one)) ?? null;
}

/** How a template in a command for another shell is refused. */
export function foreignShellText(shell: string): string {
  return `the values of templates are put in quotes as sh and bash read them, and ${shell} may read them otherwise: give the value by env`;
}

/** Notes templates in commands for shells that would not read their values as one word. */
export function checkShell(
  step: StepDefinition,
  pointer: string,
  usualShell: string | undefined,
  findings: Findings,
): void {
  if (step.type !== "execute") return;
  const shell = step.shell ?? usualShell ?? null;
  for (const field of ["command", "script"] as const) {
    const text = step[field];
    if (typeof text !== "string" || !hasTemplate(text)) continue;
    // What a template gives is known when the step runs, and looked at then.
    const known = shell !== null && hasTemplate(shell) ? null : shell;
    const foreign = foreignShell({ [field]: text }, known);
    if (foreign !== null) findings.error(`${pointer}/${field}`, "foreign_shell", foreignShellText(foreign));
  }
}
