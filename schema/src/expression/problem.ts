/** What can be wrong: the first six when an expression is parsed, the next ones when it is evaluated (names at both), the last five in templates. */
export type ExpressionProblemCode =
  | "syntax"
  | "not_available"
  | "too_long"
  | "too_complex"
  | "unknown_name"
  | "forbidden_name"
  | "wrong_type"
  | "out_of_range"
  | "invalid_json"
  | "over_budget"
  | "too_large"
  | "too_deep"
  | "missing_value"
  | "needs_words"
  | "inside_quotes"
  | "raw_text"
  | "nul";

/** One problem: what, where (1-based column in the text that was given, counted in UTF-16 units), and what to write instead. */
export interface ExpressionProblem {
  code: ExpressionProblemCode;
  message: string;
  column: number;
}

/** Thrown inside the language and caught at its doors (`parseExpression`, `evaluate` and the templates); never leaves it. */
export class ExpressionFault extends Error {
  readonly code: ExpressionProblemCode;
  /** Offset in the text, or null while only an outer part knows it. */
  readonly at: number | null;

  constructor(code: ExpressionProblemCode, message: string, at: number | null = null) {
    super(message);
    this.name = "ExpressionFault";
    this.code = code;
    this.at = at;
  }
}

/** The problem that a caught error stands for; an exhausted stack counts as nesting too deep, anything else is a bug and thrown on. */
export function problemOf(error: unknown, fallbackAt = 0): ExpressionProblem {
  if (error instanceof ExpressionFault) {
    return { code: error.code, message: error.message, column: (error.at ?? fallbackAt) + 1 };
  }
  if (error instanceof RangeError && /call stack/i.test(error.message)) {
    return { code: "too_complex", message: "the expression nests too deeply", column: fallbackAt + 1 };
  }
  throw error;
}

/** `error` with its place filled in when it has none yet; anything that is no fault comes back as it is. */
export function placed(error: unknown, at: number): unknown {
  if (error instanceof ExpressionFault && error.at === null) {
    return new ExpressionFault(error.code, error.message, at);
  }
  return error;
}
