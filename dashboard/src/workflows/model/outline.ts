import type { Definition, StepDefinition } from "@pulse/schema/workflow/definition";
import { resolveNeed, type StepIds, stepIds } from "@pulse/schema/workflow/step-ids";
import { type StepType, stepTypes } from "@pulse/schema/workflow/step-kinds";
import { nestedLists, type StepList, topLists } from "@pulse/schema/workflow/step-lists";
import { isObject, type Json, type Path, pathOf } from "./read-text.ts";

/** What a list of steps is to the workflow, or to the step around it. */
export type ListRole =
  | "steps"
  | "onFailure"
  | "onSuccess"
  | "finally"
  | "branch"
  | "then"
  | "else"
  | "case"
  | "default"
  | "each"
  | "rollback";

/** A list of steps. `title`: what is said of it in the definition: a branch's name, a case's condition. */
export interface OutlineList {
  path: Path;
  pointer: string;
  role: ListRole;
  title: string | null;
  condition: string | null;
  steps: OutlineStep[];
}

/** A step, with the lists inside it. */
export interface OutlineStep {
  path: Path;
  pointer: string;
  /** As the gateway calls it: its own id, or one made of its name. */
  id: string;
  name: string;
  type: StepType | null;
  /** The step as it is written. */
  step: Json;
  condition: string | null;
  /** Where it runs, in the words of the definition; null when it does not say. */
  targets: string | null;
  /** What it does, in the words of the definition. */
  does: string | null;
  /** The places in its list of the steps that it waits for. */
  needs: number[];
  lists: OutlineList[];
}

/** The steps of a definition as they stand, also of one that is not valid: what is no step is one without type. */
export function outlineOf(definition: Json): OutlineList[] {
  // Shaped so that it can be walked; what its fields hold is read with care.
  const shaped = shapedLists(definition, [
    "steps",
    "onFailure",
    "onSuccess",
    "finally",
  ]) as unknown as Definition;
  const ids = stepIds(shaped);
  return topLists(shaped).map((list) => listOf(list, "", null, ids));
}

/** Every step of an outline, outer before inner. */
export function* everyStep(lists: readonly OutlineList[]): Generator<OutlineStep> {
  for (const { steps } of lists)
    for (const step of steps) {
      yield step;
      yield* everyStep(step.lists);
    }
}

function listOf({ pointer, steps }: StepList, around: string, owner: Json | null, ids: StepIds): OutlineList {
  const part = pointer.slice(around.length + 1).split("/");
  const place = Number(part[1]);
  const given = owner === null ? null : (owner[part[0] ?? ""] as unknown);
  const own = Array.isArray(given) && part[2] === "steps" ? asObject(given[place]) : {};
  return {
    ...{ path: pathOf(pointer), pointer, role: roleOf(part[0] ?? "", owner !== null) },
    title: textOf(own.name) ?? textOf(own.when),
    condition: textOf(own.condition),
    steps: steps.map((step, i) => stepOf(step, `${pointer}/${i}`, i, steps, ids)),
  };
}

const innerRoles: Readonly<Record<string, ListRole>> = { branches: "branch", cases: "case", steps: "each" };

function roleOf(part: string, isInner: boolean): ListRole {
  // The other lists are called what they are.
  return (isInner ? innerRoles[part] : undefined) ?? (part as ListRole);
}

function stepOf(
  step: StepDefinition,
  pointer: string,
  at: number,
  list: readonly StepDefinition[],
  ids: StepIds,
): OutlineStep {
  const own = step as Json;
  const type = stepTypes.find((one) => one === own.type) ?? null;
  return {
    ...{ path: pathOf(pointer), pointer, id: ids.get(step) ?? "", name: step.name, type, step: own },
    condition: textOf(own.condition),
    targets: targetsOf(own.targets),
    does: doesOf(own),
    needs: needsOf(step, at, list, ids),
    lists: nestedLists(step, pointer).map((one) => listOf(one, pointer, own, ids)),
  };
}

function needsOf(step: StepDefinition, at: number, list: readonly StepDefinition[], ids: StepIds): number[] {
  if (!Array.isArray(step.needs)) return at === 0 ? [] : [at - 1];
  return step.needs.flatMap((need) => {
    const { found } = resolveNeed(wordOf(need), step, list, ids);
    return found === null ? [] : [list.indexOf(found)];
  });
}

function targetsOf(targets: unknown): string | null {
  const select = isObject(targets) ? targets.select : targets;
  return Array.isArray(select) ? select.map(wordOf).join(", ") : null;
}

const telling =
  "command script commandRef message duration until function workflow if items url channel status".split(" ");

function doesOf(step: Json): string | null {
  for (const field of telling) {
    const value = step[field];
    if (typeof value === "string" || typeof value === "number") return String(value);
  }
  return isObject(step.set)
    ? Object.keys(step.set).join(", ")
    : isObject(step.event)
      ? textOf(step.event.name)
      : null;
}

/** The lists that a type of step has even when they are not written. */
const always: Readonly<Record<string, readonly string[]>> = {
  if: ["then", "else"],
  switch: ["default"],
  foreach: ["steps"],
};

function shapedStep(value: unknown): Json {
  const step = asObject(value);
  const type = typeof step.type === "string" ? step.type : "";
  const shaped: Json = { ...step, name: typeof step.name === "string" ? step.name : "" };
  if (typeof step.id !== "string") delete shaped.id;
  for (const name of always[type] ?? []) shaped[name] = step[name] ?? [];
  for (const name of ["branches", "cases"])
    if (step[name] !== undefined)
      shaped[name] = asList(step[name]).map((one) => shapedLists({ steps: [], ...asObject(one) }, ["steps"]));
  if (isObject(step.onFailure)) shaped.onFailure = shapedLists(step.onFailure, ["steps"]);
  const lists = [
    "then",
    "else",
    "default",
    "steps",
    "rollback",
    ...(isObject(step.onFailure) ? [] : ["onFailure"]),
  ];
  return shapedLists(shaped, lists);
}

/** An object in which each of these, where it is there, is a list of steps. */
function shapedLists(value: Json, lists: readonly string[]): Json {
  const shaped = { ...value };
  for (const name of lists)
    if (shaped[name] !== undefined) shaped[name] = asList(shaped[name]).map(shapedStep);
  return shaped;
}

const asObject = (value: unknown): Json => (isObject(value) ? value : {});
const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
/** A text as it is, anything else as JSON: an object need not have a way to become a text. */
const wordOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);
