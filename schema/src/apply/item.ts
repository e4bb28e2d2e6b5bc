import type { Client } from "../client.ts";
import { ProblemError } from "../problem.ts";
import type { Difference } from "./differences.ts";
import type { Named, Shape } from "./plan.ts";
import type { ApplyWords } from "./words.ts";

/** What applying works with: where it asks, and what it says. */
export interface Applying {
  client: Client;
  words: ApplyWords;
  signal: AbortSignal;
}

/** Something that the folder says should be. */
export interface Item extends Named {
  wanted: Shape;
  /** What is there of it, as JSON that can be compared with `wanted`; null: nothing. Throws what stands in the way of making it so. */
  look(): Promise<Shape | null>;
  /** Makes it, or changes what differs; resolves to what is to be told: addresses, and secrets that are shown this once. */
  create(): Promise<string[]>;
  change(differences: readonly Difference[]): Promise<string[]>;
}

/** What a call answers; null where there is no such thing. */
export async function orNull<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return null;
    throw error;
  }
}

/** Of a body its fields that belong to members that differ. */
export function changedFields<T extends object>(
  differences: readonly Difference[],
  fields: Readonly<Record<string, T>>,
): T[] {
  const members = new Set(differences.map(({ path }) => path.split(".", 1)[0] ?? ""));
  return [...members].flatMap((member) => fields[member] ?? []);
}
