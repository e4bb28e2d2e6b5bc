import type { ForeseenView, PlannedStepView, RunPlanView } from "@pulse/schema/wire/workflow-plan";
import type { Definition, StepDefinition } from "@pulse/schema/workflow/definition";
import { type ExpressionPlace, placesOfStep } from "@pulse/schema/workflow/expression-places";
import type { FleetRunner } from "@pulse/schema/workflow/fleet";
import type { Plan, PlannedStep } from "@pulse/schema/workflow/plan";
import { plannedLists } from "@pulse/schema/workflow/step-lists";
import { type Foreseen, Foresight, type Known } from "./foresight.ts";
import { KnownBefore, knownWith, knownWithout, type Start } from "./known-before.ts";
import { mainTextOf } from "./main-text.ts";
import { TargetPlanner } from "./planned-targets.ts";

/** A run that is only looked at. */
export interface Question extends Start {
  plan: Plan;
  definition: Definition;
  fleet: readonly FleetRunner[];
  now: number;
}

type Runs = PlannedStepView["runs"];

const stepsMost = 1000;
const itemsMost = 20;

/** Where a list of steps stands while it is gone through. */
interface Place {
  list: string;
  prefix: string;
  depth: number;
  runs: Runs;
  known: Known;
}

/** What a run with these inputs would do if it started now, as far as that is known. */
export function planRun(question: Question): Pick<RunPlanView, "vars" | "steps" | "isCut"> {
  const planner = new Planner(question);
  const { plan } = question;
  const place = { prefix: "", depth: 0, known: planner.known };
  planner.list(plan.steps, { ...place, list: "steps", runs: "yes" });
  planner.list(plan.onFailure, { ...place, list: "onFailure", runs: "depends" });
  planner.list(plan.onSuccess, { ...place, list: "onSuccess", runs: "depends" });
  planner.list(plan.finally, { ...place, list: "finally", runs: "yes" });
  const { steps, isCut } = planner;
  // Made of JSON values and expressions, whose values are JSON.
  return { vars: planner.known.vars as RunPlanView["vars"], steps, isCut };
}

class Planner {
  readonly known: KnownBefore;
  readonly steps: PlannedStepView[] = [];
  isCut = false;
  readonly #definition: Definition;
  readonly #foresight: Foresight;
  readonly #targets: TargetPlanner;

  constructor(question: Question) {
    this.#definition = question.definition;
    this.#foresight = new Foresight(question.now);
    this.known = new KnownBefore(question.plan, question, this.#foresight);
    this.#targets = new TargetPlanner(question.fleet, question.now, this.#foresight);
  }

  list(steps: readonly PlannedStep[], place: Place): void {
    for (const step of steps) {
      if (this.steps.length >= stepsMost) {
        this.isCut = true;
        return;
      }
      this.#step(step, place);
    }
  }

  #step(step: PlannedStep, place: Place): void {
    const { known, list, prefix, depth } = place;
    const pointer = `${step.pointer}/condition`;
    const foreseen = step.condition === "true" ? null : this.#foresight.expression(step.condition, known);
    const runs = both(place.runs, foreseen === null ? "yes" : runsBy(foreseen));
    // Inside a list whose items are known the same id may run for one of them.
    if (runs === "no" && prefix === "") this.known.skip(step.id);
    const targets = "targets" in step ? step.targets : null;
    const items = step.type === "foreach" ? this.#items(step, known) : null;
    this.steps.push({
      ...{ path: prefix + step.id, id: step.id, name: step.name, type: step.type, list, depth, runs },
      needs: [...step.needs],
      condition: foreseen === null ? null : viewOf(pointer, step.condition, foreseen),
      does: this.#does(step, known),
      texts: this.#texts(step, known),
      targets: targets === null ? null : this.#targets.plan(targets, known),
      items: items === null ? null : items.length,
    });
    this.#inside(step, { ...place, depth: depth + 1, runs }, items);
  }

  #does(step: PlannedStep, known: Known): ForeseenView | null {
    const main = mainTextOf(step);
    if (main === null) return null;
    const { field, text, mode } = main;
    return viewOf(`${step.pointer}/${field}`, text, this.#foresight.text(text, mode, known));
  }

