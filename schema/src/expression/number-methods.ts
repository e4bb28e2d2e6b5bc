import type { Call, MethodBody } from "./call.ts";
import { ExpressionFault } from "./problem.ts";
import { toNumber, type Value } from "./values.ts";

function digits(args: readonly Value[], least: number, most: number, call: Call): number | undefined {
  if (args[0] === undefined) return undefined;
  const count = Math.trunc(toNumber(args[0], call.work)) || 0;
  if (count < least || count > most) {
    throw new ExpressionFault("out_of_range", `needs a number from ${least} to ${most}, got ${count}`);
  }
  return count;
}

/** The methods of numbers. */
export const numberMethods: ReadonlyMap<string, MethodBody<number>> = new Map<string, MethodBody<number>>([
  ["toFixed", (value, args, call) => value.toFixed(digits(args, 0, 100, call))],
  [
    "toPrecision",
    (value, args, call) => {
      if (args[0] === undefined) return String(value);
      // Infinity and NaN are written before the digits are looked at.
      if (!Number.isFinite(value)) return String(value);
      return value.toPrecision(digits(args, 1, 100, call));
    },
  ],
  ["toString", (value, args, call) => value.toString(digits(args, 2, 36, call))],
]);
