import * as z from "zod";
import { nearestName } from "../expression/nearest-name.ts";
import { shown } from "./issue-text.ts";
import type { InputPlan } from "./plan.ts";
import { safePattern } from "./safe-pattern.ts";
import { parseTarget } from "./target-text.ts";

/** In what form values come: as JSON, or all as text (a command line, a plain form). */
export type ValueForm = "json" | "text";

/** What stands for a secret in inputs: the name of a stored secret or a `vault:` reference, never the value. */
export interface SecretMark {
  $secret: string;
}

export type ReadValue = { value: unknown } | { problem: string };

const dateField = z.iso.date();
const datetimeField = z.iso.datetime({ offset: true });

/** True for what stands for a secret. */
export function isSecretMark(value: unknown): value is SecretMark {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, "$secret") === "string";
}

/** Reads one given value as its input wants it. */
export function readInputValue(input: InputPlan, given: unknown, form: ValueForm): ReadValue {
  switch (input.type) {
    case "string":
    case "text":
      return readText(input, given);
    case "integer":
    case "number":
      return readNumber(input, given, form);
    case "boolean": {
      const value =
        form === "text" ? ({ true: true, false: false } as Record<string, boolean>)[String(given)] : given;
      return typeof value === "boolean"
        ? { value }
        : { problem: `must be true or false, got ${shown(given)}` };
    }
    case "choice":
      return readChoice(input, given, form);
    case "multichoice":
      return readChoices(input, given, form);
    case "date":
      if (dateField.safeParse(given).success) return { value: given };
      return { problem: `must be a date such as 2026-03-01, got ${shown(given)}` };
    case "datetime":
      if (datetimeField.safeParse(given).success) return { value: given };
      return { problem: `must be a time such as 2026-03-01T12:00:00Z, got ${shown(given)}` };
    case "json":
      return form === "text" ? readJson(given) : { value: given };
    case "secret":
      return readSecret(given);
    case "target":
      return readTargets(given);
  }
}

/** The values a choice allows; an option is the value itself, or an object with `value`. */
export function optionValues(input: InputPlan): unknown[] {
  return input.options.map((one) =>
    typeof one === "object" && one !== null && Object.hasOwn(one, "value") ? Reflect.get(one, "value") : one,
  );
}

function readText(input: InputPlan, given: unknown): ReadValue {
  if (typeof given !== "string") return { problem: `must be text, got ${shown(given)}` };
  if (input.type === "string" && /[\r\n]/.test(given)) return { problem: "must be one line" };
  if (input.min !== null && given.length < input.min) {
    return { problem: `must have at least ${input.min} characters, has ${given.length}` };
  }
  if (input.max !== null && given.length > input.max) {
    return { problem: `must have at most ${input.max} characters, has ${given.length}` };
  }
  if (input.pattern === null) return { value: given };
  const read = safePattern(input.pattern);
  if ("problem" in read) return { problem: `cannot be checked: the pattern ${read.problem}` };
  if (given.length > read.pattern.maxLength) {
    return {
      problem: `must have at most ${read.pattern.maxLength} characters with this pattern, has ${given.length}`,
    };
  }
  if (read.pattern.regex.test(given)) return { value: given };
  return { problem: `must match ${input.pattern}, got ${shown(given)}` };
}

function readNumber(input: InputPlan, given: unknown, form: ValueForm): ReadValue {
  const isWritten = typeof given === "string" && /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(given);
  const value = form === "text" && isWritten ? Number(given) : given;
  const isWhole = input.type === "integer";
  if (typeof value !== "number" || !(isWhole ? Number.isSafeInteger(value) : Number.isFinite(value))) {
    return { problem: `must be a ${isWhole ? "whole number" : "number"}, got ${shown(given)}` };
  }
  if (input.min !== null && value < input.min)
    return { problem: `must be at least ${input.min}, got ${value}` };
  if (input.max !== null && value > input.max)
    return { problem: `must be at most ${input.max}, got ${value}` };
  return { value };
}

function readChoice(input: InputPlan, given: unknown, form: ValueForm): ReadValue {
  const values = optionValues(input);
  const found = values.findIndex((one) => one === given || (form === "text" && String(one) === given));
  if (found >= 0) return { value: values[found] };
  const near = typeof given === "string" ? nearestName(given, values.map(String)) : null;
  const guess = near === null ? "" : `; did you mean ${near}?`;
  return { problem: `must be one of ${values.map(String).join(", ")}, got ${shown(given)}${guess}` };
}

function readChoices(input: InputPlan, given: unknown, form: ValueForm): ReadValue {
  const list =
    form === "text" && typeof given === "string" ? given.split(",").map((one) => one.trim()) : given;
  if (!Array.isArray(list)) return { problem: `must be a list, got ${shown(given)}` };
  const chosen: unknown[] = [];
  for (const one of list.filter((entry) => form !== "text" || entry !== "")) {
    const read = readChoice(input, one, form);
    if ("problem" in read) return read;
    if (chosen.includes(read.value)) return { problem: `has ${shown(one)} twice` };
    chosen.push(read.value);
  }
  if (input.min !== null && chosen.length < input.min)
    return { problem: `must have at least ${input.min} choices` };
  if (input.max !== null && chosen.length > input.max)
    return { problem: `must have at most ${input.max} choices` };
  return { value: chosen };
}

function readJson(given: unknown): ReadValue {
  if (typeof given !== "string") return { value: given };
  try {
    return { value: JSON.parse(given) };
  } catch (error) {
    return { problem: `must be JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function readSecret(given: unknown): ReadValue {
  const name = isSecretMark(given) ? given.$secret : given;
  if (typeof name === "string" && /^(vault:\S+|[A-Za-z0-9][A-Za-z0-9._-]{0,62})$/.test(name)) {
    return { value: { $secret: name } satisfies SecretMark };
  }
  return { problem: "must be the name of a stored secret or a vault: reference, never the secret itself" };
}

function readTargets(given: unknown): ReadValue {
  const list = typeof given === "string" ? [given] : given;
  if (!Array.isArray(list) || list.length === 0) return { problem: `must be a target, got ${shown(given)}` };
  for (const one of list) {
    if (typeof one !== "string") return { problem: `must be a target, got ${shown(one)}` };
    const read = parseTarget(one);
    if ("problem" in read) return { problem: `is no target: ${read.problem.message}` };
  }
  return { value: given };
}
