import { ProblemError } from "@pulse/schema/problem";
import { canonicalText } from "@pulse/schema/workflow/canonical";
import type { Definition } from "@pulse/schema/workflow/definition";
import type { PlannedStep } from "@pulse/schema/workflow/plan";
import { sha256Hex } from "../../http/encoding.ts";
import type { Ports } from "../../ports.ts";
import type { Fact } from "../advance/events.ts";
import { indexOf, type PlanIndex } from "../advance/plan-index.ts";
import type { StepState, TargetState } from "../advance/state.ts";
import { runLogOf } from "../runs/run-log.ts";
import { createWorkflowStore } from "../store.ts";
import type { StepPast, TargetPast } from "./diff-runs.ts";

/** Steps that the state has forgotten, of one run; the first of them. */
const pastMost = 5000;
const pageMost = 50;
/** What is kept of the output of a step inside another one: there may be thousands. */
const outputMost = 2000;
const previewMost = 1000;

/** A run as far as it is compared. */
export interface RunPast {
  definition: Definition | null;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
  steps: Map<string, StepPast>;
  /** Whether these are all of its steps. */
  isWhole: boolean;
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
  const past = await pastOf(ports, id, index, run.state.steps);
  for (const step of past.steps) steps.set(step.path, step);
  for (const step of run.state.steps.values()) steps.set(step.path, await pastOfStep(index, step));
  return {
    // Only what `validate` let through is ever written there.
    definition: (row?.definition ?? null) as Definition | null,
    inputs: run.state.inputs,
    outputs: run.state.outputs,
    steps: inOrder(index, steps),
    isWhole: past.isWhole,
  };
}

/** Steps in the order of the definition. */
function inOrder(index: PlanIndex, steps: ReadonlyMap<string, StepPast>): Map<string, StepPast> {
  const places = new Map([...index.ids()].map((id, place) => [id, place]));
  const placeOf = (path: string) => places.get(idOf(path)) ?? 0;
  return new Map([...steps].sort(([left], [right]) => placeOf(left) - placeOf(right)));
}

/** Whether a path is that of a step of an item, or of a later attempt: the state may have forgotten it. */
export function isInside(path: string): boolean {
  return path.includes("/");
}

/** The id of the step at the end of a path. */
function idOf(path: string): string {
  return /([^/]+)$/.exec(path)?.[1] ?? path;
}

/** The steps that the state has forgotten, read page by page. */
async function pastOf(
  ports: Ports,
  id: string,
  index: PlanIndex,
  known: ReadonlyMap<string, StepState>,
): Promise<{ steps: StepPast[]; isWhole: boolean }> {
  const started = new Map<string, number>();
  const found = new Map<string, StepPast>();
  let last = 0;
  for (;;) {
    const { rows } = await ports.database.client.execute({
      sql: `SELECT seq, entry FROM workflow_events WHERE execution_id = ? AND seq > ? AND type IN ('step.started', 'step.settled')
        ORDER BY seq LIMIT ?`,
      args: [id, last, pageMost],
    });
    for (const { seq, entry } of rows) {
      last = Number(seq);
      // Written by the log of runs alone.
      const fact = JSON.parse(String(entry)) as StepFact;
      const { step: path, at } = fact;
      const planned = index.place(idOf(path))?.step;
      if (planned === undefined || known.has(path)) continue;
      if (!found.has(path) && found.size >= pastMost) {
        // Of those that had not ended by then it is not known how they did.
        const ended = [...found.values()].filter(({ status }) => status !== "running");
        return { steps: ended, isWhole: false };
      }
      if (fact.type === "step.started" && !started.has(path)) started.set(path, at);
      found.set(path, await pastOfFact(planned, fact, started.get(path)));
    }
    if (rows.length < pageMost) return { steps: [...found.values()], isWhole: true };
  }
}

type StepFact = Extract<Fact, { type: "step.started" | "step.settled" }>;

async function pastOfFact(
  { name, type }: PlannedStep,
  fact: StepFact,
  since: number | undefined,
): Promise<StepPast> {
  const { step: path, at, attempt } = fact;
  const common = { path, name, type, attempt, reused: false, targets: new Map<string, TargetPast>() };
  if (fact.type === "step.started") {
    return { ...common, status: "running", durationMs: null, error: null, output: null };
  }
  return {
    ...{ ...common, status: fact.status, error: fact.error?.message ?? null },
    durationMs: since === undefined ? null : at - since,
    output: await outputAt(path, outputOf(type, fact.output, fact.outputs)),
  };
}

async function pastOfStep(index: PlanIndex, step: StepState): Promise<StepPast> {
  const { path, id, status, attempt, startedAt, finishedAt, error, reused, output, outputs, targets } = step;
  const { name, type } = index.step(id);
  const ran = startedAt !== null && finishedAt !== null;
  return {
    ...{ path, name, type, status, attempt, reused: reused === true },
    durationMs: ran ? finishedAt - startedAt : null,
    error: error?.message ?? null,
    output: await outputAt(path, outputOf(type, output, outputs)),
    targets: new Map(Object.values(targets).map((one) => [one.name, targetOf(one)])),
  };
}

/** Of a step inside another one a long output is only its beginning, with a hash, so that two differ as they did. */
async function outputAt(path: string, output: unknown): Promise<unknown> {
  if (!isInside(path)) return output;
  const text = canonicalText(output);
  if (text.length <= outputMost) return output;
  const hash = (await sha256Hex(text)).slice(0, 16);
  return `${text.slice(0, previewMost).toWellFormed()}… (${text.length} characters, SHA-256 ${hash}…)`;
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
