import { expressionLimits, forbiddenNames } from "./limits.ts";
import { ExpressionFault } from "./problem.ts";
import type { Work } from "./work.ts";

/** A value of the language: JSON, and undefined, NaN and the infinities as JavaScript has them. Functions are no values. */
export type Value = undefined | null | boolean | number | string | readonly Value[] | ValueObject;

/** An object of the language: own properties only, whatever its prototype has. */
export interface ValueObject {
  readonly [key: string]: Value;
}

export type Primitive = undefined | null | boolean | number | string;

/** Whether a value is a list; a guard that knows read-only lists. */
export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Whether a value is an object that is no list. */
export function isObject(value: Value): value is ValueObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What came out of a context as a value; throws a fault for anything that is not plain data, so that nothing of the host gets in. */
export function admit(value: unknown): Value {
  switch (typeof value) {
    case "undefined":
    case "boolean":
    case "number":
    case "string":
      return value;
    case "object": {
      if (value === null || Array.isArray(value)) return value;
      const prototype: unknown = Object.getPrototypeOf(value);
      // The prototype of plain objects is the one that has none itself, in whichever realm they were made.
      if (prototype === null || Object.getPrototypeOf(prototype) === null) return value as ValueObject;
    }
  }
  throw new ExpressionFault(
    "wrong_type",
    "this is not plain data (text, number, boolean, null, list or object)",
  );
}

/** Throws a fault when `key` is one of the names that no expression uses. */
export function refuseForbidden(key: string, at: number | null = null): string {
  if (forbiddenNames.has(key)) {
    throw new ExpressionFault("forbidden_name", `"${key}" is not available as the name of a property`, at);
  }
  return key;
}

/** The own keys of an object; a fault when a forbidden name is among them. */
export function keysOf(object: ValueObject, work: Work): string[] {
  const keys = Object.keys(object);
  work.list(keys.length);
  for (const key of keys) refuseForbidden(key);
  return keys;
}

/** The characters of a text as spreading it gives them: a surrogate pair is one. */
export function charactersOf(text: string, work: Work): string[] {
  work.list(text.length);
  return [...text];
}

/** What to call the type of a value in a message. */
export function typeName(value: Value): string {
  if (value === null) return "null";
  if (isList(value)) return "a list";
  switch (typeof value) {
    case "undefined":
      return "undefined";
    case "string":
      return "a text";
    case "number":
      return "a number";
    case "boolean":
      return "a boolean";
    default:
      return "an object";
  }
}

/** ToPrimitive of JavaScript for plain data: lists are joined with commas, objects are `[object Object]`. */
export function toPrimitive(value: Value, work: Work): Primitive {
  // A list of a context may hold what is no value; asking here keeps the host from converting it.
  if (typeof admit(value) !== "object" || value === null) return value as Primitive;
  return isList(value) ? joinList(value, ",", work) : "[object Object]";
}

/** ToString of JavaScript. */
export function toText(value: Value, work: Work): string {
  return String(toPrimitive(value, work));
}

/** ToNumber of JavaScript. */
export function toNumber(value: Value, work: Work): number {
  const primitive = toPrimitive(value, work);
  if (typeof primitive === "string") work.read(primitive.length);
  return Number(primitive);
}

/** `list.join(separator)`, counted while it is made: a list that shares its parts can be far larger written than kept. */
export function joinList(list: readonly Value[], separator: string, work: Work, depth = 0): string {
  if (depth > expressionLimits.valueDepth) {
    throw new ExpressionFault("too_deep", `lists nest deeper than ${expressionLimits.valueDepth} levels`);
  }
  const parts: string[] = [];
  let length = 0;
  for (const item of list) {
    work.spend(1);
    let part = "";
    if (isList(item)) part = joinList(item, ",", work, depth + 1);
    else if (item !== undefined && item !== null) part = toText(item, work);
    length += part.length + (parts.length > 0 ? separator.length : 0);
    work.text(part.length);
    work.fits(length);
    parts.push(part);
  }
  return parts.join(separator);
}

/** Bytes that `value` has as JSON, stopping above `most`; throws a fault when it is deeper than values may be, or no plain data. */
export function jsonBytes(value: Value, most: number, depth = 0): number {
  if (typeof value === "string") return value.length > most ? value.length : utf8Bytes(value) + 2;
  if (typeof admit(value) !== "object" || value === null) return 5;
  if (depth >= expressionLimits.valueDepth) {
    throw new ExpressionFault(
      "too_deep",
      `the value nests deeper than ${expressionLimits.valueDepth} levels`,
    );
  }
  let bytes = 2;
  if (isList(value)) {
    for (const item of value) {
      bytes += 1 + jsonBytes(item, most - bytes, depth + 1);
      if (bytes > most) return bytes;
    }
    return bytes;
  }
  for (const key of Object.keys(value as ValueObject)) {
    bytes += 4 + utf8Bytes(key) + jsonBytes((value as ValueObject)[key], most - bytes, depth + 1);
    if (bytes > most) return bytes;
  }
  return bytes;
}

function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // Each half of a surrogate pair counts two, together the four bytes of their character.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit & 0xf800) === 0xd800 ? 2 : 3;
  }
  return bytes;
}
