import type * as z from "zod";
import { nearestName } from "../expression/nearest-name.ts";
import { definitionField, stepField } from "./definition.ts";
import {
  approversField,
  awaitedEventField,
  concurrencyField,
  inputField,
  retryField,
  targetsObject,
  triggerField,
} from "./fields.ts";
import type { FindingCode } from "./finding.ts";
import { stepTypes } from "./step-kinds.ts";
import { takesField } from "./step-table.ts";

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

const listNames = ["steps", "then", "else", "default", "rollback", "onFailure", "onSuccess", "finally"];

/** How many keys of the path lead to a step (the innermost one); 0 when the path is in no step. */
export function stepDepth(path: Path): number {
  for (let i = path.length - 1; i > 0; i--) {
    const list = path[i - 1];
    if (typeof path[i] === "number" && typeof list === "string" && listNames.includes(list)) return i + 1;
  }
  return 0;
}

/** The issues of the form that the value was most likely meant to have: unions are opened where one form fits better. */
export function flattenIssues(issues: readonly Issue[], value: unknown): { issue: Issue; path: Path }[] {
  return issues.flatMap((issue) => openUnion(issue, value, issue.path));
}

function openUnion(issue: Issue, root: unknown, path: Path): { issue: Issue; path: Path }[] {
  if (issue.code !== "invalid_union") return [{ issue, path }];
  const value = valueAt(root, path);
  if (typeof value !== "object" || value === null) return [{ issue, path }];
  const fitting = issue.errors.filter(
    (branch) => !branch.some((one) => one.code === "invalid_type" && one.path.length === 0),
  );
  const [best] = fitting.sort((left, right) => left.length - right.length);
  if (best === undefined) return [{ issue, path }];
  return best.flatMap((one) => openUnion(one, root, [...path, ...one.path]));
}

/** The value a path leads to, own properties only; undefined when it leads nowhere. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** The code and the words for an issue about the value at a path. */
export function issueText(issue: Issue, value: unknown): { code: FindingCode; message: string } {
  if (value === undefined) return { code: "missing", message: "is missing" };
  switch (issue.code) {
    case "invalid_type":
      return { code: "wrong_type", message: `must be ${wordFor(issue.expected)}, got ${shown(value)}` };
    case "invalid_union":
      return { code: "wrong_type", message: `${issue.message}, got ${shown(value)}` };
    case "invalid_value":
      return { code: "not_allowed", message: choiceText(issue.values, value) };
    case "too_small":
      return { code: "out_of_range", message: boundText("at least", issue.minimum, issue.origin, value) };
    case "too_big":
      return { code: "out_of_range", message: boundText("at most", issue.maximum, issue.origin, value) };
    case "invalid_format":
      return { code: "bad_format", message: `${issue.message}, got ${shown(value)}` };
    default:
      return { code: "bad_format", message: issue.message };
  }
}

function choiceText(values: readonly unknown[], value: unknown): string {
  const near = typeof value === "string" ? nearestName(value, values.map(String)) : null;
  const guess = near === null ? "" : `; did you mean ${near}?`;
  return `must be ${values.length === 1 ? "" : "one of "}${values.join(", ")}, got ${shown(value)}${guess}`;
}

function boundText(word: string, bound: number | bigint, origin: string, value: unknown): string {
  if (origin === "array") return `must have ${word} ${bound} ${bound === 1 ? "entry" : "entries"}`;
  return `must be ${word} ${bound}, got ${shown(value)}`;
}

function wordFor(expected: string): string {
  const words: Record<string, string> = {
    string: "text",
    int: "a whole number",
    array: "a list",
    record: "an object",
  };
  return words[expected] ?? `${/^[aeio]/.test(expected) ? "an" : "a"} ${expected}`;
}

/** A value as a message shows it, cut to 60 characters. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

const shapes: Record<string, readonly string[]> = {
  retry: Object.keys(retryField.shape),
  concurrency: Object.keys(concurrencyField.shape),
  targets: Object.keys(targetsObject.shape),
  strategy: Object.keys(targetsObject.shape.strategy.unwrap().shape),
  requires: Object.keys(targetsObject.shape.requires.unwrap().shape),
  defaults: Object.keys(definitionField.shape.defaults.unwrap().shape),
  permissions: Object.keys(definitionField.shape.permissions.unwrap().shape),
  approvers: Object.keys(approversField.shape),
  event: Object.keys(awaitedEventField.shape),
  inputs: Object.keys(inputField.shape),
  form: Object.keys(inputField.shape),
  triggers: Object.keys(triggerField.shape),
  branches: ["name", "condition", "steps"],
  cases: ["when", "steps"],
  options: ["value", "label", "style", "outcome", "requireComment"],
  onFailure: ["steps", "then"],
  notify: ["channel", "on", "message"],
};

/** The words for a field that is not known where it stands, with the nearest one that is. */
export function unknownFieldText(root: unknown, path: Path, key: string): string {
  const near = nearestName(key, knownFields(root, path));
  return `unknown field ${JSON.stringify(key)}${near === null ? "" : `; did you mean ${JSON.stringify(near)}?`}`;
}

function knownFields(root: unknown, path: Path): string[] {
  if (path.length === 0) return Object.keys(definitionField.shape);
  if (stepDepth(path) === path.length) {
    const type = stepTypes.find((one) => one === valueAt(root, [...path, "type"]));
    const all = Object.keys(stepField.shape).flatMap((name) =>
      stepField.keyof().options.filter((one) => one === name),
    );
    return type === undefined ? all : all.filter((name) => takesField(type, name));
  }
  const named = [path.at(-1), path.at(-2)].map((key) => shapes[String(key)]).find((one) => one !== undefined);
  return [...(named ?? [])];
}
