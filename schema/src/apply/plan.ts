import { type Difference, differencesOf } from "./differences.ts";

/** What a folder may hold, in the order in which it is made: what is named comes before what names it. */
export const kinds = ["channel", "function", "workflow", "schedule", "webhook"] as const;
export type Kind = (typeof kinds)[number];

/** What something is, as JSON that can be compared. */
export type Shape = Readonly<Record<string, unknown>>;

/** Something of one kind that has a name. */
export interface Named {
  kind: Kind;
  name: string;
}

/** What the folder says should be, and what is there; null: nothing is. */
export interface Compared extends Named {
  wanted: Shape;
  present: Shape | null;
}

/** What the folder says should not be (any more), and whether it is there. */
export interface Unwanted extends Named {
  isThere: boolean;
}

/** One line of a plan. `differences` are those of a change. */
export interface Act extends Named {
  act: "create" | "change" | "unchanged" | "remove";
  differences: Difference[];
}

/**
 * What is to be done, in the order in which it can be: everything that is wanted from what is named to what names it, then what is not wanted the
 * other way round. What is not wanted and not there is left out. Members that a wanted shape does not have are not compared.
 */
export function planOf(wanted: readonly Compared[], unwanted: readonly Unwanted[]): Act[] {
  const rank = ({ kind }: Named) => kinds.indexOf(kind);
  const made = [...wanted].sort((a, b) => rank(a) - rank(b)).map(actOf);
  const gone = unwanted
    .filter(({ isThere }) => isThere)
    .sort((a, b) => rank(b) - rank(a))
    .map(({ kind, name }): Act => ({ kind, name, act: "remove", differences: [] }));
  return [...made, ...gone];
}

function actOf({ kind, name, wanted, present }: Compared): Act {
  if (present === null) return { kind, name, act: "create", differences: [] };
  const compared = Object.fromEntries(Object.keys(wanted).map((key) => [key, present[key]]));
  const differences = differencesOf(compared, wanted);
  return { kind, name, act: differences.length === 0 ? "unchanged" : "change", differences };
}

/** Whether anything would be done. */
export function isDue(plan: readonly Act[], prune: boolean): boolean {
  return plan.some(({ act }) => act === "create" || act === "change" || (act === "remove" && prune));
}
