import { evaluate } from "@pulse/schema/expression/evaluate";
import { type JsonValue, mapTemplates } from "@pulse/schema/expression/map-templates";
import { hasTemplate, type TemplateMode } from "@pulse/schema/expression/parse-template";
import { referencesOf } from "@pulse/schema/expression/references";
import { renderTemplate } from "@pulse/schema/expression/render-template";
import { isSecretMark } from "@pulse/schema/workflow/input-value";
import type { Timespan } from "@pulse/schema/workflow/plan";
import { readTimespan } from "@pulse/schema/workflow/timespan";
import { type Asker, namesFor } from "./names.ts";
import type { Sealed } from "./sealed.ts";
import type { Turn } from "./turn.ts";

/** Thrown by what reads a definition's texts, and caught where a step starts or ends: the step fails with it. */
export class TextProblem extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "TextProblem";
    this.code = code;
  }
}

type Names = Readonly<Record<string, unknown>>;

/** How the run stands for who asks, for `success()`, `failed()` and `cancelled()`. */
function outcomeFor(turn: Turn, { step, frame }: Asker): "succeeded" | "failed" | "cancelled" {
  if (frame !== null && frame.role === "onFailure") return "failed";
  if (step !== null && turn.state.phase === "steps") return step.past;
  const { outcome } = turn.state;
  if (outcome === "superseded") return "cancelled";
  return outcome === "timed_out" ? "failed" : outcome;
}

/** The value of an expression, as JSON; throws a TextProblem. */
export function evaluateText(turn: Turn, asker: Asker, text: string, more: Names = {}): unknown {
  const { read, references } = turn.index.expression(text);
  if (!read.ok) throw new TextProblem("expression", read.problems[0]?.message ?? "it cannot be read");
  const names = namesFor(turn, asker, references, more);
  const made = evaluate(read.expression, names, { now: turn.now, outcome: outcomeFor(turn, asker) });
  if (!made.ok) throw new TextProblem("expression", `${text.slice(0, 200)}: ${made.problem.message}`);
  return asJson(made.value);
}

/** Undefined and the numbers that JSON has no word for become null, as they would when the state is kept. */
function asJson(value: unknown): unknown {
  if (value === undefined) return null;
  return typeof value === "object" && value !== null ? JSON.parse(JSON.stringify(value)) : finite(value);
}

function finite(value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}

/** Values of which each text is an expression and anything else is itself. */
export function valuesOf(
  turn: Turn,
  asker: Asker,
  values: Readonly<Record<string, unknown>>,
  more: Names = {},
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === "string" ? evaluateText(turn, asker, value, more) : value,
    ]),
  );
}

/** A text with its templates filled in; in the mode `text`, a text that is one template gives the value itself. */
export function renderText(
  turn: Turn,
  asker: Asker,
  text: string,
  mode: TemplateMode = "text",
  more: Names = {},
): unknown {
  if (!hasTemplate(text)) return text;
  const read = turn.index.template(text, mode);
  if (!read.ok) throw new TextProblem("template", read.problems[0]?.message ?? "it cannot be read");
  const references = read.template.parts.flatMap((part) =>
    typeof part === "string" ? [] : referencesOf(part.expression).references,
  );
  const names = namesFor(turn, asker, references, more);
  const made = renderTemplate(read.template, names, { now: turn.now, outcome: outcomeFor(turn, asker) });
  if (!made.ok) throw new TextProblem("template", made.problem.message);
  return asJson(made.value);
}

/** A text that stays a text. */
export function renderString(
  turn: Turn,
  asker: Asker,
  text: string,
  mode: TemplateMode = "text",
  more: Names = {},
): string {
  const made = renderText(turn, asker, text, mode, more);
  if (typeof made === "string") return made;
  if (made === null) return "";
  return typeof made === "object" ? JSON.stringify(made) : String(made);
}

/** A text that may be absent. */
export function renderOptional(turn: Turn, asker: Asker, text: string | null): string | null {
  return text === null ? null : renderString(turn, asker, text);
}

/** Any JSON value with the templates in its texts filled in. */
export function renderValue(turn: Turn, asker: Asker, value: unknown): unknown {
  // A plan is JSON, and so is every part of it.
  const made = mapTemplates(value as JsonValue, (text) => renderText(turn, asker, text) as JsonValue);
  return made ?? null;
}

/** An object with the templates in its texts filled in. */
export function renderObject(
  turn: Turn,
  asker: Asker,
  value: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, renderValue(turn, asker, one)]),
  );
}

/** Milliseconds of a time span. */
export function renderTimespan(turn: Turn, asker: Asker, span: Timespan): number {
  if (typeof span === "number") return span;
  const made = readTimespan(renderText(turn, asker, span.template));
  if (made === null) throw new TextProblem("template", `${span.template} is no time span`);
  return made;
}

/**
 * Texts in which secrets may stand: these stay references, each as `secrets` of the step names it. Only the secret itself can be
 * a template's value, for what it is made of is not known here.
 */
export function renderSealed(
  turn: Turn,
  asker: Asker,
  texts: Readonly<Record<string, unknown>>,
  secrets: Readonly<Record<string, string>>,
): Record<string, Sealed> {
  const entries = Object.entries(texts).map(([name, text]): [string, Sealed] => [
    name,
    typeof text === "string" ? seal(turn, asker, text, secrets) : String(text),
  ]);
  return Object.fromEntries(entries);
}

function seal(turn: Turn, asker: Asker, text: string, secrets: Readonly<Record<string, string>>): Sealed {
  if (!hasTemplate(text)) return text;
  const read = turn.index.template(text, "text");
  if (!read.ok) throw new TextProblem("template", read.problems[0]?.message ?? "it cannot be read");
  const parts = read.template.parts.map((part): string | { $secret: string } => {
    if (typeof part === "string") return part;
    const { text: written } = part.expression;
    const name = memberOf("secrets", written);
    if (name !== null) return { $secret: secrets[name] ?? name };
    if (referencesOf(part.expression).references.some(({ path }) => path[0] === "secrets")) {
      throw new TextProblem(
        "template",
        "a secret stands alone in its template: secrets.NAME and nothing else",
      );
    }
    const value = evaluateText(turn, asker, written);
    if (isSecretMark(value)) {
      // Anything else could come from outside, and would name any secret of the project.
      const input = memberOf("inputs", written);
      if (input !== null && turn.plan.inputs[input]?.type === "secret") return { $secret: value.$secret };
      const detail = `${written.trim()} looks like a secret, which only an input of the type secret can be: inputs.NAME and nothing else`;
      throw new TextProblem("template", detail);
    }
    if (value === null) return "";
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  });
  return parts.every((part) => typeof part === "string") ? parts.join("") : { $parts: parts };
}

const member = /^\s*([A-Za-z]+)\s*(?:\.\s*([A-Za-z_$][\w$]*)|\[\s*["']([^"']+)["']\s*\])\s*$/;

/** The name of the one member of `object` that an expression is; null: it is something else. */
function memberOf(object: string, expression: string): string | null {
  const [, of, dotted, quoted] = member.exec(expression) ?? [];
  return of === object ? (dotted ?? quoted ?? null) : null;
}
