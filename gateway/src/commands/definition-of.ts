import type { DirectCommand } from "@pulse/schema/wire/commands";
import type { Definition, StepDefinition } from "@pulse/schema/workflow/definition";

/** The id of the one step of a direct command. */
export const onlyStep = "command";
const shownMost = 100;

/** What the execution of a direct command is called: the beginning of what it runs, behind a `$`, which no workflow's name begins with. */
export function nameOf({ command, script, commandRef }: DirectCommand): string {
  const text = commandRef ?? firstLine(command ?? script ?? "");
  return `$ ${text.length <= shownMost ? text : `${text.slice(0, shownMost).toWellFormed()}…`}`;
}

/** The workflow that a direct command is: one step, in which nothing is a template. */
export function definitionOf(asked: DirectCommand): Definition {
  const { targets, timeoutMs, env, ...rest } = asked;
  const step = { id: onlyStep, name: nameOf(asked), type: "execute", targets, ...literal(rest) };
  const variables = env === undefined ? {} : { env: literal(env) };
  const timeout = timeoutMs === undefined ? {} : { timeout: timeoutMs };
  return { steps: [{ ...step, ...variables, ...timeout } as StepDefinition] };
}

/** What was asked for, of the definition that was made of it. */
export function askedOf({ steps }: Definition): DirectCommand {
  const [step] = steps;
  if (step === undefined) throw new Error("a direct command has one step");
  const { id: _id, name: _name, type: _type, targets, timeout, ...rest } = step;
  const timeoutMs = timeout === undefined ? {} : { timeoutMs: timeout };
  // Made by `definitionOf`, of this very shape.
  return { targets, ...plain(rest), ...timeoutMs } as DirectCommand;
}

function firstLine(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.find((line) => line !== "" && !line.startsWith("#!")) ?? "";
}

const literal = <T>(value: T): T => mapTexts(value, (text) => text.replaceAll("${{", () => "$${{"));
const plain = <T>(value: T): T => mapTexts(value, (text) => text.replaceAll("$${{", () => "${{"));

function mapTexts<T>(value: T, change: (text: string) => string): T {
  if (typeof value === "string") return change(value) as T;
  if (Array.isArray(value)) return value.map((one) => mapTexts(one, change)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapTexts(one, change)])) as T;
}
