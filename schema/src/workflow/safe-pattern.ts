/** Steps that matching one text may take at worst. */
const mostSteps = 1e8;
const longestText = 10_000;
const mostRepeats = 6;

/** A pattern that may be matched in the gateway: compiled, with the longest text for which that surely ends soon. */
export interface SafePattern {
  regex: RegExp;
  maxLength: number;
}

/**
 * Compiles a pattern that a user wrote. A backtracking matcher takes up to n^k/k! steps for k repeats in a row, so the text
 * may be the shorter the more repeats there are; repeats of what repeats itself, look-around and back-references are refused.
 */
export function safePattern(source: string): { pattern: SafePattern } | { problem: string } {
  let regex: RegExp;
  try {
    regex = new RegExp(source, "u");
  } catch (error) {
    return { problem: `is not a pattern: ${error instanceof Error ? error.message : String(error)}` };
  }
  const shape = shapeOf(source);
  if (typeof shape === "string") return { problem: shape };
  const repeats = shape.repeats + (source.startsWith("^") ? 0 : 1);
  if (repeats > mostRepeats)
    return { problem: `has too many repeats: at most ${mostRepeats - 1}, each costs time` };
  let maxLength = longestText;
  while (maxLength > 1 && stepsFor(maxLength, repeats) > mostSteps) maxLength = Math.floor(maxLength * 0.9);
  return { pattern: { regex, maxLength } };
}

function stepsFor(length: number, repeats: number): number {
  let steps = 1;
  for (let k = 1; k <= repeats; k++) steps *= length / k;
  return steps;
}

interface Group {
  repeats: number;
  choices: boolean;
}

/** How many repeats a pattern has, or why it is refused. */
function shapeOf(source: string): Group | string {
  const open: Group[] = [{ repeats: 0, choices: false }];
  let closed: Group | null = null;
  for (let i = 0; i < source.length; i++) {
    const top = open.at(-1) ?? { repeats: 0, choices: false };
    const rest = source.slice(i);
    const quantifier = /^(?:[*+]|\{(\d+)(,(\d*))?\})\??/.exec(rest);
    if (quantifier !== null) {
      const isOnce = quantifier[1] !== undefined && quantifier[2] === undefined && closed === null;
      if (!isOnce) {
        if (closed !== null && (closed.repeats > 0 || closed.choices)) {
          return "repeats something that has repeats or choices itself, which may take for ever";
        }
        top.repeats++;
      }
      i += quantifier[0].length - 1;
      closed = null;
      continue;
    }
    closed = null;
    if (rest[0] === "\\") {
      if (/^\\[1-9k]/.test(rest)) return "must not refer back to a group";
      i++;
    } else if (rest[0] === "[") {
      const end = /^\[(?:\\.|[^\]\\])*\]/s.exec(rest);
      i += (end?.[0].length ?? 1) - 1;
    } else if (rest[0] === "(") {
      if (/^\(\?<?[=!]/.test(rest)) return "must not look ahead or behind";
      open.push({ repeats: 0, choices: false });
    } else if (rest[0] === ")") {
      closed = open.pop() ?? null;
      const outer = open.at(-1);
      if (outer !== undefined && closed !== null) {
        outer.repeats += closed.repeats;
        outer.choices ||= closed.choices;
      }
    } else if (rest[0] === "|" && open.length > 1) {
      top.choices = true;
    }
  }
  return open[0] ?? { repeats: 0, choices: false };
}
