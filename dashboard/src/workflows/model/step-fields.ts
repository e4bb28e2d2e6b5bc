import { type StepType, stepTypes } from "@pulse/schema/workflow/step-kinds";
import * as yaml from "yaml";
import type { Json } from "./read-text.ts";

/** How a field of a step is written in a form. */
export type FieldKind =
  | "line"
  | "lines"
  | "span"
  | "whole"
  | "flag"
  | "names"
  | "value"
  | "function"
  | "workflow"
  | { choices: readonly string[] };

export interface StepField {
  name: string;
  kind: FieldKind;
}

const field = (name: string, kind: FieldKind = "line"): StepField => ({ name, kind });

/** What a form shows first, by type of step. Lists of steps are not in forms. */
const ownFields: Readonly<Record<StepType, readonly StepField[]>> = {
  execute: [
    ...[field("command", "lines"), field("script", "lines"), field("targets", "names"), field("image")],
    ...[field("shell"), field("cwd"), field("user"), field("commandRef"), field("args", "value")],
    field("successCodes", "value"),
  ],
  prompt: [
    ...[field("message", "lines"), field("options", "names"), field("form", "value")],
    ...[field("approvers", "value"), field("onTimeout"), field("notify", "names")],
  ],
  wait: [field("duration", "span"), field("until"), field("event", "value")],
  function: [field("function", "function"), field("input", "value"), field("async", "flag")],
  workflow: [field("workflow", "workflow"), field("inputs", "value"), field("detach", "flag")],
  parallel: [field("join"), field("failFast", "flag")],
  if: [field("if")],
  switch: [],
  foreach: [
    ...[field("items", "value"), field("as"), field("maxParallel", "whole"), field("maxItems", "whole")],
    ...[field("collect"), field("breakIf")],
  ],
  http: [
    field("method", { choices: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] }),
    ...[field("url"), field("headers", "value"), field("body", "value"), field("expect")],
  ],
  notify: [field("channel"), field("message", "lines")],
  set: [field("set", "value")],
  stop: [field("status", { choices: ["succeeded", "failed", "cancelled"] }), field("message", "lines")],
};
const common: readonly StepField[] = [
  ...[field("id"), field("needs", "names"), field("timeout", "span"), field("retry", "value")],
  ...[field("continueOnError", "flag"), field("delivery", { choices: ["atMostOnce", "atLeastOnce"] })],
  ...[field("onLost", { choices: ["fail", "retry", "wait", "ask"] }), field("concurrency", "value")],
  ...[field("outputs", "value"), field("env", "value"), field("secrets", "value")],
];
const head: readonly StepField[] = [field("name"), field("type", { choices: stepTypes }), field("condition")];
const firstOwn = 3;

export interface FormFields {
  first: readonly StepField[];
  more: readonly StepField[];
}

const made = new Map<StepType | null, FormFields>();

/** The fields of a form for a type of step; the same objects every time. */
export function fieldsOf(type: StepType | null): FormFields {
  const before = made.get(type);
  if (before !== undefined) return before;
  const own = type === null ? [] : ownFields[type];
  const fields = {
    first: [...head.slice(0, 2), ...own.slice(0, firstOwn), ...head.slice(2)],
    more: [...own.slice(firstOwn), ...common],
  };
  made.set(type, fields);
  return fields;
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) &&
  value.every((one) => typeof one === "string" && one !== "" && !/[,\n]|^\s|\s$/.test(one));

/** The kind that a value can be shown in: what does not fit its field's own is shown as YAML. */
export function kindFor(kind: FieldKind, value: unknown): FieldKind {
  if (value === undefined) return kind;
  if (kind === "names") return isTexts(value) ? kind : "value";
  if (kind === "flag") return typeof value === "boolean" ? kind : "value";
  if (kind === "span" || kind === "whole") {
    // Digits are read as a number, everything else as a text.
    const isNumber = typeof value === "number" && !Object.is(value, -0);
    const isFit = isNumber || typeof value === "string" ? /^\d+$/.test(String(value)) === isNumber : false;
    return isFit ? kind : "value";
  }
  if (typeof kind === "object") return kind.choices.some((one) => one === value) ? kind : "value";
  if (kind === "value") return kind;
  const isLine = typeof value === "string" && (kind === "lines" || !value.includes("\n"));
  return isLine ? kind : "value";
}

/** A value as the text of its field. */
export function textOfField(kind: FieldKind, value: unknown): string {
  if (value === undefined) return "";
  if (kind === "names" && isTexts(value)) return value.join(", ");
  if (kind === "value")
    return yaml.stringify(value, { version: "1.2", schema: "core", lineWidth: 0 }).trimEnd();
  return String(value);
}

/** The value that the text of a field says, undefined for none; or what is wrong with it. */
export function readField(kind: FieldKind, text: string): { value: unknown } | { wrong: string } {
  const trimmed = text.trim();
  if (trimmed === "") return { value: undefined };
  if (kind === "lines") return { value: text };
  if (kind === "names")
    return {
      value: trimmed
        .split(/[,\n]/)
        .map((one) => one.trim())
        .filter(Boolean),
    };
  if (kind === "span" || kind === "whole")
    return { value: /^\d+$/.test(trimmed) ? Number(trimmed) : trimmed };
  if (kind === "flag") return { value: text === "true" };
  if (kind !== "value") return { value: trimmed };
  const document = yaml.parseDocument(text, { version: "1.2", schema: "core", prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) return { wrong: error.message };
  return { value: document.toJS({ maxAliasCount: 0 }) };
}

/** A new step of a type under a name, with what it can not do without. */
export function newStep(type: StepType, name: string): Json {
  return { name, type, ...starters[type] };
}

const starters: Readonly<Record<StepType, Json>> = {
  execute: { targets: ["all"], command: "hostname" },
  prompt: { message: "Go on?", options: ["Yes", "No"] },
  wait: { duration: "10s" },
  function: { function: "" },
  workflow: { workflow: "" },
  parallel: {
    branches: [
      { name: "one", steps: [] },
      { name: "two", steps: [] },
    ],
  },
  // biome-ignore lint/suspicious/noThenProperty: the format says so.
  if: { if: "promptResponse === 'Yes'", then: [], else: [] },
  switch: { cases: [{ when: "true", steps: [] }], default: [] },
  foreach: { items: [], as: "item", steps: [] },
  http: { method: "GET", url: "https://example.test/" },
  notify: { channel: "", message: "" },
  set: { set: {} },
  stop: { status: "succeeded" },
};
