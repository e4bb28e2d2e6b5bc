import { evaluate } from "@pulse/schema/expression/evaluate";
import { parseExpression } from "@pulse/schema/expression/parse-expression";
import { parseTemplate } from "@pulse/schema/expression/parse-template";
import type { ExpressionProblem } from "@pulse/schema/expression/problem";
import { renderTemplate } from "@pulse/schema/expression/render-template";
import type { FieldProblem } from "@pulse/schema/problem";
import type { MessageTemplate } from "@pulse/schema/wire/channel-rules";

/** What expressions of a rule see; what an event has nothing to do with is null. */
export interface Seen {
  event: string;
  title: string;
  text: string;
  execution: unknown;
  prompt: unknown;
  runner: unknown;
  deploy: unknown;
  split: unknown;
  quota: unknown;
  project: string;
}

const names = [
  "event",
  "title",
  "text",
  "execution",
  "prompt",
  "runner",
  "deploy",
  "split",
  "quota",
  "project",
] as const;

/** Whether a filter lets something through. One that cannot be decided does: better one message too many. `fault` says why it could not. */
export function matches(
  filter: string | null,
  seen: Seen,
  now: number,
): { matches: boolean; fault: string | null } {
  if (filter === null) return { matches: true, fault: null };
  const parsed = parseExpression(filter, { names });
  const result = parsed.ok ? evaluate(parsed.expression, { ...seen }, { now }) : null;
  if (result?.ok === true) return { matches: Boolean(result.value), fault: null };
  const [problem] = parsed.ok ? (result?.ok === false ? [result.problem] : []) : parsed.problems;
  return { matches: true, fault: problem?.message ?? "it cannot be read" };
}

/** Fills in a text of a template; `fault` says why that could not be. */
export function filledIn(
  text: string,
  seen: Seen,
  now: number,
): { text: string; fault: null } | { text: null; fault: string } {
  const parsed = parseTemplate(text, { names });
  const made = parsed.ok ? renderTemplate(parsed.template, { ...seen }, { now }) : null;
  if (made?.ok === true) {
    const { value } = made;
    return { text: typeof value === "string" ? value : (JSON.stringify(value ?? null) ?? ""), fault: null };
  }
  const [problem] = parsed.ok ? (made?.ok === false ? [made.problem] : []) : parsed.problems;
  return { text: null, fault: problem?.message ?? "it cannot be read" };
}

/** What is wrong with the expressions of a rule, before anything happened. */
export function faultsOf(filter: string | null, template: MessageTemplate | null): FieldProblem[] {
  const faults: FieldProblem[] = [];
  const add = (pointer: string, problems: readonly ExpressionProblem[]) =>
    faults.push(...problems.map(({ message }) => ({ pointer, detail: message })));
  if (filter !== null) {
    const parsed = parseExpression(filter, { names });
    if (!parsed.ok) add("/filter", parsed.problems);
  }
  for (const field of ["title", "text"] as const) {
    const written = template?.[field];
    if (written === undefined) continue;
    const parsed = parseTemplate(written, { names });
    if (!parsed.ok) add(`/template/${field}`, parsed.problems);
  }
  return faults;
}
