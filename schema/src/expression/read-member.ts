import { methodNames } from "./catalogue.ts";
import { ExpressionFault } from "./problem.ts";
import { admit, isList, isObject, refuseForbidden, type Value } from "./values.ts";
import type { Work } from "./work.ts";

const place = /^(?:0|[1-9]\d{0,15})$/;

/** `value[key]`: an own property of an object, a place or the length of a list or text, else undefined. Null and undefined are the caller's. */
export function readMember(value: Value, key: string, work: Work): Value {
  refuseForbidden(key);
  if (isObject(value)) return Object.hasOwn(value, key) ? admit(value[key]) : undefined;
  if (isList(value) || typeof value === "string") {
    if (key === "length") return value.length;
    if (place.test(key)) {
      if (typeof value === "string") work.spend(Math.ceil(value.length / 1024));
      return admit(value[Number(key)]);
    }
  }
  if (methodNames.has(key))
    throw new ExpressionFault("wrong_type", `${key} is a method; call it: .${key}(…)`);
  return undefined;
}
