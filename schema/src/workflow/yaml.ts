import * as yaml from "yaml";
import { escapeKey, type Finding } from "./finding.ts";
import { definitionLimits } from "./read-definition.ts";
import { type Validation, validate } from "./validate.ts";
import { findYamlExcess } from "./yaml-limits.ts";

/** A place in a text; both count from 1. */
export interface TextPosition {
  line: number;
  column: number;
}

/** A text that was read: its value when there are no errors, and where each part of the value stands. */
export interface ReadText {
  value: unknown;
  errors: Finding[];
  /** Where the value at a JSON Pointer stands, or the nearest thing around it. */
  positionOf: (pointer: string) => TextPosition;
}

const maxAliases = 50;

/**
 * Reads YAML 1.2 (core schema), and so JSON too: one document, no key twice, no tags, few aliases, nothing that JSON has no
 * word for. Merge keys (`<<`) are of YAML 1.1 and not known.
 */
export function parseYaml(text: string): ReadText {
  const refused = (code: Finding["code"], message: string, position = { line: 1, column: 1 }): ReadText => ({
    value: undefined,
    errors: [{ pointer: "", code, message, position }],
    positionOf: () => position,
  });
  if (text.length > definitionLimits.bytes) {
    return refused("too_large", `must have at most ${definitionLimits.bytes} characters`);
  }
  const excess = findYamlExcess(text);
  if (excess !== null) {
    const lines = new yaml.LineCounter();
    lines.addNewLine(0);
    for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) lines.addNewLine(i + 1);
    const { line, col } = lines.linePos(excess.offset);
    return refused("too_deep", excess.message, { line: Math.max(line, 1), column: Math.max(col, 1) });
  }
  return readDocument(text);
}

function readDocument(text: string): ReadText {
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, {
    ...{ version: "1.2", schema: "core", merge: false, stringKeys: true, uniqueKeys: false },
    ...{ lineCounter: lines, prettyErrors: false, logLevel: "error" },
  });
  const at = (offset: number): TextPosition => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const errors: Finding[] = [...document.errors, ...document.warnings]
    .slice(0, 100)
    .map(({ message, pos }) => ({
      pointer: "",
      code: "yaml",
      message,
      position: at(pos[0]),
    }));
  if (document.errors.length === 0) {
    for (const { key, offset } of repeatedKeys(document)) {
      errors.push({
        pointer: "",
        code: "yaml",
        message: `the key ${key} is there twice`,
        position: at(offset),
      });
    }
  }
  const positionOf = (pointer: string) => at(offsetOf(document, pointer));
  if (errors.length > 0) return { value: undefined, errors, positionOf };
  const made = valueIn(document);
  if ("problem" in made) {
    const { pointer, code, problem } = made;
    errors.push({ pointer, code, message: problem, position: positionOf(pointer) });
    return { value: undefined, errors, positionOf };
  }
  return { value: made.value, errors, positionOf };
}

/** Keys that a map has twice. The library's own check compares each with each, which takes minutes for a long map. */
function repeatedKeys(document: yaml.Document.Parsed): { key: string; offset: number }[] {
  const found: { key: string; offset: number }[] = [];
  yaml.visit(document, {
    Map: (_, map) => {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!yaml.isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name)) found.push({ key: name, offset: key.range?.[0] ?? 0 });
        seen.add(name);
      }
    },
  });
  return found;
}

type Made = { value: unknown } | { pointer: string; code: Finding["code"]; problem: string };

function valueIn(document: yaml.Document.Parsed): Made {
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: maxAliases });
  } catch (error) {
    if (error instanceof ReferenceError) {
      return {
        pointer: "",
        code: "too_large",
        problem: `has too many aliases (at most ${maxAliases} are followed)`,
      };
    }
    throw error;
  }
  return checked(value, "", { left: definitionLimits.bytes });
}

/** A copy in which nothing is shared: an alias is another place of the same value, and each place is a value of its own. */
function checked(value: unknown, pointer: string, size: { left: number }): Made {
  size.left -= typeof value === "string" ? value.length + 1 : 1;
  if (size.left < 0) {
    return {
      pointer: "",
      code: "too_large",
      problem: `must be at most ${definitionLimits.bytes} bytes of JSON`,
    };
  }
  if (typeof value === "number" && !Number.isFinite(value)) {
    return { pointer, code: "bad_format", problem: `${value} is no number of JSON` };
  }
  if (typeof value !== "object" || value === null) return { value };
  const members: [string, unknown][] = [];
  for (const [key, member] of Object.entries(value)) {
    const made = checked(member, `${pointer}/${escapeKey(key)}`, size);
    if ("problem" in made) return made;
    members.push([key, made.value]);
  }
  return { value: Array.isArray(value) ? members.map(([, member]) => member) : Object.fromEntries(members) };
}

function offsetOf(document: yaml.Document.Parsed, pointer: string): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (yaml.isAlias(node)) node = node.resolve(document);
    if (yaml.isMap(node)) {
      const pair = node.items.find((one) => yaml.isScalar(one.key) && String(one.key.value) === key);
      if (pair === undefined) return offset;
      if (yaml.isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (yaml.isSeq(node)) {
      node = node.items[Number(key)];
      if (!yaml.isNode(node)) return offset;
      offset = node.range?.[0] ?? offset;
    } else return offset;
  }
  return offset;
}

/** The text that `parseYaml` reads as the same value: block style, long lines kept, words of YAML 1.1 such as `yes` quoted. */
export function toYaml(value: unknown): string {
  return yaml.stringify(value, {
    ...{ version: "1.2", schema: "core", compat: "yaml-1.1", aliasDuplicateObjects: false },
    ...{ lineWidth: 0, blockQuote: "literal", indent: 2 },
  });
}

/** Checks a definition that came as YAML or JSON text; every finding has its line and column. */
export function validateText(text: string): Validation & { value: unknown } {
  const { value, errors, positionOf } = parseYaml(text);
  if (errors.length > 0) return { value: undefined, plan: null, errors, warnings: [] };
  const checkedDefinition = validate(value);
  const located = (one: Finding): Finding => ({ ...one, position: positionOf(one.pointer) });
  return {
    value,
    plan: checkedDefinition.plan,
    errors: checkedDefinition.errors.map(located),
    warnings: checkedDefinition.warnings.map(located),
  };
}
