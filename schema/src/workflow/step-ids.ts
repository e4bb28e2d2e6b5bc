import type { Definition, StepDefinition } from "./definition.ts";
import { allLists } from "./step-lists.ts";

/** The id of every step of a definition, by the step itself. */
export type StepIds = ReadonlyMap<StepDefinition, string>;

/**
 * Gives every step its id: the one it was given, else one made of its name (`Update package list` → `update_package_list`),
 * with `_2`, `_3` … where that is taken, in the order of the text. The same definition always gets the same ids.
 */
export function stepIds(definition: Definition): StepIds {
  const steps = allLists(definition).flatMap((list) => list.steps);
  const taken = new Set(steps.flatMap(({ id }) => id ?? []));
  const ids = new Map<StepDefinition, string>();
  for (const step of steps) {
    const id = step.id ?? freeId(idOfName(step.name), taken);
    taken.add(id);
    ids.set(step, id);
  }
  return ids;
}

/** The id a name gives: lower case, everything but letters and digits an underscore; `step` when nothing is left. */
export function idOfName(name: string): string {
  const words = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 60);
  if (words === "") return "step";
  return /^[0-9]/.test(words) ? `_${words}` : words;
}

function freeId(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  for (let n = 2; ; n++) {
    const id = `${wanted}_${n}`;
    if (!taken.has(id)) return id;
  }
}

/** What `needs` names in a list of steps: a step, or why there is none. */
export type NeedResolution =
  | { found: StepDefinition }
  | { found: null; because: "unknown" | "ambiguous" | "itself"; matches: number };

/** Finds the step of the list that a `needs` entry means: an id first, else an exact name that only one step has. */
export function resolveNeed(
  need: string,
  step: StepDefinition,
  list: readonly StepDefinition[],
  ids: StepIds,
): NeedResolution {
  const byId = list.find((one) => ids.get(one) === need);
  const matches = byId === undefined ? list.filter((one) => one.name === need) : [byId];
  const [first] = matches;
  if (first === undefined) return { found: null, because: "unknown", matches: 0 };
  if (matches.length > 1) return { found: null, because: "ambiguous", matches: matches.length };
  if (first === step) return { found: null, because: "itself", matches: 1 };
  return { found: first };
}
