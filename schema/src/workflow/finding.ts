/** What can be wrong with a definition. Codes are stable. */
export type FindingCode =
  | "missing"
  | "wrong_type"
  | "unknown_field"
  | "not_allowed"
  | "out_of_range"
  | "bad_format"
  | "forbidden_key"
  | "too_large"
  | "too_deep"
  | "exclusive"
  | "duplicate"
  | "unknown_need"
  | "ambiguous_need"
  | "need_elsewhere"
  | "cycle"
  | "unreachable"
  | "contradiction"
  | "impossible"
  | "needs_delivery"
  | "bad_target"
  | "target_out_of_place"
  | "targets_omitted"
  | "no_effect"
  | "bad_name"
  | "bad_reference"
  | "bad_default"
  | "secret_in_text"
  | "expression"
  | "unknown_step"
  | "not_an_ancestor"
  | "unknown_input"
  | "unknown_variable"
  | "secret_out_of_place"
  | "undeclared_secret"
  | "raw_template"
  | "foreign_shell"
  | "yaml";

/** One finding: where (a JSON Pointer into the definition), what, and for an expression the column (from 1) in its text. */
export interface Finding {
  pointer: string;
  code: FindingCode;
  message: string;
  column?: number;
  /** Where it stands in the YAML text, from 1, when it came from one. */
  position?: { line: number; column: number };
}

const mostFindings = 500;

/** What was found: errors refuse the definition, warnings do not. Of each, the first 500 are kept. */
export class Findings {
  readonly errors: Finding[] = [];
  readonly warnings: Finding[] = [];

  /** Adds an error; a `column` counts from 1 in the text at the pointer. */
  error(pointer: string, code: FindingCode, message: string, column?: number): void {
    if (this.errors.length < mostFindings)
      this.errors.push({ pointer, code, message, ...(column === undefined ? {} : { column }) });
  }

  /** Adds a warning; a `column` counts from 1 in the text at the pointer. */
  warn(pointer: string, code: FindingCode, message: string, column?: number): void {
    if (this.warnings.length < mostFindings)
      this.warnings.push({ pointer, code, message, ...(column === undefined ? {} : { column }) });
  }

  /** True when an error stands at the pointer or below it. */
  hasErrorWithin(pointer: string): boolean {
    return this.errors.some((one) => one.pointer === pointer || one.pointer.startsWith(`${pointer}/`));
  }
}

/** A JSON Pointer (RFC 6901) of the keys. */
export function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${escapeKey(String(key))}`).join("");
}

/** A key as a JSON Pointer writes it. */
export function escapeKey(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
