import type { Definition, StepDefinition } from "./definition.ts";
import { ancestors, needEdges } from "./needs-rules.ts";
import type { StepIds } from "./step-ids.ts";
import { nestedLists, type StepList, topLists } from "./step-lists.ts";

/** Where one step stands among all of them. */
export interface ScopedStep {
  id: string;
  step: StepDefinition;
  pointer: string;
  list: ScopedList;
  index: number;
}

/** A list of steps, the step it is in, and what it is to that step: `then`, `onFailure`, `branches` and so on. */
interface ScopedList {
  top: string;
  parent: ScopedStep | null;
  role: string;
  /** For each step of the list, the indexes of the steps that end before it starts. */
  before: readonly ReadonlySet<number>[];
}

/** Whether a step's results are there when another one asks for them. */
export type Visibility = "yes" | "perhaps" | "itself" | "around" | "later" | "repeated";

/** All steps of a definition, by id, with who is before whom. */
export class StepScope {
  readonly #steps = new Map<string, ScopedStep>();

  constructor(definition: Definition, ids: StepIds) {
    for (const list of topLists(definition)) this.#add(list, null, list.pointer, ids);
  }

  #add(list: StepList, parent: ScopedStep | null, role: string, ids: StepIds): void {
    const top = parent?.list.top ?? list.pointer;
    const scoped: ScopedList = { top, parent, role, before: ancestors(needEdges(list, ids)) };
    list.steps.forEach((step, index) => {
      const pointer = `${list.pointer}/${index}`;
      const one: ScopedStep = { id: ids.get(step) ?? "", step, pointer, list: scoped, index };
      this.#steps.set(one.id, one);
      for (const inner of nestedLists(step, pointer)) {
        const [, field = ""] = inner.pointer.slice(pointer.length).split("/");
        this.#add(inner, one, field, ids);
      }
    });
  }

  /** The ids of all steps. */
  ids(): IterableIterator<string> {
    return this.#steps.keys();
  }

  /** Every step, outer before inner. */
  all(): IterableIterator<ScopedStep> {
    return this.#steps.values();
  }

  get(id: string): ScopedStep | undefined {
    return this.#steps.get(id);
  }

  /** Whether `wanted` has its results when `from` runs; `from` null is after the whole run. */
  visibility(from: ScopedStep | null, wanted: ScopedStep): Visibility {
    if (from === wanted) return "itself";
    const chain = from === null ? [] : chainOf(from);
    if (chain.includes(wanted)) return isAftermath(from, wanted) ? "yes" : "around";
    const inside = chainOf(wanted);
    const isRepeated = inside.some(
      ({ step }, i) => i > 0 && step.type === "foreach" && !chain.includes(inside[i] ?? wanted),
    );
    if (isRepeated) return "repeated";
    const isAfterAll =
      from === null || from.list.top !== "/steps" || chain.some((one) => one.list.role === "rollback");
    if (isAfterAll && wanted.list.top === "/steps") return "yes";
    for (const mine of chain) {
      const other = inside.find((one) => one.list === mine.list);
      if (other === undefined) continue;
      if (mine.list.before[mine.index]?.has(other.index) === true) return "yes";
      if (mine.list.before[other.index]?.has(mine.index) === true) return "later";
    }
    return "perhaps";
  }
}

/** A step and the steps around it, from the inside out. */
function chainOf(step: ScopedStep): ScopedStep[] {
  const chain = [step];
  for (let up = step.list.parent; up !== null; up = up.list.parent) chain.push(up);
  return chain;
}

/** True when a step stands in the `onFailure` or `rollback` of the other: then the other has ended. */
function isAftermath(from: ScopedStep | null, around: ScopedStep): boolean {
  for (let one = from; one !== null; one = one.list.parent) {
    if (one.list.parent === around) return one.list.role === "onFailure" || one.list.role === "rollback";
  }
  return false;
}
