import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/workflow-plan";
import type { Definition } from "@pulse/schema/workflow/definition";
import { checkInputs } from "@pulse/schema/workflow/inputs";
import { validate } from "@pulse/schema/workflow/validate";
import { bind } from "../http/bind.ts";
import type { Deps, Principal, PulseApp } from "../http/context.ts";
import { revisionNamed } from "./aliases/revision-named.ts";
import { splitReference } from "./aliases/split-reference.ts";
import { notValid } from "./define.ts";
import { readFleet } from "./outside/fleet.ts";
import { requireView } from "./permissions.ts";
import { planRun } from "./plan/plan-run.ts";
import { createWorkflowStore } from "./store.ts";

interface Source {
  workflow: string | null;
  revision: number | null;
  value: unknown;
}

/** Mounts the look at what a run would do. */
export function mountWorkflowPlans(app: PulseApp, deps: Deps): void {
  const { ports } = deps;
  const store = createWorkflowStore(ports.database);

  /** The definition that is meant: a saved one, or the one that came. Throws `not_found`. */
  async function sourceOf(
    by: Principal,
    { workflow: reference, revision: asked, definition }: SourceChoice,
  ): Promise<Source> {
    if (reference === undefined) return { workflow: null, revision: null, value: definition };
    const { name, revision: wanted } = splitReference(reference, asked);
    const workflow = await store.byName(by.project, name);
    if (workflow === null) throw new ProblemError("not_found", `there is no workflow "${name}"`);
    requireView(by, workflow);
    const revision = await revisionNamed(ports.database, workflow, wanted ?? workflow.revision);
    const found = await store.revision(workflow.id, revision);
    if (found === null) {
      throw new ProblemError("not_found", `the workflow "${name}" has no revision ${revision}`);
    }
    return { workflow: name, revision, value: found.definition };
  }

  bind(app, deps, wire.planWorkflow, async ({ principal, body }) => {
    const { project, name: startedBy } = principal;
    const { workflow, revision, value } = await sourceOf(principal, body);
    const { plan, errors, warnings } = validate(value);
    if (plan === null) throw notValid(errors, warnings);
    const { values: inputs, problems } = checkInputs(plan.inputs, body.inputs);
    const [first] = problems;
    if (first !== undefined) {
      const errors = problems.map(({ pointer, detail }) => ({ pointer: `/inputs${pointer}`, detail }));
      throw new ProblemError("validation_failed", `/inputs${first.pointer}: ${first.detail}`, { errors });
    }
    const fleet = await readFleet(deps, project);
    const planned = planRun({
      ...{ plan, inputs, workflow: workflow ?? plan.name, revision, startedBy, fleet, now: ports.now() },
      // What is in order is a definition.
      definition: value as Definition,
    });
    return { body: { workflow: workflow ?? plan.name, revision, inputs, ...planned, warnings } };
  });
}

interface SourceChoice {
  workflow?: string | undefined;
  revision?: number | string | undefined;
  definition?: Record<string, unknown> | undefined;
}
