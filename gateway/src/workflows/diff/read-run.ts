import { ProblemError } from "@pulse/schema/problem";
import type { Definition } from "@pulse/schema/workflow/definition";
import type { Ports } from "../../ports.ts";
import type { Fact } from "../advance/events.ts";
import { indexOf, type PlanIndex } from "../advance/plan-index.ts";
import type { StepState, TargetState } from "../advance/state.ts";
import { runLogOf } from "../runs/run-log.ts";
import { createWorkflowStore } from "../store.ts";
import type { StepPast, TargetPast } from "./diff-runs.ts";

/** A run as far as it is compared. */
export interface RunPast {
  definition: Definition | null;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
  steps: Map<string, StepPast>;
}

/** Reads what became of a run: its state, and from its log what the state has forgotten of iterations. Throws `not_found`. */
export async function readRun(ports: Ports, project: string, id: string): Promise<RunPast> {
  const run = await runLogOf(ports).read(id);
  if (run === null || run.project !== project) {
    throw new ProblemError("not_found", `there is no workflow's execution ${id}`);
  }
  const row = await createWorkflowStore(ports.database).revision(run.workflowId, run.revision);
  const index = indexOf(run.plan);
  const steps = new Map<string, StepPast>();
  for (const past of await pastOf(ports, id, index)) steps.set(past.path, past);
  for (const step of run.state.steps.values()) steps.set(step.path, pastOfStep(index, step));
  return {
    // Only what `validate` let through is ever written there.
    definition: (row?.definition ?? null) as Definition | null,
    inputs: run.state.inputs,
    outputs: run.state.outputs,
    steps: inOrder(index, steps),
  };
}

/** Steps in the order of the definition. */
function inOrder(index: PlanIndex, steps: ReadonlyMap<string, StepPast>): Map<string, StepPast> {
  const places = new Map([...index.ids()].map((id, place) => [id, place]));
  const placeOf = (path: string) => places.get(idOf(path)) ?? 0;
  return new Map([...steps].sort(([left], [right]) => placeOf(left) - placeOf(right)));
}

/** The id of the step at the end of a path. */
function idOf(path: string): string {
  return /([^/]+)$/.exec(path)?.[1] ?? path;
}

async function pastOf(ports: Ports, id: string, index: PlanIndex): Promise<StepPast[]> {
  const { rows } = await ports.database.client.execute({
    sql: `SELECT entry FROM workflow_events WHERE execution_id = ? AND type IN ('step.started', 'step.settled') ORDER BY seq`,
    args: [id],
  });
  const started = new Map<string, number>();
  const found = new Map<string, StepPast>();
  for (const { entry } of rows) {
    // Written by the log of runs alone.
    const fact = JSON.parse(String(entry)) as Extract<Fact, { type: "step.started" | "step.settled" }>;
    const { step: path, at, attempt } = fact;
    const planned = index.place(idOf(path))?.step;
    if (planned === undefined) continue;
    const { name, type } = planned;
    const common = { path, name, type, attempt, reused: false, targets: new Map<string, TargetPast>() };
    if (fact.type === "step.started") {
      if (!started.has(path)) started.set(path, at);
      found.set(path, { ...common, status: "running", durationMs: null, error: null, output: null });
      continue;
    }
    const since = started.get(path);
    found.set(path, {
      ...{ ...common, status: fact.status, error: fact.error?.message ?? null },
      ...{ durationMs: since === undefined ? null : at - since },
      output: outputOf(type, fact.output, fact.outputs),
    });
  }
  return [...found.values()];
}

function pastOfStep(index: PlanIndex, step: StepState): StepPast {
  const { path, id, status, attempt, startedAt, finishedAt, error, reused, output, outputs, targets } = step;
  const { name, type } = index.step(id);
  const ran = startedAt !== null && finishedAt !== null;
  return {
    ...{ path, name, type, status, attempt, reused: reused === true },
    durationMs: ran ? finishedAt - startedAt : null,
    error: error?.message ?? null,
    output: outputOf(type, output, outputs),
    targets: new Map(Object.values(targets).map((one) => [one.name, targetOf(one)])),
  };
}

function targetOf({ status, executionId, outcome }: TargetState): TargetPast {
  return {
    ...{ status, execution: executionId, exitCode: outcome?.exitCode ?? null },
    durationMs: outcome?.durationMs ?? null,
  };
}

/** What a command wrote is in its log; of other steps the value counts. */
function outputOf(type: string, output: unknown, outputs: unknown): unknown {
  const isEmpty = typeof outputs !== "object" || outputs === null || Object.keys(outputs).length === 0;
  const made = isEmpty ? {} : { outputs };
  return type === "execute" ? made : { ...made, output: output ?? null };
}
