import { callbackMethods } from "./callback-methods.ts";
import { commandFunctions, constants, functions } from "./functions.ts";
import { listMethods } from "./list-methods.ts";
import { nearestName } from "./nearest-name.ts";
import { numberMethods } from "./number-methods.ts";
import { textMethods } from "./text-methods.ts";

/** Every method name that may stand in an expression, whatever it is called on. */
export const methodNames: ReadonlySet<string> = new Set([
  ...textMethods.keys(),
  ...listMethods.keys(),
  ...callbackMethods.keys(),
  ...numberMethods.keys(),
]);

/** Where a callback may stand: the index of the argument, and whether there has to be one. */
export const callbackPlaces: ReadonlyMap<string, { index: number; required: boolean }> = new Map<
  string,
  { index: number; required: boolean }
>([
  ...[...callbackMethods.keys()].map((name) => [name, { index: 0, required: true }] as const),
  ["sort", { index: 0, required: false }],
  ["toSorted", { index: 0, required: false }],
  ["Array.from", { index: 1, required: false }],
]);

/** The objects whose functions are written like `Math.max`. */
export const namespaces: ReadonlySet<string> = new Set(
  [...functions.keys(), ...constants.keys()].flatMap((name) =>
    name.includes(".") ? [name.split(".")[0] ?? ""] : [],
  ),
);

const instead: Record<string, string> = {
  test: "regular expressions are not available; use includes, startsWith or endsWith",
  match: "regular expressions are not available; use includes, indexOf or split",
  matchAll: "regular expressions are not available; use split",
  search: "regular expressions are not available; use indexOf",
  localeCompare: "what depends on a language is not available; compare with < and >",
  toLocaleString: "what depends on a language is not available; use String(…) or toFixed",
  toLocaleUpperCase: "what depends on a language is not available; use toUpperCase",
  toLocaleLowerCase: "what depends on a language is not available; use toLowerCase",
  substr: "use slice",
  forEach: "nothing can be changed in an expression; use map",
  push: "nothing can be changed in an expression; write [...list, value]",
  pop: "nothing can be changed in an expression; use slice(0, -1) or at(-1)",
  shift: "nothing can be changed in an expression; use slice(1) or at(0)",
  unshift: "nothing can be changed in an expression; write [value, ...list]",
  splice: "nothing can be changed in an expression; use slice and concat",
  fill: "nothing can be changed in an expression; use map",
  hasOwnProperty: "use Object.hasOwn(object, name)",
  keys: "use Object.keys(value)",
  values: "use Object.values(value)",
  entries: "use Object.entries(value)",
  random: "the same expression gives the same answer each time, so there is no randomness",
  assign: "write {...first, ...second}",
  eval: "code in texts is not run",
  require: "modules are not available",
  fetch: "an expression reaches nothing outside; use a step of type http",
  contains: "use includes",
  RegExp: "regular expressions are not available; use includes, startsWith or endsWith",
};

function advice(name: string, known: Iterable<string>): string {
  const last = name.split(".").at(-1) ?? name;
  const hint = Object.hasOwn(instead, last) ? instead[last] : undefined;
  if (hint !== undefined) return `: ${hint}`;
  const near = nearestName(name, known);
  return near === null ? "; docs/expressions.md lists what is" : `; did you mean ${near}?`;
}

/** What to say about a method that is not there. */
export function noSuchMethod(name: string): string {
  return `the method ${name} is not available${advice(name, methodNames)}`;
}

/** What to say about a function that is not there. */
export function noSuchFunction(name: string): string {
  if (commandFunctions.some((known) => known === name)) {
    return `${name}(…) is available in the templates of a command or script only, as the whole template: \${{ ${name}(value) }}`;
  }
  const known = [...functions.keys(), ...(name.includes(".") ? [] : methodNames)];
  return `the function ${name} is not available${advice(name, known)}`;
}
