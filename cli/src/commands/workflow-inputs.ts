import { readFileSync, statSync } from "node:fs";
import { text } from "node:stream/consumers";
import { ProblemError } from "@pulse/schema/problem";
import { aliasField } from "@pulse/schema/wire/fields";
import { getRevision, getWorkflow } from "@pulse/schema/wire/workflows";
import { definitionField } from "@pulse/schema/workflow/definition";
import { checkInputs } from "@pulse/schema/workflow/inputs";
import { inputPlans } from "@pulse/schema/workflow/plan-parts";
import { parseYaml } from "@pulse/schema/workflow/yaml";
import { fill } from "../messages/say.ts";
import type { Session } from "../session.ts";
import { UsageError } from "../usage.ts";

/** How inputs are given. */
export interface InputOptions {
  input: string[];
  inputsFile?: string;
}

/** Whose inputs they are: a saved workflow, or a definition. */
export interface InputsOf {
  workflow?: string;
  /** A number, or an alias. */
  revision?: number | string;
  definition?: Record<string, unknown>;
}

/** Collects a flag that can be repeated. */
export function collectInput(value: string, before: string[]): string[] {
  return [...before, value];
}

/** Whether an argument means a file here and not a workflow's name. */
export function isFile(what: string): boolean {
  return /[./\\]/.test(what) && statSync(what, { throwIfNoEntry: false })?.isFile() === true;
}

/** A workflow as it is named: `patch`, or `patch@3` and `patch@stable` for one revision. */
export function splitRevision(what: string): InputsOf & { workflow: string } {
  const [workflow = "", revision] = what.split("@");
  if (revision === undefined) return { workflow };
  if (/^[1-9]\d{0,8}$/.test(revision)) return { workflow, revision: Number(revision) };
  if (aliasField.safeParse(revision).success) return { workflow, revision };
  throw new ProblemError("not_found", `a revision is a number or an alias, got ${revision}`);
}

/** The inputs that were given, each `key=value` with the type that the definition says. Throws `UsageError`, and `validation_failed` with their places. */
export async function inputsFrom(
  session: Session,
  of: InputsOf,
  { input, inputsFile }: InputOptions,
): Promise<Record<string, never>> {
  const whole = inputsFile === undefined ? {} : await readInputs(session, inputsFile);
  if (input.length === 0) return whole as Record<string, never>;
  const given = Object.fromEntries(input.map((entry) => entryOf(session, entry)));
  const declared = inputPlans(definitionField.parse(await definitionOf(session, of)).inputs);
  // What is not given here may come from the file, or from its default.
  const asked = Object.entries(declared).map(([name, input]) => [
    name,
    Object.hasOwn(given, name) ? input : { ...input, required: false },
  ]);
  const { values, problems } = checkInputs(Object.fromEntries(asked), given, "text");
  const [first] = problems;
  if (first !== undefined) {
    const errors = problems.map(({ pointer, detail }) => ({ pointer: `/inputs${pointer}`, detail }));
    throw new ProblemError("validation_failed", `/inputs${first.pointer}: ${first.detail}`, { errors });
  }
  // What an input may be is JSON.
  const own = Object.entries(values).filter(([name]) => Object.hasOwn(given, name));
  return { ...whole, ...Object.fromEntries(own) } as Record<string, never>;
}

async function definitionOf({ client, signal }: Session, { workflow, revision, definition }: InputsOf) {
  if (definition !== undefined) return definition;
  const name = workflow ?? "";
  const { definition: saved } =
    revision === undefined
      ? await client.call(getWorkflow, { params: { name }, signal })
      : await client.call(getRevision, { params: { name, revision: String(revision) }, query: {}, signal });
  return saved;
}

function entryOf({ messages }: Session, entry: string): [string, string] {
  const at = entry.indexOf("=");
  if (at < 1) throw new UsageError(fill(messages.badInput, { given: entry }));
  return [entry.slice(0, at), entry.slice(at + 1)];
}

async function readInputs({ messages }: Session, path: string): Promise<Record<string, unknown>> {
  let content: string;
  try {
    content = path === "-" ? await text(process.stdin) : readFileSync(path, "utf8");
  } catch {
    throw new UsageError(fill(messages.cannotRead, { path }));
  }
  const { value, errors } = parseYaml(content);
  const [first] = errors;
  if (first !== undefined || typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError(fill(messages.badInputs, { path, why: first?.message ?? "" }).trim());
  }
  return value as Record<string, unknown>;
}
