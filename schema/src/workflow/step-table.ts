import type { StepDefinition } from "./definition.ts";
import type { StepType } from "./step-kinds.ts";

export type StepFieldName = keyof StepDefinition;

/** The fields that every type of step takes. */
export const commonFields: readonly StepFieldName[] = [
  ...([
    "id",
    "name",
    "type",
    "needs",
    "condition",
    "timeout",
    "retry",
    "continueOnError",
    "onFailure",
  ] as const),
  ...(["rollback", "delivery", "onLost", "concurrency", "outputs", "env", "secrets", "ui"] as const),
];

/** The fields that only some types of step take, by type. */
export const ownFields: Record<StepType, readonly StepFieldName[]> = {
  execute: [
    ...(["command", "script", "commandRef", "args", "targets", "image", "shell", "cwd", "user"] as const),
    "successCodes",
  ],
  prompt: ["message", "options", "form", "approvers", "onTimeout", "notify"],
  wait: ["duration", "until", "event"],
  function: ["function", "input", "async"],
  workflow: ["workflow", "inputs", "detach"],
  parallel: ["branches", "join", "failFast"],
  if: ["if", "then", "else"],
  switch: ["cases", "default"],
  foreach: ["items", "as", "steps", "maxParallel", "maxItems", "collect", "breakIf"],
  http: ["method", "url", "headers", "body", "expect", "targets"],
  notify: ["channel", "message"],
  set: ["set"],
  stop: ["status", "message"],
};

/** The fields a type cannot do without; of several lists, one is enough. */
export const requiredFields: Partial<Record<StepType, readonly (readonly StepFieldName[])[]>> = {
  execute: [["command"], ["script"], ["commandRef"]],
  prompt: [["message"]],
  wait: [["duration"], ["until"], ["event"]],
  function: [["function"]],
  workflow: [["workflow"]],
  parallel: [["branches"]],
  if: [["if", "then"]],
  switch: [["cases"]],
  foreach: [["items", "steps"]],
  http: [["url"]],
  notify: [["channel", "message"]],
};

/** True when the field means something in a step of this type. */
export function takesField(type: StepType, field: StepFieldName): boolean {
  return commonFields.includes(field) || ownFields[type].includes(field);
}
