import type { RunView, StepView } from "@pulse/schema/wire/workflow-runs";
import type { Deps } from "../../http/context.ts";
import { indexOf } from "../advance/plan-index.ts";
import type { StepState } from "../advance/state.ts";
import type { OpenRun } from "./open-run.ts";
import { promptsOf, promptViewOf } from "./prompts-store.ts";
import { runLogOf } from "./run-log.ts";

const timeOrNull = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

/** What a run shows of itself; null when the execution is none of a workflow. */
export async function runViewOf(
  { ports, config }: Pick<Deps, "ports" | "config">,
  project: string,
  id: string,
): Promise<RunView | null> {
  const run = await runLogOf(ports).read(id);
  if (run === null || run.project !== project) return null;
  const { workflow, revision, state } = run;
  return {
    ...{ workflow, revision, phase: state.phase },
    rerunOf: typeof state.execution.rerunOf === "string" ? state.execution.rerunOf : null,
    // They came as JSON, or are made of it.
    inputs: state.inputs as RunView["inputs"],
    outputs: state.outputs as RunView["outputs"],
    steps: [...state.steps.values()].map((step) => stepOf(run, step)),
    prompts: (await promptsOf(ports.database, project, id)).map((row) => promptViewOf(row, config.publicUrl)),
  };
}

function stepOf({ plan }: OpenRun, step: StepState): StepView {
  const { path, id, status, attempt, startedAt, finishedAt, error, targets } = step;
  const { name, type } = indexOf(plan).step(id);
  return {
    ...{ path, id, name, type, status, attempt },
    error: error === null ? null : { ...error },
    startedAt: timeOrNull(startedAt),
    finishedAt: timeOrNull(finishedAt),
    reused: step.reused === true,
    targets: Object.values(targets).map((target) => ({
      runner: target.name,
      execution: target.executionId,
      status: target.status,
      reason: target.reason ?? target.outcome?.error?.message ?? target.room?.why ?? null,
      exitCode: target.outcome?.exitCode ?? null,
      durationMs: target.outcome?.durationMs ?? null,
      reused: target.reused === true,
    })),
  };
}
