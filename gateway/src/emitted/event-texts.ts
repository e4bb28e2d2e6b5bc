import { evaluate } from "@pulse/schema/expression/evaluate";
import { type JsonValue, mapTemplates } from "@pulse/schema/expression/map-templates";
import { parseExpression } from "@pulse/schema/expression/parse-expression";
import { parseTemplate } from "@pulse/schema/expression/parse-template";
import { renderTemplate } from "@pulse/schema/expression/render-template";

/** Thrown by a text of a trigger that cannot be read, or does not come to a value with this event. */
export class TriggerFault extends Error {}

/** Whether a trigger's `match` lets an event start it; null lets every one. Throws TriggerFault. */
export function isMatch(text: string | null, data: unknown, now: number): boolean {
  if (text === null) return true;
  const read = parseExpression(text);
  if (!read.ok) throw new TriggerFault(`match: ${read.problems[0]?.message ?? "it cannot be read"}`);
  const made = evaluate(read.expression, { event: data }, { now, outcome: "succeeded" });
  if (!made.ok) throw new TriggerFault(`match: ${made.problem.message}`);
  return Boolean(made.value);
}

/** The inputs of a trigger with the event's data in their templates. Throws TriggerFault. */
export function inputsFor(
  inputs: Readonly<Record<string, unknown>>,
  data: unknown,
  now: number,
): Record<string, unknown> {
  const made = mapTemplates(inputs as JsonValue, (text) => {
    const read = parseTemplate(text);
    if (!read.ok)
      throw new TriggerFault(`inputs: ${read.problems[0]?.message ?? "a template cannot be read"}`);
    const rendered = renderTemplate(read.template, { event: data }, { now, outcome: "succeeded" });
    if (!rendered.ok) throw new TriggerFault(`inputs: ${rendered.problem.message}`);
    return rendered.value as JsonValue;
  });
  // An object stays one.
  return JSON.parse(JSON.stringify(made ?? {})) as Record<string, unknown>;
}
