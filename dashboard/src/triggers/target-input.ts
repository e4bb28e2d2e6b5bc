import type { WebhookTarget } from "@pulse/schema/wire/webhooks";

/** What a form says of what is started. */
export interface TargetFields {
  kind: "function" | "workflow";
  /** `name`, or `name@version`. */
  name: string;
  /** JSON as it was typed; empty: none. */
  input: string;
}

/** Reads a form into a target; null: its input is no JSON, or for a workflow no object. What the names may be is the gateway's to say. */
export function readTarget({ kind, name, input }: TargetFields): WebhookTarget | null {
  const text = input.trim();
  if (text === "") return kind === "function" ? { function: name } : { workflow: name };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  // What JSON.parse gave is JSON.
  if (kind === "function") return { function: name, input: value as never };
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return { workflow: name, inputs: value as never };
}

/** What a target starts and what it gives it, as JSON; null: nothing of its own. */
export function inputOf(target: WebhookTarget): string | null {
  const given = "function" in target ? target.input : target.inputs;
  return given === undefined ? null : JSON.stringify(given, null, 2);
}
