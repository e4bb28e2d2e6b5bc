import { hasTemplate } from "./parse-template.ts";

/** A JSON value. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

type Container = JsonValue[] | { [key: string]: JsonValue };

interface Pending {
  source: JsonValue;
  pointer: string;
  put(value: JsonValue | undefined): void;
}

/**
 * A copy of `value` in which each text that has a template is what `fn` makes of it; `pointer` is its JSON Pointer (RFC 6901), the root "".
 * As in JSON, undefined leaves a property out and is null in a list. Goes through any depth; names of properties are never templates.
 */
export function mapTemplates(
  value: JsonValue,
  fn: (text: string, pointer: string) => JsonValue | undefined,
): JsonValue | undefined {
  let result: JsonValue | undefined;
  const root: Pending = {
    source: value,
    pointer: "",
    put: (made) => {
      result = made;
    },
  };
  const pending = [root];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { source, pointer, put } = next;
    if (typeof source === "string") put(hasTemplate(source) ? fn(source, pointer) : source);
    else if (typeof source !== "object" || source === null) put(source);
    else {
      const copy: Container = Array.isArray(source) ? [] : {};
      put(copy);
      // Last first, so that the texts are visited in their order and properties keep theirs.
      for (const [key, item] of Object.entries(source).reverse()) {
        pending.push({ source: item, pointer: `${pointer}/${escaped(key)}`, put: putter(copy, key) });
      }
    }
  }
  return result;
}

function putter(copy: Container, key: string): Pending["put"] {
  return (made) => {
    if (Array.isArray(copy)) copy.push(made === undefined ? null : made);
    else if (made !== undefined) {
      // Not by assignment, which for __proto__ would set the prototype.
      Object.defineProperty(copy, key, { value: made, writable: true, enumerable: true, configurable: true });
    }
  };
}

function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
