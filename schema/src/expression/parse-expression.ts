import { parseSyntax } from "./bounded-parser.ts";
import { TreeChecker } from "./check-tree.ts";
import { expressionLimits } from "./limits.ts";
import { ExpressionFault, type ExpressionProblem, problemOf } from "./problem.ts";
import type { Node } from "./tree.ts";

/** A checked expression: only `evaluate` and `referencesOf` look inside. Plain data, made by `parseExpression` alone. */
export interface Expression {
  readonly text: string;
  readonly root: Node;
}

export type ParsedExpression =
  | { ok: true; expression: Expression }
  | { ok: false; problems: ExpressionProblem[] };

/** What a parser is told: `names` are those that the context will have (all others are problems); without it any name passes. */
export interface ParseOptions {
  names?: Iterable<string>;
}

/** Parses and checks an expression; never throws, whatever the text is. */
export function parseExpression(text: string, { names }: ParseOptions = {}): ParsedExpression {
  try {
    if (text.length > expressionLimits.textLength) {
      throw new ExpressionFault(
        "too_long",
        `the expression has ${text.length} characters, the limit is ${expressionLimits.textLength}`,
      );
    }
    const { syntax, next } = parseSyntax(text);
    if (next !== null) {
      throw new ExpressionFault("syntax", `unexpected ${JSON.stringify(text.slice(next, next + 20))}`, next);
    }
    const checker = new TreeChecker(names ?? null);
    const root = checker.check(syntax);
    if (checker.problems.length > 0) return { ok: false, problems: checker.problems };
    return { ok: true, expression: { text, root } };
  } catch (error) {
    return { ok: false, problems: [problemOf(error)] };
  }
}
