import { ProblemError } from "@pulse/schema/problem";
import type { ArgumentRule, DescribedCommand } from "./command-book.ts";

type Given = string | number | boolean | null;

/**
 * The words of a described command with the values that were given for its arguments. A value never becomes more than a part of one word, and no
 * shell reads it. Throws `validation_failed` for an argument that is missing, unknown, or not as its rule says.
 */
export function fillArgv(described: DescribedCommand, given: Readonly<Record<string, Given>>): string[] {
  const values = new Map<string, string | boolean>();
  for (const name of Object.keys(given))
    if (!Object.hasOwn(described.args, name)) throw refused(`there is no argument "${name}"`);
  for (const [name, rule] of Object.entries(described.args)) {
    const value = Object.hasOwn(given, name) ? (given[name] ?? null) : null;
    if (value !== null) values.set(name, checked(name, rule, value));
    else if (!rule.optional) throw refused(`the argument "${name}" is missing`);
  }
  const [program, ...rest] = described.argv;
  const filled = rest.flatMap((one) => {
    if (typeof one === "string") return [fill(one, values, described)];
    const decides = values.get(one.when) ?? false;
    return decides === false ? [] : one.words.map((word) => fill(word, values, described));
  });
  return [program, ...filled];
}

function fill(
  word: string,
  values: ReadonlyMap<string, string | boolean>,
  described: DescribedCommand,
): string {
  let leading: string | null = null;
  const filled = word.replace(/\$\{([^}]*)\}/g, (_whole, name: string) => {
    const value = String(values.get(name) ?? "");
    if (value !== "") leading ??= name;
    return value;
  });
  // Only what stands at the beginning of a word can be taken for an option, and it may stand behind empty values.
  if (leading === null || word.startsWith("-") || !filled.startsWith("-")) return filled;
  const rule = described.args[leading];
  if (rule?.type === "choice" || (rule?.type === "string" && rule.leadingDash)) return filled;
  throw refused(`the argument "${leading}" must not begin with "-"`);
}

function checked(name: string, rule: ArgumentRule, value: string | number | boolean): string | boolean {
  switch (rule.type) {
    case "boolean": {
      if (typeof value !== "boolean") throw refused(`the argument "${name}" must be true or false`);
      return value;
    }
    case "integer": {
      const number = typeof value === "string" && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
      if (
        typeof number !== "number" ||
        !Number.isSafeInteger(number) ||
        number < rule.min ||
        number > rule.max
      )
        throw refused(`the argument "${name}" must be a whole number from ${rule.min} to ${rule.max}`);
      return String(number);
    }
    case "choice": {
      if (typeof value !== "string" || !rule.options.includes(value))
        throw refused(`the argument "${name}" must be one of ${rule.options.join(", ")}`);
      return value;
    }
    case "string":
      return checkedText(name, rule, value);
  }
}

function checkedText(
  name: string,
  rule: Extract<ArgumentRule, { type: "string" }>,
  value: string | number | boolean,
): string {
  if (typeof value === "boolean") throw refused(`the argument "${name}" must be a text`);
  const text = String(value);
  if (text.length > rule.maxLength)
    throw refused(`the argument "${name}" must have at most ${rule.maxLength} characters`);
  if (/[\u0000-\u001f\u007f]/.test(text))
    throw refused(`the argument "${name}" must not contain line ends or other control characters`);
  if (rule.pattern !== undefined && !new RegExp(`^(?:${rule.pattern})$`, "u").test(text))
    throw refused(`the argument "${name}" must match ${rule.pattern}`);
  return text;
}

function refused(detail: string): ProblemError {
  return new ProblemError("validation_failed", detail);
}
