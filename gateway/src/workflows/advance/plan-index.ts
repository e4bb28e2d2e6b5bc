import { type ParsedExpression, parseExpression } from "@pulse/schema/expression/parse-expression";
import {
  type ParsedTemplate,
  parseTemplate,
  type TemplateMode,
} from "@pulse/schema/expression/parse-template";
import { type Reference, referencesOf } from "@pulse/schema/expression/references";
import type { Plan, PlannedStep } from "@pulse/schema/workflow/plan";
import { plannedLists } from "@pulse/schema/workflow/step-lists";

/** A list of steps of a plan, and who in it waits for whom. */
export interface PlannedList {
  steps: readonly PlannedStep[];
  /** The steps that need a step, by its id. */
  dependants: ReadonlyMap<string, readonly string[]>;
}

/** Where a step stands: the step around it ("" for none) and which of its lists. */
export interface Place {
  step: PlannedStep;
  ownerId: string;
  role: string;
}

/** A plan for quick looking up, with every expression in it parsed at most once. */
export class PlanIndex {
  readonly plan: Plan;
  readonly #places = new Map<string, Place>();
  readonly #lists = new Map<string, PlannedList>();
  readonly #ancestors = new Map<string, ReadonlySet<string>>();
  readonly #expressions = new Map<string, { read: ParsedExpression; references: Reference[] }>();
  readonly #templates = new Map<string, ParsedTemplate>();

  constructor(plan: Plan) {
    this.plan = plan;
    for (const role of ["steps", "onFailure", "onSuccess", "finally"] as const)
      this.#add("", role, plan[role]);
  }

  #add(ownerId: string, role: string, steps: readonly PlannedStep[]): void {
    const dependants = new Map<string, string[]>();
    for (const step of steps) {
      this.#places.set(step.id, { step, ownerId, role });
      for (const need of step.needs) {
        const known = dependants.get(need);
        if (known === undefined) dependants.set(need, [step.id]);
        else known.push(step.id);
      }
      for (const inner of plannedLists(step)) this.#add(step.id, inner.role, inner.steps);
    }
    this.#lists.set(`${ownerId}:${role}`, { steps, dependants });
  }

  /** The ids of all steps. */
  ids(): IterableIterator<string> {
    return this.#places.keys();
  }

  place(id: string): Place | undefined {
    return this.#places.get(id);
  }

  /** The step of an id that comes from the state; throws for any other, for then state and plan do not belong together. */
  step(id: string): PlannedStep {
    const place = this.#places.get(id);
    if (place === undefined) throw new Error(`the plan has no step ${id}`);
    return place.step;
  }

  /** A list of a step, or of the workflow itself for ""; empty when there is none. */
  list(ownerId: string, role: string): PlannedList {
    return this.#lists.get(`${ownerId}:${role}`) ?? { steps: [], dependants: new Map() };
  }

  /** The ids of the steps of the same list that end before this one starts. */
  ancestors(id: string): ReadonlySet<string> {
    const known = this.#ancestors.get(id);
    if (known !== undefined) return known;
    const found = new Set<string>();
    const pending = [...(this.#places.get(id)?.step.needs ?? [])];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (found.has(next)) continue;
      found.add(next);
      pending.push(...(this.#places.get(next)?.step.needs ?? []));
    }
    this.#ancestors.set(id, found);
    return found;
  }

  /** An expression, parsed, with what it reads. */
  expression(text: string): { read: ParsedExpression; references: Reference[] } {
    const known = this.#expressions.get(text);
    if (known !== undefined) return known;
    const read = parseExpression(text);
    const references = read.ok ? referencesOf(read.expression).references : [];
    const made = { read, references };
    this.#expressions.set(text, made);
    return made;
  }

  /** A text with templates, parsed. */
  template(text: string, mode: TemplateMode): ParsedTemplate {
    const key = `${mode}:${text}`;
    const known = this.#templates.get(key);
    if (known !== undefined) return known;
    const made = parseTemplate(text, { mode });
    this.#templates.set(key, made);
    return made;
  }
}

const indexes = new WeakMap<Plan, PlanIndex>();

/** The index of a plan; made once for each plan object, which is not to be changed afterwards. */
export function indexOf(plan: Plan): PlanIndex {
  const known = indexes.get(plan);
  if (known !== undefined) return known;
  const made = new PlanIndex(plan);
  indexes.set(plan, made);
  return made;
}
