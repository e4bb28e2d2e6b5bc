/** What an expression may cost at most; all of it is counted, so that the same expression ends the same way everywhere. */
export const expressionLimits = {
  /** The longest text of one expression, in characters. */
  textLength: 10_000,
  /** How deep an expression may nest: brackets, operators, chains, and lists of operators such as `a && b && c`. */
  depth: 100,
  /** Steps of one evaluation: one for each part that is visited and each place of a list that is made, one for 64 characters. */
  steps: 200_000,
  /** The longest text, and the largest list or object by what it adds itself, that an evaluation may make, in characters (a place counts 8). */
  size: 1_048_576,
  /** The largest result, in bytes of its JSON. */
  resultBytes: 1_048_576,
  /** How deep lists and objects may nest in a result, in JSON that is read or written, and in a list that is joined. */
  valueDepth: 64,
  /** Templates in one text. */
  templates: 1000,
} as const;

/** Property names that no expression reads, makes or lists, however they are spelt. */
export const forbiddenNames: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);
