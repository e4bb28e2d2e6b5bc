import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { parseEnv } from "node:util";
import { workflowNameOf } from "@pulse/schema/workflow/workflow-name";
import { fill } from "../messages/say.ts";
import type { Session } from "../session.ts";
import { UsageError } from "../usage.ts";

export type Row = Readonly<Record<string, unknown>>;

/** A definition of the older system, as it is, and under which name it will be kept. */
export interface OldDefinition {
  from: string;
  called: string;
  name: string;
  definition: Row;
  /** Fields beside the definition that are not kept. */
  dropped: string[];
}

/** What was found on this disk. */
export interface Source {
  definitions: OldDefinition[];
  users: Row[];
  workers: Row[];
  settings: Readonly<Record<string, string>>;
}

/** Reads folders (not what is below them) and files: `.env`, and JSON by its form. Throws `UsageError` for what is none of it, with the file's name. */
export function readSource({ messages }: Session, paths: readonly string[]): Source {
  const source: Source = { definitions: [], users: [], workers: [], settings: {} };
  for (const path of paths.flatMap((one) => filesOf(one, messages.cannotRead))) {
    const text = readText(path, messages.cannotRead);
    if (isEnv(path)) {
      source.settings = { ...source.settings, ...definedOf(parseEnv(text)) };
      continue;
    }
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new UsageError(fill(messages.importNoJson, { path, why: String(error) }));
    }
    const wrong = () => new UsageError(fill(messages.importNotKnown, { path }));
    for (const row of Array.isArray(value) ? value : [value]) {
      if (!isRow(row)) throw wrong();
      if ("steps" in row || "definition" in row) {
        const found = definitionOf(path, row);
        if (found === null) throw new UsageError(fill(messages.importNoName, { path }));
        source.definitions.push(found);
      } else if ("username" in row) source.users.push(row);
      else if ("name" in row) source.workers.push(row);
      else throw wrong();
    }
  }
  const names = source.definitions.map(({ name }) => name);
  const twice = source.definitions.find(({ name }, at) => names.indexOf(name) !== at);
  if (twice !== undefined)
    throw new UsageError(fill(messages.importTwice, { name: twice.name, path: twice.from }));
  return source;
}

const isEnv = (path: string) => basename(path) === ".env" || extname(path) === ".env";

function filesOf(path: string, cannotRead: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path)
      .filter((name) => isEnv(name) || extname(name) === ".json")
      .sort()
      .map((name) => join(path, name));
  } catch {
    throw new UsageError(fill(cannotRead, { path }));
  }
}

function readText(path: string, cannotRead: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new UsageError(fill(cannotRead, { path }));
  }
}

/** A definition by itself, or in a row of the older system's table of workflows; null without a name to keep it under. */
function definitionOf(path: string, row: Row): OldDefinition | null {
  const isWhole = "steps" in row;
  const own = isWhole ? row : parsed(row.definition);
  if (!isRow(own)) return null;
  const called = [row.name, own.name, basename(path, extname(path))].find(
    (one) => typeof one === "string" && workflowNameOf(one) !== null,
  );
  if (typeof called !== "string") return null;
  const description = typeof row.description === "string" ? row.description : "";
  const definition =
    isWhole || description === "" || own.description !== undefined ? own : { ...own, description };
  const kept = ["name", "description", "definition"];
  const dropped = isWhole ? [] : Object.keys(row).filter((field) => !kept.includes(field));
  return { from: path, called, name: workflowNameOf(called) ?? "", definition, dropped };
}

function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return null;
  }
}

export function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function definedOf(given: NodeJS.Dict<string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
