import type { Definition, StepDefinition } from "./definition.ts";
import type { PlannedStep } from "./plan.ts";

/** A list of steps and where it stands, as a JSON Pointer. */
export interface StepList {
  pointer: string;
  steps: readonly StepDefinition[];
}

/** The lists of a definition that are not inside a step. */
export function topLists(definition: Definition): StepList[] {
  return present([
    ["/steps", definition.steps],
    ["/onFailure", definition.onFailure],
    ["/onSuccess", definition.onSuccess],
    ["/finally", definition.finally],
  ]);
}

/** The lists directly inside a step, by its type: fields that mean nothing in this type are not looked at. */
export function nestedLists(step: StepDefinition, pointer: string): StepList[] {
  const lists: [string, readonly StepDefinition[] | undefined][] = [];
  if (step.type === "parallel") {
    step.branches?.forEach((branch, i) => {
      lists.push([`${pointer}/branches/${i}/steps`, branch.steps]);
    });
  }
  if (step.type === "if") lists.push([`${pointer}/then`, step.then], [`${pointer}/else`, step.else]);
  if (step.type === "switch") {
    step.cases?.forEach((one, i) => {
      lists.push([`${pointer}/cases/${i}/steps`, one.steps]);
    });
    lists.push([`${pointer}/default`, step.default]);
  }
  if (step.type === "foreach") lists.push([`${pointer}/steps`, step.steps]);
  if (Array.isArray(step.onFailure)) lists.push([`${pointer}/onFailure`, step.onFailure]);
  else lists.push([`${pointer}/onFailure/steps`, step.onFailure?.steps]);
  lists.push([`${pointer}/rollback`, step.rollback]);
  return present(lists);
}

/** Every list of a definition, outer before inner, in the order of the text. */
export function allLists(definition: Definition): StepList[] {
  const found: StepList[] = [];
  const visit = (list: StepList): void => {
    found.push(list);
    list.steps.forEach((step, i) => {
      nestedLists(step, `${list.pointer}/${i}`).forEach(visit);
    });
  };
  topLists(definition).forEach(visit);
  return found;
}

/** The lists directly inside a step of a plan, with the words that say which: `steps`, `whenTrue`, `branches/0` and so on. */
export function plannedLists(step: PlannedStep): { role: string; steps: PlannedStep[] }[] {
  const lists: { role: string; steps: PlannedStep[] }[] = [];
  if (step.type === "parallel") {
    lists.push(...step.branches.map(({ steps }, i) => ({ role: `branches/${i}`, steps })));
  }
  if (step.type === "if") {
    lists.push({ role: "whenTrue", steps: step.whenTrue }, { role: "whenFalse", steps: step.whenFalse });
  }
  if (step.type === "switch") {
    lists.push(...step.cases.map(({ steps }, i) => ({ role: `cases/${i}`, steps })));
    lists.push({ role: "otherwise", steps: step.otherwise });
  }
  if (step.type === "foreach") lists.push({ role: "steps", steps: step.steps });
  if (step.onFailure !== null) lists.push({ role: "onFailure", steps: step.onFailure.steps });
  lists.push({ role: "rollback", steps: step.rollback });
  return lists.filter(({ steps }) => steps.length > 0);
}

/** Every step of a list and of the lists inside its steps, outer before inner. */
export function* everyStep(steps: readonly PlannedStep[]): Generator<PlannedStep> {
  for (const step of steps) {
    yield step;
    for (const list of plannedLists(step)) yield* everyStep(list.steps);
  }
}

function present(lists: [string, readonly StepDefinition[] | undefined][]): StepList[] {
  return lists.flatMap(([pointer, steps]) => (steps === undefined ? [] : [{ pointer, steps }]));
}
