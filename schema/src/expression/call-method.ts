import type { Call } from "./call.ts";
import { callbackMethods } from "./callback-methods.ts";
import { listMethods } from "./list-methods.ts";
import { numberMethods } from "./number-methods.ts";
import { ExpressionFault } from "./problem.ts";
import { textMethods } from "./text-methods.ts";
import { isList, toText, typeName, type Value } from "./values.ts";

const owners: readonly (readonly [string, { has(name: string): boolean }])[] = [
  ["texts", textMethods],
  ["lists", listMethods],
  ["lists", callbackMethods],
  ["numbers", numberMethods],
];

/** Calls the method `name` of our own tables on a value that is neither null nor undefined; a method of the value itself is never called. */
export function callMethod(receiver: Value, name: string, args: readonly Value[], call: Call): Value {
  call.work.spend(args.length);
  if (typeof receiver === "string") {
    const method = textMethods.get(name);
    if (method !== undefined) return method(receiver, args, call);
  } else if (isList(receiver)) {
    const method = listMethods.get(name) ?? callbackMethods.get(name);
    if (method !== undefined) return method(receiver, args, call);
  } else if (typeof receiver === "number") {
    const method = numberMethods.get(name);
    if (method !== undefined) return method(receiver, args, call);
  } else if (name === "toString") return toText(receiver, call.work);
  const kinds = owners.filter(([, methods]) => methods.has(name)).map(([kind]) => kind);
  throw new ExpressionFault(
    "wrong_type",
    `${name} is a method of ${[...new Set(kinds)].join(" and ")}, but this is ${typeName(receiver)}`,
  );
}
