import { ExpressionFault } from "./problem.ts";
import { readMember } from "./read-member.ts";
import type { Param } from "./tree.ts";
import { charactersOf, isList, typeName, type Value } from "./values.ts";
import type { Work } from "./work.ts";

/** The parameters that are in force, the innermost first. */
export type Scope = { name: string; value: Value; outer: Scope } | null;

/** `scope` with the parameters of an arrow function bound to what it was called with. */
export function bindParams(
  params: readonly Param[],
  values: readonly Value[],
  scope: Scope,
  work: Work,
): Scope {
  let bound = scope;
  for (const [index, param] of params.entries()) {
    work.spend(1);
    const value = values[index];
    if (param.kind === "one") bound = { name: param.name, value, outer: bound };
    else if (param.kind === "list") {
      const items = itemsOf(value, work);
      work.spend(param.names.length);
      for (const [place, name] of param.names.entries()) {
        if (name !== null) bound = { name, value: items[place], outer: bound };
      }
    } else {
      if (value === null || value === undefined) {
        throw new ExpressionFault("wrong_type", `names cannot be taken out of ${typeName(value)}`);
      }
      work.spend(param.names.length);
      for (const { key, name } of param.names) {
        bound = { name, value: readMember(value, key, work), outer: bound };
      }
    }
  }
  return bound;
}

function itemsOf(value: Value, work: Work): readonly Value[] {
  if (isList(value)) return value;
  if (typeof value === "string") return charactersOf(value, work);
  throw new ExpressionFault("wrong_type", `names cannot be taken by place out of ${typeName(value)}`);
}
