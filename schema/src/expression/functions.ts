import type { Call, FunctionBody } from "./call.ts";
import { jsonFunctions } from "./json-functions.ts";
import { objectFunctions } from "./object-functions.ts";
import { parseInstant } from "./parse-instant.ts";
import { ExpressionFault } from "./problem.ts";
import { isList, toNumber, toText, type Value } from "./values.ts";

function counted(text: string, call: Call): string {
  call.work.read(text.length);
  return text;
}

/** A function of one number, of which JavaScript makes a number first. */
function ofNumber(compute: (value: number) => number | boolean): FunctionBody {
  return (args, call) => compute(toNumber(args[0], call.work));
}

/** A function that asks about a number and makes none of other values. */
function aboutNumber(ask: (value: number) => boolean): FunctionBody {
  return (args) => typeof args[0] === "number" && ask(args[0]);
}

function numbersOf(args: readonly Value[], call: Call): number[] {
  return args.map((arg) => toNumber(arg, call.work));
}

// Written out because a host's `Math.max(...list)` may run out of stack.
function extreme(
  args: readonly Value[],
  call: Call,
  pick: (left: number, right: number) => number,
  start: number,
) {
  return numbersOf(args, call).reduce((best, value) => pick(best, value), start);
}

const parseWholeNumber: FunctionBody = (args, call) => {
  const text = counted(toText(args[0], call.work), call);
  return Number.parseInt(text, args[1] === undefined ? undefined : toNumber(args[1], call.work));
};

const parseNumber: FunctionBody = (args, call) =>
  Number.parseFloat(counted(toText(args[0], call.work), call));

const now: FunctionBody = (_args, call) => call.now;

function encode(args: readonly Value[], call: Call, transform: (text: string) => string): Value {
  const text = toText(args[0], call.work);
  call.work.text(text.length * 3);
  try {
    return transform(text);
  } catch {
    throw new ExpressionFault("out_of_range", "the text is no valid text for a URI");
  }
}

/** Every function of the language by the name that it is called by. */
export const functions: ReadonlyMap<string, FunctionBody> = new Map<string, FunctionBody>([
  ["success", (_args, call) => call.outcome === "succeeded"],
  ["failed", (_args, call) => call.outcome === "failed"],
  ["cancelled", (_args, call) => call.outcome === "cancelled"],
  ["always", () => true],
  ["now", now],
  ["Date.now", now],
  ["Date.parse", (args, call) => parseInstant(counted(toText(args[0], call.work), call))],
  ["String", (args, call) => (args.length === 0 ? "" : toText(args[0], call.work))],
  ["Number", (args, call) => (args.length === 0 ? 0 : toNumber(args[0], call.work))],
  ["Boolean", (args) => Boolean(args[0])],
  ["parseInt", parseWholeNumber],
  ["parseFloat", parseNumber],
  ["isNaN", ofNumber(Number.isNaN)],
  ["isFinite", ofNumber(Number.isFinite)],
  ["encodeURIComponent", (args, call) => encode(args, call, encodeURIComponent)],
  ["decodeURIComponent", (args, call) => encode(args, call, decodeURIComponent)],
  ["Number.isFinite", aboutNumber(Number.isFinite)],
  ["Number.isInteger", aboutNumber(Number.isInteger)],
  ["Number.isNaN", aboutNumber(Number.isNaN)],
  ["Number.isSafeInteger", aboutNumber(Number.isSafeInteger)],
  ["Number.parseFloat", parseNumber],
  ["Number.parseInt", parseWholeNumber],
  ["Math.abs", ofNumber(Math.abs)],
  ["Math.cbrt", ofNumber(Math.cbrt)],
  ["Math.ceil", ofNumber(Math.ceil)],
  ["Math.floor", ofNumber(Math.floor)],
  ["Math.log", ofNumber(Math.log)],
  ["Math.log10", ofNumber(Math.log10)],
  ["Math.log2", ofNumber(Math.log2)],
  ["Math.max", (args, call) => extreme(args, call, Math.max, Number.NEGATIVE_INFINITY)],
  ["Math.min", (args, call) => extreme(args, call, Math.min, Number.POSITIVE_INFINITY)],
  ["Math.pow", (args, call) => toNumber(args[0], call.work) ** toNumber(args[1], call.work)],
  ["Math.round", ofNumber(Math.round)],
  ["Math.sign", ofNumber(Math.sign)],
  ["Math.sqrt", ofNumber(Math.sqrt)],
  ["Math.trunc", ofNumber(Math.trunc)],
  ["Array.isArray", (args) => isList(args[0])],
  ...jsonFunctions,
  ...objectFunctions,
]);

/** The constants that are written like `Math.PI`. */
export const constants: ReadonlyMap<string, number> = new Map([
  ["Math.E", Math.E],
  ["Math.PI", Math.PI],
  ["Number.EPSILON", Number.EPSILON],
  ["Number.MAX_SAFE_INTEGER", Number.MAX_SAFE_INTEGER],
  ["Number.MIN_SAFE_INTEGER", Number.MIN_SAFE_INTEGER],
]);

/** The functions that only the template of a command knows, and only as the whole of it: `raw` quotes nothing, `words` each of a list. */
export const commandFunctions = ["raw", "words"] as const;

const reserved = new Set([
  ...[...functions.keys(), ...constants.keys()].flatMap((name) => name.split(".")[0] ?? []),
  "undefined",
  "NaN",
  "Infinity",
]);

/** Whether `name` belongs to the language, so that no input, variable or item may be called by it. */
export function isReservedName(name: string): boolean {
  return reserved.has(name);
}
