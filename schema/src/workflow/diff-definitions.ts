import type { Definition, StepDefinition } from "./definition.ts";
import { escapeKey } from "./finding.ts";
import { stepIds } from "./step-ids.ts";
import { nestedLists, type StepList, topLists } from "./step-lists.ts";

/**
 * One difference. The pointer is into the later definition, or into the earlier one for what was removed. A step that moved
 * has the pointers of both places as `before` and `after`.
 */
export interface Difference {
  pointer: string;
  kind: "added" | "removed" | "changed" | "moved";
  /** The step it is about, by id; null outside of steps. */
  step: string | null;
  before?: unknown;
  after?: unknown;
}

interface Place {
  step: StepDefinition;
  pointer: string;
  /** Which list it is in, by the id of the step around it, so that the same list has the same name in both. */
  list: string;
  parent: string | null;
}

/** What differs between two definitions, steps matched by id: in the order of the later one, then what was removed. */
export function diffDefinitions(before: Definition, after: Definition): Difference[] {
  const earlier = placesOf(before);
  const later = placesOf(after);
  const moved = movedIds(earlier, later);
  const found = diffValue(withoutLists(before), withoutLists(after), "", null);
  for (const [id, { step, pointer, parent }] of later) {
    const old = earlier.get(id);
    if (old === undefined) {
      const isPartOfNew = parent !== null && !earlier.has(parent);
      if (!isPartOfNew) found.push({ pointer, kind: "added", step: id, after: step });
      continue;
    }
    if (moved.has(id)) found.push({ pointer, kind: "moved", step: id, before: old.pointer, after: pointer });
    found.push(...diffValue(ownPart(old.step), ownPart(step), pointer, id));
  }
  for (const [id, { step, pointer, parent }] of earlier) {
    const isPartOfRemoved = parent !== null && !later.has(parent);
    if (!later.has(id) && !isPartOfRemoved) found.push({ pointer, kind: "removed", step: id, before: step });
  }
  return found;
}

function placesOf(definition: Definition): Map<string, Place> {
  const ids = stepIds(definition);
  const places = new Map<string, Place>();
  const visit = (list: StepList, name: string, parent: string | null): void => {
    list.steps.forEach((step, i) => {
      const id = ids.get(step) ?? "";
      const pointer = `${list.pointer}/${i}`;
      places.set(id, { step, pointer, list: name, parent });
      for (const inner of nestedLists(step, pointer)) {
        visit(inner, `${id}${inner.pointer.slice(pointer.length)}`, id);
      }
    });
  };
  for (const list of topLists(definition)) visit(list, list.pointer, null);
  return places;
}

/** Ids of steps that are in another list than before, or stand elsewhere among those that stayed in their list. */
function movedIds(earlier: ReadonlyMap<string, Place>, later: ReadonlyMap<string, Place>): Set<string> {
  const moved = new Set<string>();
  const lists = new Map<string, string[]>();
  for (const [id, { list }] of later) {
    const old = earlier.get(id);
    if (old === undefined) continue;
    if (old.list !== list) moved.add(id);
    else lists.set(list, [...(lists.get(list) ?? []), id]);
  }
  const rank = new Map([...earlier.keys()].map((id, i) => [id, i]));
  for (const ids of lists.values()) {
    const stay = longestRise(ids.map((id) => rank.get(id) ?? 0));
    ids.forEach((id, i) => {
      if (!stay.has(i)) moved.add(id);
    });
  }
  return moved;
}

/** The places of a longest run of rising numbers: what need not move for the rest to be in order. */
function longestRise(numbers: readonly number[]): Set<number> {
  const ends: number[] = [];
  const before: (number | undefined)[] = [];
  numbers.forEach((number, i) => {
    const found = ends.findIndex((end) => (numbers[end] ?? 0) >= number);
    const length = found < 0 ? ends.length : found;
    before[i] = ends[length - 1];
    ends[length] = i;
  });
  const stay = new Set<number>();
  for (let at = ends.at(-1); at !== undefined; at = before[at]) stay.add(at);
  return stay;
}

function withoutLists({
  steps: _,
  onFailure: __,
  onSuccess: ___,
  finally: ____,
  ...rest
}: Definition): object {
  return rest;
}

/** A step without the lists inside it, which are compared by themselves. */
function ownPart(step: StepDefinition): Record<string, unknown> {
  const own: Record<string, unknown> = { ...step };
  delete own.rollback;
  if (Array.isArray(step.onFailure)) delete own.onFailure;
  else if (step.onFailure !== undefined) own.onFailure = without(step.onFailure, "steps");
  const inside: Record<string, readonly string[]> = {
    if: ["then", "else"],
    switch: ["default"],
    foreach: ["steps"],
  };
  for (const name of inside[step.type] ?? []) delete own[name];
  if (step.type === "switch") own.cases = step.cases?.map((one) => without(one, "steps"));
  if (step.type === "parallel") own.branches = step.branches?.map((one) => without(one, "steps"));
  return own;
}

function without(value: object, name: string): object {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
}

/** What differs between two JSON values, by place: members by their names, items by their numbers. */
export function diffValue(
  before: unknown,
  after: unknown,
  pointer: string,
  step: string | null = null,
): Difference[] {
  if (Object.is(before, after)) return [];
  if (before === undefined) return [{ pointer, kind: "added", step, after }];
  if (after === undefined) return [{ pointer, kind: "removed", step, before }];
  if (!isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after)) {
    return [{ pointer, kind: "changed", step, before, after }];
  }
  const names = [...new Set([...Object.keys(after), ...Object.keys(before)])];
  return names.flatMap((name) => {
    const of = (value: object) => (Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined);
    return diffValue(of(before), of(after), `${pointer}/${escapeKey(name)}`, step);
  });
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
