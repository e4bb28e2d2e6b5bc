import type { Call, FunctionBody } from "./call.ts";
import { ExpressionFault } from "./problem.ts";
import {
  charactersOf,
  isList,
  isObject,
  keysOf,
  refuseForbidden,
  toNumber,
  toText,
  typeName,
  type Value,
} from "./values.ts";

/** The own entries of a value as `Object.entries` sees them: none for numbers and booleans, places for texts and lists. */
export function entriesOf(value: Value, call: Call, what: string): [string, Value][] {
  if (value === undefined || value === null) {
    throw new ExpressionFault("wrong_type", `${what} needs an object, got ${typeName(value)}`);
  }
  if (typeof value === "string") {
    call.work.list(value.length);
    return value.split("").map((character, index) => [String(index), character]);
  }
  if (isList(value)) {
    call.work.list(value.length);
    return value.map((item, index) => [String(index), item]);
  }
  if (!isObject(value)) return [];
  return keysOf(value, call.work).map((key) => [key, value[key]]);
}

function fromEntries(args: readonly Value[], call: Call): Value {
  const [list] = args;
  if (!isList(list)) {
    throw new ExpressionFault(
      "wrong_type",
      `Object.fromEntries needs a list of pairs, got ${typeName(list)}`,
    );
  }
  call.work.list(list.length);
  const made: Record<string, Value> = {};
  for (const pair of list) {
    if (typeof pair !== "object" || pair === null) {
      throw new ExpressionFault("wrong_type", `Object.fromEntries needs pairs, got ${typeName(pair)}`);
    }
    const [key, value] = isList(pair) ? pair : [ownValue(pair, "0"), ownValue(pair, "1")];
    made[refuseForbidden(toText(key, call.work))] = value;
  }
  return made;
}

function ownValue(value: Value, key: string): Value {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function hasOwn(args: readonly Value[], call: Call): boolean {
  const key = refuseForbidden(toText(args[1], call.work));
  const [value] = args;
  if (value === undefined || value === null) {
    throw new ExpressionFault("wrong_type", `Object.hasOwn needs an object, got ${typeName(value)}`);
  }
  return Object.hasOwn(Object(value), key);
}

/** `Array.from` of a list, of a text (by characters), or of `{length: n}`; the callback sees the value and its place. */
function listFrom(args: readonly Value[], call: Call): Value {
  const [source] = args;
  let items: Value[];
  if (isList(source)) {
    call.work.list(source.length);
    items = [...source];
  } else if (typeof source === "string") {
    items = charactersOf(source, call.work);
  } else if (source === undefined || source === null) {
    throw new ExpressionFault(
      "wrong_type",
      `Array.from needs a list or {length: n}, got ${typeName(source)}`,
    );
  } else {
    const asked = toNumber(ownValue(source, "length"), call.work);
    const length = Math.max(0, Number.isNaN(asked) ? 0 : Math.trunc(asked));
    call.work.list(length);
    items = Array.from({ length }, (_, index) => ownValue(source, String(index)));
  }
  const { callback } = call;
  if (callback === null && args[1] !== undefined) {
    throw new ExpressionFault("wrong_type", "Array.from takes an arrow function after the list, or nothing");
  }
  if (callback === null) return items;
  call.work.list(items.length);
  return items.map((item, index) => callback(item, index));
}

/** The functions of `Object`, and `Array.from`. */
export const objectFunctions: readonly (readonly [string, FunctionBody])[] = [
  ["Array.from", listFrom],
  ["Object.entries", (args, call) => entriesOf(args[0], call, "Object.entries")],
  ["Object.fromEntries", fromEntries],
  ["Object.hasOwn", hasOwn],
  ["Object.keys", (args, call) => entriesOf(args[0], call, "Object.keys").map(([key]) => key)],
  ["Object.values", (args, call) => entriesOf(args[0], call, "Object.values").map(([, value]) => value)],
];
