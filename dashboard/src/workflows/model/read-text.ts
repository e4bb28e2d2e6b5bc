import * as yaml from "yaml";

/** Where something stands in a definition: keys and numbers of items, from the top. */
export type Path = readonly (string | number)[];
/** A JSON object. */
export type Json = Record<string, unknown>;

/** A definition that could be read, and the text that it came from. */
export interface GoodText {
  text: string;
  /** Whether the text is JSON; else it is YAML with something that JSON does not have. */
  isJson: boolean;
  definition: Json;
}

/** A text that is no definition: why, and where, both counted from 1. */
export interface BadText {
  message: string;
  line: number;
  column: number;
}

export type Reading = { good: GoodText; bad: null } | { good: null; bad: BadText };

/** As the gateway reads it: YAML 1.2, core schema, texts as keys, no merge keys. */
const readOptions = {
  version: "1.2",
  schema: "core",
  merge: false,
  stringKeys: true,
  prettyErrors: false,
  logLevel: "error",
} as const;
/** As the gateway writes it. */
export const writeOptions = {
  version: "1.2",
  schema: "core",
  compat: "yaml-1.1",
  aliasDuplicateObjects: false,
  lineWidth: 0,
  blockQuote: "literal",
  indent: 2,
} as const;
const maxAliases = 50;

/** The YAML document of a text, with its comments. */
export function documentOf(text: string): yaml.Document.Parsed {
  return yaml.parseDocument(text, readOptions);
}

/** Reads a definition. What its fields mean is not looked at. */
export function readText(text: string): Reading {
  const json = readJson(text);
  if (json !== null) return { good: { text, isJson: true, definition: json }, bad: null };
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { ...readOptions, lineCounter: lines });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const refused = (message: string, offset = 0): Reading => ({ good: null, bad: { message, ...at(offset) } });
  const [error] = document.errors;
  if (error !== undefined) return refused(error.message, error.pos[0]);
  try {
    const definition: unknown = document.toJS({ maxAliasCount: maxAliases });
    if (!isObject(definition)) return refused("a definition is an object with steps");
    return { good: { text, isJson: false, definition: unshared(definition) }, bad: null };
  } catch (thrown) {
    // Aliases that lead nowhere, or too many of them.
    if (thrown instanceof ReferenceError) return refused(thrown.message);
    throw thrown;
  }
}

function readJson(text: string): Json | null {
  if (!text.trimStart().startsWith("{")) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    // A flow mapping of YAML begins in the same way.
    return null;
  }
}

/** Whether a value is an object with names, not a list. */
export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A copy in which no two places are the same object: an alias is another place of the same value, and each is changed by itself. */
export function unshared<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

/** A definition as a text of its own, without what the one before it looked like. */
export function writeText(definition: unknown, isJson: boolean): string {
  return isJson ? `${JSON.stringify(definition, null, 2)}\n` : yaml.stringify(definition, writeOptions);
}

/** A path as the API writes it: a JSON Pointer. */
export function pointerOf(path: Path): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The path of a JSON Pointer; numbers are places in lists. */
export function pathOf(pointer: string): Path {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll("~1", "/").replaceAll("~0", "~")));
}
