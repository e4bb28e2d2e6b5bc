import type { Expression as Syntax } from "acorn";
import { parseSyntax } from "./bounded-parser.ts";
import { TreeChecker } from "./check-tree.ts";
import { commandFunctions } from "./functions.ts";
import { expressionLimits } from "./limits.ts";
import type { Expression, ParseOptions } from "./parse-expression.ts";
import { ExpressionFault, type ExpressionProblem, problemOf } from "./problem.ts";
import { ShellPlace } from "./shell-place.ts";

/** A text with templates: what stands between them, and the expressions. */
export interface Template {
  readonly mode: TemplateMode;
  readonly parts: readonly (string | TemplateValue)[];
  /** Places to warn about: each `raw(…)`, which puts text into a command as it is. */
  readonly lints: readonly ExpressionProblem[];
}

/** In a `command` (or script) each value becomes one quoted word of a POSIX shell; in a `text` it becomes part of the text. */
export type TemplateMode = "text" | "command";

/** One `${{ … }}`; `as` says how a command takes it: as one word, as it is, or each of a list as a word. */
export interface TemplateValue {
  readonly expression: Expression;
  readonly as: "word" | "raw" | "words";
  /** Offset of its expression in the whole text. */
  readonly offset: number;
}

export type ParsedTemplate = { ok: true; template: Template } | { ok: false; problems: ExpressionProblem[] };

/** What a parser of templates is told; `mode` is `text` unless said otherwise. */
export interface TemplateOptions extends ParseOptions {
  mode?: TemplateMode;
}

const opening = "${{";
const closing = "}}";

/** Whether a text has a template or an escaped one, so that it must be parsed and rendered. */
export function hasTemplate(text: string): boolean {
  return text.includes(opening);
}

/** Parses a text with `${{ … }}` in it; `$${{` stands for `${{` itself. Never throws, whatever the text is. */
export function parseTemplate(text: string, { mode = "text", names }: TemplateOptions = {}): ParsedTemplate {
  const known = names === undefined ? null : new Set(names);
  const parts: (string | TemplateValue)[] = [];
  const problems: ExpressionProblem[] = [];
  const lints: ExpressionProblem[] = [];
  const shell = new ShellPlace();
  let literal = "";
  let templates = 0;
  let from = 0;
  for (let open = text.indexOf(opening); open !== -1; open = text.indexOf(opening, from)) {
    if (text[open - 1] === "$" && open > from) {
      literal += text.slice(from, open - 1) + opening;
      from = open + opening.length;
      continue;
    }
    literal += text.slice(from, open);
    if (literal !== "") parts.push(literal);
    if (mode === "command") shell.feed(literal);
    literal = "";
    if (++templates > expressionLimits.templates) {
      const message = `a text has at most ${expressionLimits.templates} templates`;
      problems.push({ code: "too_complex", message, column: open + 1 });
      return { ok: false, problems };
    }
    const start = open + opening.length;
    try {
      const { end, ...value } = parseValue(text, start, mode, known, problems);
      parts.push(value);
      from = end;
      if (value.as === "raw") lints.push(rawLint(start));
      if (mode === "command" && value.as !== "raw") {
        checkPlace(shell, open);
        shell.word();
      }
    } catch (error) {
      problems.push(problemOf(error, open));
      const close = text.indexOf(closing, start);
      if (problems.length > 20 || close === -1) return { ok: false, problems };
      from = Math.max(from, close + closing.length);
    }
  }
  literal += text.slice(from);
  if (literal !== "") parts.push(literal);
  if (mode === "command" && text.includes("\0")) {
    problems.push({
      code: "nul",
      message: "a command cannot have a NUL in it",
      column: text.indexOf("\0") + 1,
    });
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, template: { mode, parts, lints } };
}

/** Throws a fault when no quoted word can stand where the shell's text has got to. */
export function checkPlace(shell: ShellPlace, at: number): void {
  const refusal = shell.refusal();
  if (refusal === null) return;
  const quotes = refusal.includes("quotes") && refusal.startsWith("inside");
  const advice = quotes
    ? "take the quotes away: it expands to one quoted word by itself, and text may stand right beside it"
    : 'give the value to the step in env and use it as "$NAME"';
  throw new ExpressionFault("inside_quotes", `a template cannot stand ${refusal}; ${advice}`, at);
}

function parseValue(
  text: string,
  start: number,
  mode: TemplateMode,
  names: ReadonlySet<string> | null,
  problems: ExpressionProblem[],
): TemplateValue & { end: number } {
  if (!text.includes(closing, start)) {
    throw new ExpressionFault("syntax", "the template is not closed; write }} after the expression");
  }
  const seen = text.slice(start, start + expressionLimits.textLength + closing.length);
  try {
    const { syntax, next } = parseSyntax(seen);
    if (next === null || !seen.startsWith(closing, next)) {
      const found = next === null ? "" : seen.slice(next, next + 20);
      throw new ExpressionFault(
        "syntax",
        next === null
          ? "the template is not closed, or its expression is too long"
          : `unexpected ${JSON.stringify(found)}; a template is one expression and ends with }}`,
        next ?? 0,
      );
    }
    const checker = new TreeChecker(names);
    const { as, inner } = mode === "command" ? unwrapped(syntax) : { as: "word" as const, inner: syntax };
    const root = checker.check(inner);
    for (const problem of checker.problems) problems.push({ ...problem, column: problem.column + start });
    return {
      expression: { text: seen.slice(0, next).trim(), root },
      as,
      offset: start,
      end: start + next + 2,
    };
  } catch (error) {
    if (!(error instanceof ExpressionFault)) throw error;
    throw new ExpressionFault(error.code, error.message, start + (error.at ?? 0));
  }
}

/** `raw(x)` and `words(x)` as the whole of a command's template, and what is in them. */
function unwrapped(syntax: Syntax): { as: TemplateValue["as"]; inner: Syntax } {
  if (syntax.type !== "CallExpression" || syntax.callee.type !== "Identifier")
    return { as: "word", inner: syntax };
  const { name } = syntax.callee;
  const as = commandFunctions.find((known) => known === name);
  if (as === undefined) return { as: "word", inner: syntax };
  const [inner] = syntax.arguments;
  if (
    inner === undefined ||
    syntax.arguments.length > 1 ||
    inner.type === "SpreadElement" ||
    syntax.optional
  ) {
    throw new ExpressionFault("syntax", `${as}(…) takes one value`, syntax.start);
  }
  return { as, inner };
}

function rawLint(start: number): ExpressionProblem {
  return {
    code: "raw_text",
    message:
      "raw(…) puts its text into the command without quotes, so whoever decides the text decides what runs; leave raw away, or pass the value in env",
    column: start + 1,
  };
}
