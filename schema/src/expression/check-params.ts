import type { Pattern } from "acorn";
import { isReservedName } from "./functions.ts";
import { forbiddenNames } from "./limits.ts";
import { ExpressionFault } from "./problem.ts";
import type { Param } from "./tree.ts";
import { refuseForbidden } from "./values.ts";

function unavailable(at: number): never {
  throw new ExpressionFault(
    "not_available",
    "a parameter is a name, a list of names such as [key, value], or names such as {name, id: other}",
    at,
  );
}

function newName(pattern: Pattern | null, locals: Set<string>): string | null {
  if (pattern === null) return null;
  if (pattern.type !== "Identifier") return unavailable(pattern.start);
  const { name, start } = pattern;
  if (isReservedName(name) || forbiddenNames.has(name)) {
    throw new ExpressionFault("forbidden_name", `no parameter may be called ${name}`, start);
  }
  locals.add(name);
  return name;
}

/** The parameters of an arrow function, their names added to `locals`; throws a fault for anything but names and flat patterns. */
export function checkParams(params: readonly Pattern[], locals: Set<string>): Param[] {
  return params.map((param): Param => {
    switch (param.type) {
      case "Identifier":
        return { kind: "one", name: newName(param, locals) ?? "" };
      case "ArrayPattern":
        return { kind: "list", names: param.elements.map((element) => newName(element, locals)) };
      case "ObjectPattern":
        return {
          kind: "object",
          names: param.properties.map((property) => {
            if (property.type !== "Property" || property.computed) return unavailable(property.start);
            const { key } = property;
            const from =
              key.type === "Identifier" ? key.name : key.type === "Literal" ? String(key.value) : "";
            return { key: refuseForbidden(from, key.start), name: newName(property.value, locals) ?? "" };
          }),
        };
      default:
        return unavailable(param.start);
    }
  });
}
