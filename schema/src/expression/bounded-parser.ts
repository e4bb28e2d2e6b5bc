import { type Options, Parser, type Expression as Syntax, tokTypes } from "acorn";
import { expressionLimits } from "./limits.ts";
import { ExpressionFault } from "./problem.ts";

const noNew = "new is not available; write lists as […] and objects as {…}";

/** The parts of acorn's parser that a plugin may override or read; its published types leave them out. */
interface ParserParts {
  start: number;
  type: unknown;
  nextToken(): void;
  parseExpression(): Syntax;
  parseMaybeAssign(...rest: unknown[]): unknown;
  parseMaybeUnary(...rest: unknown[]): unknown;
  parseExprOp(...rest: unknown[]): unknown;
  parseFunctionBody(node: unknown, isArrow: boolean, ...rest: unknown[]): unknown;
  parseClass(...rest: unknown[]): unknown;
  parseNew(): unknown;
  readRegexp(): unknown;
}

// Module rules: strict, no HTML comments, no octal numbers with a leading zero.
const options: Options = { ecmaVersion: 2024, sourceType: "module" };

// acorn descends recursively. Whatever can nest goes through the three counted methods, so its stack stays bounded; bodies of functions and
// classes, `new` and regular expressions, which have grammars of their own, are refused at their first character. A plugin sees `Parser` as a
// class with a protected constructor, hence the casts.
const BoundedParser = Parser.extend((Base) => {
  const Parts = Base as unknown as new (options: Options, text: string, at?: number) => ParserParts;
  class Bounded extends Parts {
    #depth = 0;

    #deeper<Result>(parse: () => Result): Result {
      this.#depth++;
      if (this.#depth > expressionLimits.depth * 3) {
        throw new ExpressionFault("too_complex", tooComplex, this.start);
      }
      const result = parse();
      this.#depth--;
      return result;
    }

    override parseMaybeAssign(...rest: unknown[]): unknown {
      return this.#deeper(() => super.parseMaybeAssign(...rest));
    }

    override parseMaybeUnary(...rest: unknown[]): unknown {
      return this.#deeper(() => super.parseMaybeUnary(...rest));
    }

    override parseExprOp(...rest: unknown[]): unknown {
      return this.#deeper(() => super.parseExprOp(...rest));
    }

    override parseFunctionBody(node: unknown, isArrow: boolean, ...rest: unknown[]): unknown {
      if (!isArrow || this.type === tokTypes.braceL) {
        throw new ExpressionFault(
          "not_available",
          "functions with a body in braces are not available; write an arrow with an expression, such as x => x.name (an object in parentheses)",
          this.start,
        );
      }
      return super.parseFunctionBody(node, isArrow, ...rest);
    }

    override parseClass(): unknown {
      throw new ExpressionFault("not_available", "classes are not available", this.start);
    }

    override parseNew(): unknown {
      throw new ExpressionFault("not_available", noNew, this.start);
    }

    override readRegexp(): unknown {
      throw new ExpressionFault(
        "not_available",
        "regular expressions are not available; use includes, startsWith, endsWith, split or replaceAll with texts",
        this.start,
      );
    }
  }
  return Bounded as unknown as typeof Parser;
}) as unknown as new (
  options: Options,
  text: string,
) => ParserParts;

/** The message of every expression that is too large to look at. */
export const tooComplex = `the expression nests, or strings together operators, more than ${expressionLimits.depth} levels deep; split it up`;

/** Parses the expression that `text` begins with; `next` is where something else begins, or null at the end. Throws faults only. */
export function parseSyntax(text: string): { syntax: Syntax; next: number | null } {
  try {
    const parser = new BoundedParser(options, text);
    parser.nextToken();
    const syntax = parser.parseExpression();
    return { syntax, next: parser.type === tokTypes.eof ? null : parser.start };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const at = "pos" in error && typeof error.pos === "number" ? error.pos : 0;
    throw new ExpressionFault("syntax", syntaxMessage(error.message, text, at), at);
  }
}

function syntaxMessage(message: string, text: string, at: number): string {
  const plain = message.replace(/ \(\d+:\d+\)$/, "");
  if (plain !== "Unexpected token") return plain.charAt(0).toLowerCase() + plain.slice(1);
  if (text.trim() === "") return "the expression is empty";
  const found = text.slice(at).trimStart().slice(0, 20);
  return found === "" ? "the expression ends too early" : `unexpected ${JSON.stringify(found)}`;
}
