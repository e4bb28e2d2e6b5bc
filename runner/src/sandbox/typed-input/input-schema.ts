import type * as z from "zod";
import { type Token, tokensOf } from "./tokens.ts";
import { TypeReader } from "./type-schema.ts";

const sourceMost = 512 * 1024;
const schemaMost = 32_768;

/**
 * The JSON Schema of what `handler` or `main` takes, from the annotation of its first parameter in this source; null: it has none, it is no object, or it
 * cannot be read. The code is read, never run.
 */
export function inputSchemaOf(source: string): Record<string, z.core.util.JSONType> | null {
  if (source.length > sourceMost) return null;
  try {
    const tokens = tokensOf(source);
    for (const name of ["handler", "main"]) {
      const at = parameterOf(tokens, name);
      if (at === null) continue;
      const type = typeAfter(tokens, at);
      const schema = type === null ? null : new TypeReader(tokens, type).read();
      if (schema === null || schema.type !== "object" || !("properties" in schema)) return null;
      const text = JSON.stringify(schema);
      return text.length > schemaMost ? null : JSON.parse(text);
    }
  } catch (error) {
    // What has no end is the build's to tell.
    if (!(error instanceof SyntaxError)) throw error;
  }
  return null;
}

/** Where the parameters of an exported function begin, after the parenthesis. */
function parameterOf(tokens: readonly Token[], name: string): number | null {
  const value = (at: number) => (tokens[at]?.kind === "text" ? undefined : tokens[at]?.value);
  for (let at = 0; at < tokens.length; at++) {
    if (value(at) !== "export") continue;
    let next = at + 1;
    if (value(next) === "async") next++;
    const isFunction = value(next) === "function";
    if (!isFunction && !["const", "let", "var"].includes(value(next) ?? "")) continue;
    next++;
    if (value(next) === "*") next++;
    if (value(next) !== name) continue;
    next++;
    if (!isFunction) {
      if (value(next) !== "=") return null;
      next++;
      if (value(next) === "async") next++;
      if (value(next) === "function") next++;
    }
    return value(next) === "(" ? next + 1 : null;
  }
  return null;
}

/** Where the type of the parameter that begins here begins; null: it has none. */
function typeAfter(tokens: readonly Token[], begin: number): number | null {
  let open = 0;
  for (let at = begin; at < tokens.length; at++) {
    const { kind, value } = tokens[at] ?? { kind: "mark", value: "" };
    if (kind === "text") continue;
    if (open === 0 && value === ":") return at + 1;
    if (open === 0 && (value === "," || value === ")" || value === "=")) return null;
    if ("([{".includes(value)) open++;
    else if (")]}".includes(value)) open--;
  }
  return null;
}
