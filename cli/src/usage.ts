/** What was typed cannot be meant: a wrong flag, a missing value, a question that nobody is there to answer. Exits with 2. */
export class UsageError extends Error {
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.name = "UsageError";
    this.hint = hint;
  }

  /** The problem document that `--json` prints. */
  toDocument(): Record<string, unknown> {
    return {
      type: "urn:pulse:problem:usage",
      title: "The command was not understood",
      detail: this.message,
      code: "usage",
      ...(this.hint === undefined ? {} : { hint: this.hint }),
    };
  }
}
