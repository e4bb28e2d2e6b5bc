import { type EvaluateOptions, type ExpressionContext, evaluate } from "./evaluate.ts";
import { expressionLimits } from "./limits.ts";
import { checkPlace, type Template, type TemplateValue } from "./parse-template.ts";
import { ExpressionFault, type ExpressionProblem, problemOf } from "./problem.ts";
import { ShellPlace } from "./shell-place.ts";
import { shellWord } from "./shell-word.ts";
import { isList, isObject, type Value } from "./values.ts";
import { Work } from "./work.ts";

export type Rendered = { ok: true; value: Value } | { ok: false; problem: ExpressionProblem };

/**
 * Fills a template in; never throws. A text that is one template and nothing else gives the value itself, with its type; any other text
 * gives a text, a command always does. All templates of one text share one budget.
 */
export function renderTemplate(
  template: Template,
  context: ExpressionContext,
  { budget = expressionLimits.steps, ...options }: EvaluateOptions,
): Rendered {
  const work = typeof budget === "number" ? new Work(budget) : budget;
  let offset = 0;
  try {
    const [only, ...others] = template.parts;
    if (template.mode === "text" && typeof only === "object" && others.length === 0) {
      return { ok: true, value: evaluated(only, context, { ...options, budget: work }) };
    }
    const shell = new ShellPlace();
    const made: string[] = [];
    let length = 0;
    for (const part of template.parts) {
      let text = part;
      if (typeof text !== "string") {
        offset = text.offset;
        const value = evaluated(text, context, { ...options, budget: work });
        text = template.mode === "text" ? inText(value, text) : inCommand(value, text, shell);
      }
      // A `raw` value is looked at like the command's own text: after it a word may stand in a worse place than it seemed.
      if (template.mode === "command" && (typeof part === "string" || part.as === "raw")) shell.feed(text);
      length += text.length;
      work.fits(length);
      made.push(text);
    }
    return { ok: true, value: made.join("") };
  } catch (error) {
    return { ok: false, problem: problemOf(error, offset) };
  }
}

function evaluated(part: TemplateValue, context: ExpressionContext, options: EvaluateOptions): Value {
  const result = evaluate(part.expression, context, options);
  if (result.ok) return result.value;
  const { code, message, column } = result.problem;
  throw new ExpressionFault(code, message, part.offset + column - 1);
}

function inText(value: Value, part: TemplateValue): string {
  if (value === undefined) throw missing(part, "undefined");
  if (value === null) return "";
  // The value has been measured, so writing it is bounded.
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function inCommand(value: Value, part: TemplateValue, shell: ShellPlace): string {
  if (part.as === "raw") return scalar(value, part);
  checkPlace(shell, part.offset);
  if (part.as === "word") {
    shell.word();
    return shellWord(scalar(value, part));
  }
  if (!isList(value)) {
    throw new ExpressionFault(
      "needs_words",
      "words(…) needs a list of texts, numbers or booleans",
      part.offset,
    );
  }
  // No words at all leave the shell where it was.
  if (value.length > 0) shell.word();
  return value.map((item) => shellWord(scalar(item, part))).join(" ");
}

function scalar(value: Value, part: TemplateValue): string {
  if (value === undefined || value === null) throw missing(part, String(value));
  if (isList(value) || isObject(value)) {
    throw new ExpressionFault(
      "needs_words",
      "a list or an object is no word of a command; write words(list) for one word each, or JSON.stringify(value)",
      part.offset,
    );
  }
  const text = String(value);
  if (text.includes("\0")) throw new ExpressionFault("nul", "a command cannot have a NUL in it", part.offset);
  return text;
}

function missing({ expression, offset }: TemplateValue, what: string): ExpressionFault {
  return new ExpressionFault(
    "missing_value",
    `${expression.text.slice(0, 80)} is ${what}; write ${expression.text.slice(0, 80)} ?? "…" to say what stands for it`,
    offset,
  );
}
