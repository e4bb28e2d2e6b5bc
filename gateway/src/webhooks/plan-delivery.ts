import { evaluate } from "@pulse/schema/expression/evaluate";
import { type JsonValue, mapTemplates } from "@pulse/schema/expression/map-templates";
import { parseExpression } from "@pulse/schema/expression/parse-expression";
import { parseTemplate } from "@pulse/schema/expression/parse-template";
import type { ExpressionProblem } from "@pulse/schema/expression/problem";
import { renderTemplate } from "@pulse/schema/expression/render-template";
import { Work } from "@pulse/schema/expression/work";
import type { FieldProblem } from "@pulse/schema/problem";
import type { WebhookTarget } from "@pulse/schema/wire/webhooks";
import { webhookNames } from "@pulse/schema/workflow/expression-places";

/** What expressions of a webhook see. */
export interface Seen {
  payload: unknown;
  headers: Readonly<Record<string, string>>;
  event: string | null;
  delivery: { id: string; receivedAt: string };
  webhook: { id: string; name: string; provider: string };
}

const names = webhookNames;
const budget = 200_000;

/** What is to be done with a delivery: `input` undefined means the request itself. */
export type Plan = { do: "nothing" } | { do: "fail"; error: string } | { do: "run"; input: unknown };

/** Decides what a delivery starts; the same delivery always comes to the same. */
export function planDelivery(
  { filter, target }: { filter: string | null; target: WebhookTarget },
  seen: Seen,
  now: number,
): Plan {
  if (filter !== null) {
    const parsed = parseExpression(filter, { names });
    if (!parsed.ok) return failed("the filter", parsed.problems);
    const result = evaluate(parsed.expression, { ...seen }, { now });
    if (!result.ok) return failed("the filter", [result.problem]);
    if (!result.value) return { do: "nothing" };
  }
  const written = "function" in target ? target.input : (target.inputs ?? {});
  if (written === undefined) return { do: "run", input: undefined };
  let fault: Plan | null = null;
  const work = new Work(budget);
  // Checked when it was saved.
  const input = mapTemplates(written as JsonValue, (text, pointer) => {
    if (fault !== null) return null;
    const parsed = parseTemplate(text, { names });
    const made = parsed.ok ? renderTemplate(parsed.template, { ...seen }, { now, budget: work }) : null;
    // What it makes is JSON, as every value of the language.
    if (made?.ok === true) return made.value as JsonValue | undefined;
    const problems = parsed.ok ? (made?.ok === false ? [made.problem] : []) : parsed.problems;
    fault = failed(`the input at ${pointer === "" ? "its root" : pointer}`, problems);
    return null;
  });
  return fault ?? { do: "run", input };
}

/** What is wrong with a filter and the templates of a target, before anything was delivered. */
export function faultsOf({
  filter,
  target,
}: {
  filter: string | null;
  target: WebhookTarget;
}): FieldProblem[] {
  const faults: FieldProblem[] = [];
  const add = (pointer: string, problems: readonly ExpressionProblem[]) =>
    faults.push(...problems.map(({ message }) => ({ pointer, detail: message })));
  if (filter !== null) {
    const parsed = parseExpression(filter, { names });
    if (!parsed.ok) add("/filter", parsed.problems);
  }
  const at = "function" in target ? "/target/input" : "/target/inputs";
  const written = "function" in target ? target.input : target.inputs;
  mapTemplates((written ?? null) as JsonValue, (text, pointer) => {
    const parsed = parseTemplate(text, { names });
    if (!parsed.ok) add(`${at}${pointer}`, parsed.problems);
    return null;
  });
  return faults;
}

function failed(what: string, problems: readonly ExpressionProblem[]): Plan {
  return { do: "fail", error: `${what}: ${problems[0]?.message ?? "it cannot be read"}` };
}