  /** The other texts of a step that are read when it starts. */
  #texts(step: PlannedStep, known: Known): ForeseenView[] {
    const main = mainTextOf(step)?.field;
    const others = [...placesOfStep(this.#written(step), step.pointer)].filter(({ pointer, isAfter }) => {
      const field = pointer.slice(step.pointer.length + 1);
      return !isAfter && field !== "condition" && field !== main && !field.startsWith("targets");
    });
    return others.map((place) => viewOf(place.pointer, place.text, this.#read(place, known)));
  }

  #read({ kind, text, names }: ExpressionPlace, known: Known): Foreseen {
    const here = names.length === 0 ? known : knownWithout(known, names);
    if (kind === "expression") return this.#foresight.expression(text, here);
    return this.#foresight.text(text, kind === "command" ? "command" : "text", here);
  }

  /** The step as it is written: a plan's pointers are made from its definition. */
  #written(step: PlannedStep): StepDefinition {
    let found: unknown = this.#definition;
    for (const key of step.pointer.slice(1).split("/")) found = Object(found)[key];
    return found as StepDefinition;
  }

  /** The items of a `foreach`; null when they are not known, or are none of a list. */
  #items(step: Extract<PlannedStep, { type: "foreach" }>, known: Known): unknown[] | null {
    const { items } = step;
    const value = typeof items === "string" ? this.#foresight.text(items, "text", known).value : items;
    return Array.isArray(value) ? value : null;
  }

  #inside(step: PlannedStep, place: Place, items: readonly unknown[] | null): void {
    for (const { role, steps } of plannedLists(step)) {
      const inner = { ...place, list: role, runs: this.#runsInside(step, role, place) };
      if (step.type !== "foreach" || role !== "steps") this.list(steps, inner);
      else if (items === null) {
        const known = knownWithout(place.known, [step.as, "item", "index"]);
        this.list(steps, { ...inner, known, prefix: `${place.prefix}${step.id}[…]/` });
      } else this.#each(step, steps, items, inner);
    }
  }

  #each(
    step: Extract<PlannedStep, { type: "foreach" }>,
    steps: readonly PlannedStep[],
    items: readonly unknown[],
    place: Place,
  ): void {
    items.slice(0, itemsMost).forEach((item, index) => {
      const known = knownWith(place.known, { [step.as]: item, item, index });
      this.list(steps, { ...place, known, prefix: `${place.prefix}${step.id}[${index}]/` });
    });
    if (items.length > itemsMost) this.isCut = true;
  }

  #runsInside(step: PlannedStep, role: string, { runs, known }: Place): Runs {
    if (role === "onFailure" || role === "rollback") return both(runs, "depends");
    const asked = (text: string) => runsBy(this.#foresight.expression(text, known));
    if (step.type === "if") {
      const whenTrue = asked(step.if);
      return both(runs, role === "whenTrue" ? whenTrue : otherwise(whenTrue));
    }
    const at = Number(role.slice(role.indexOf("/") + 1));
    if (step.type === "switch") {
      const before = step.cases.slice(0, role === "otherwise" ? undefined : at);
      const reached = before.map(({ when }) => otherwise(asked(when))).reduce(both, runs);
      const own = role === "otherwise" ? undefined : step.cases[at];
      return own === undefined ? reached : both(reached, asked(own.when));
    }
    if (step.type === "parallel") return both(runs, asked(step.branches[at]?.condition ?? "true"));
    return runs;
  }
}

/** An expression that has no value yet, or cannot have one, decides nothing. */
function runsBy(foreseen: Foreseen): Runs {
  if (!("value" in foreseen)) return "depends";
  return foreseen.value ? "yes" : "no";
}

function otherwise(runs: Runs): Runs {
  if (runs === "depends") return runs;
  return runs === "yes" ? "no" : "yes";
}

function both(one: Runs, other: Runs): Runs {
  if (one === "no" || other === "no") return "no";
  return one === "yes" ? other : "depends";
}

function viewOf(pointer: string, text: string, { value, dependsOn, problem }: Foreseen): ForeseenView {
  return {
    ...{ pointer, text, dependsOn, problem },
    // What expressions give is JSON.
    ...(value === undefined ? {} : { value: value as ForeseenView["value"] }),
  };
}
