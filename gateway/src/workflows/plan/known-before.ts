import { isSecretMark } from "@pulse/schema/workflow/input-value";
import type { Plan, PlannedStep } from "@pulse/schema/workflow/plan";
import { everyStep } from "@pulse/schema/workflow/step-lists";
import type { Foresight, Known } from "./foresight.ts";

/** What a run would be told when it starts. */
export interface Start {
  inputs: Readonly<Record<string, unknown>>;
  workflow: string | null;
  revision: number | null;
  startedBy: string;
}

const ofExecution: readonly string[] = ["workflow", "revision", "startedBy", "parent"];

/** The names that have their values before the run: inputs, variables that no step sets, and steps that will be skipped. */
export class KnownBefore implements Known {
  readonly names: Record<string, unknown>;
  /** Variables with a value. */
  readonly vars: Record<string, unknown> = {};
  readonly #secrets: ReadonlySet<string>;
  readonly #skipped = new Map<string, { status: "skipped" }>();
  readonly #hasPrompts: boolean;

  constructor(plan: Plan, { inputs, workflow, revision, startedBy }: Start, foresight: Foresight) {
    const steps = [plan.steps, plan.onFailure, plan.onSuccess, plan.finally].flatMap((list) => [
      ...everyStep(list),
    ]);
    this.#secrets = new Set(Object.keys(inputs).filter((name) => isSecretMark(inputs[name])));
    this.#hasPrompts = steps.some(({ type }) => type === "prompt");
    const execution = { workflow, revision, startedBy, parent: null };
    this.names = { inputs, execution, vars: this.vars, promptResponse: null, steps: {} };
    const changed = new Set(steps.flatMap(setBy));
    for (const [name, value] of Object.entries(plan.vars)) {
      if (changed.has(name)) continue;
      const made = typeof value === "string" ? foresight.text(value, "text", this) : null;
      if (made === null) this.vars[name] = value;
      else if ("value" in made && made.dependsOn.length === 0) this.vars[name] = asText(made.value);
    }
  }

  /** From now on this step counts as skipped. */
  skip(id: string): void {
    this.#skipped.set(id, { status: "skipped" });
    this.names.steps = Object.fromEntries(this.#skipped);
  }

  knows([root = "", name, field]: readonly string[], exact: boolean): boolean {
    if (root === "inputs") return name === undefined ? this.#secrets.size === 0 : !this.#secrets.has(name);
    if (root === "vars") return name !== undefined && Object.hasOwn(this.vars, name);
    if (root === "execution") return name !== undefined && ofExecution.includes(name);
    if (root === "promptResponse") return !this.#hasPrompts;
    return root === "steps" && exact && field === "status" && this.#skipped.has(name ?? "");
  }
}

/** What is known inside of a `foreach`, or of a runner: more names with their values. */
export function knownWith(outer: Known, more: Readonly<Record<string, unknown>>): Known {
  return {
    names: { ...outer.names, ...more },
    knows: (path, exact) => Object.hasOwn(more, path[0] ?? "") || outer.knows(path, exact),
  };
}

/** What is known inside of a `foreach` whose items are not: names that hide others of the same name. */
export function knownWithout(outer: Known, hidden: readonly string[]): Known {
  return {
    names: outer.names,
    knows: (path, exact) => !hidden.includes(path[0] ?? "") && outer.knows(path, exact),
  };
}

function setBy(step: PlannedStep): string[] {
  return step.type === "set" ? Object.keys(step.set) : [];
}

function asText(value: unknown): string {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
