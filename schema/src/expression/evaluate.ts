import type { RunOutcome } from "./call.ts";
import { Interpreter } from "./interpreter.ts";
import { expressionLimits } from "./limits.ts";
import type { Expression } from "./parse-expression.ts";
import { ExpressionFault, type ExpressionProblem, problemOf } from "./problem.ts";
import { jsonBytes, type Value } from "./values.ts";
import { Work } from "./work.ts";

/** What an evaluation is told besides its context; the same three give the same result on every machine. */
export interface EvaluateOptions {
  /** The time of the event that is being worked on, in milliseconds since 1970: what `now()` and `Date.now()` answer. */
  now: number;
  /** Steps that it may take, 200,000 by default; or a counter that several evaluations share. */
  budget?: number | Work;
  /** How the run stands, for `success()`, `failed()` and `cancelled()`; succeeded by default. */
  outcome?: RunOutcome;
}

/** The names that an expression sees, with plain JSON values; it reads own properties only and changes nothing. */
export type ExpressionContext = Readonly<Record<string, unknown>>;

export type Evaluated = { ok: true; value: Value } | { ok: false; problem: ExpressionProblem };

/** Evaluates a checked expression; never throws. The value may share parts with the context, so neither is to be changed afterwards. */
export function evaluate(
  expression: Expression,
  context: ExpressionContext,
  { now, budget = expressionLimits.steps, outcome = "succeeded" }: EvaluateOptions,
): Evaluated {
  try {
    const work = typeof budget === "number" ? new Work(budget) : budget;
    const value = new Interpreter(context, { work, now, outcome }).run(expression.root);
    if (jsonBytes(value, expressionLimits.resultBytes) > expressionLimits.resultBytes) {
      throw new ExpressionFault(
        "too_large",
        `the result is larger than ${expressionLimits.resultBytes} bytes of JSON`,
        expression.root.at,
      );
    }
    return { ok: true, value };
  } catch (error) {
    return { ok: false, problem: problemOf(error, expression.root.at) };
  }
}
