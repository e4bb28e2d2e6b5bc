import type { Value } from "./values.ts";
import type { Work } from "./work.ts";

/** How the run that is being decided stands, for `success()`, `failed()` and `cancelled()`. */
export type RunOutcome = "succeeded" | "failed" | "cancelled";

/** What a function or a method has at hand while it runs. */
export interface Call {
  work: Work;
  /** Milliseconds since 1970, for `now()` and `Date.now()`. */
  now: number;
  outcome: RunOutcome;
  /** The function that was given as an argument, or null. */
  callback: ((...values: Value[]) => Value) | null;
}

/** A function of the language, by its name. */
export type FunctionBody = (args: readonly Value[], call: Call) => Value;

/** A method of the values of one type. */
export type MethodBody<Receiver> = (receiver: Receiver, args: readonly Value[], call: Call) => Value;
