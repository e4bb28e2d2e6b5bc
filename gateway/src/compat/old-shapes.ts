import type { ExecutionStatus } from "@pulse/schema/status";
import type {
  OldExecution,
  OldExecutionWhole,
  OldStatus,
  OldWorker,
  OldWorkflow,
} from "@pulse/schema/wire/compat";
import type { ExecutionView } from "@pulse/schema/wire/executions";
import type { RunnerView } from "@pulse/schema/wire/runners";
import type { RunView } from "@pulse/schema/wire/workflow-runs";
import type { WorkflowView } from "@pulse/schema/wire/workflows";

const statuses: Readonly<Record<ExecutionStatus, OldStatus>> = {
  scheduled: "running",
  queued: "running",
  offered: "running",
  running: "running",
  waiting: "waiting",
  succeeded: "completed",
  failed: "failed",
  timed_out: "failed",
  lost: "failed",
  dead: "failed",
  cancelled: "aborted",
  superseded: "aborted",
};

/** A runner as the system before told of a worker. */
export function workerOf(runner: RunnerView): OldWorker {
  const { name, status, lastSeenAt, pool, labels, version, slots, running, metrics } = runner;
  return {
    id: name,
    name,
    status: status === "online" ? "online" : "offline",
    last_heartbeat: lastSeenAt,
    metadata: { pool, labels, version, slots, running, metrics },
  };
}

/** A workflow as the system before told of one. */
export function workflowOf({
  name,
  description,
  definition,
  createdAt,
  updatedAt,
}: WorkflowView): OldWorkflow {
  return { id: name, name, description, definition, created_at: createdAt, updated_at: updatedAt };
}

/** An execution of a workflow as the system before told of one. */
export function executionOf({ id, name, status, trigger, createdAt, endedAt }: ExecutionView): OldExecution {
  return {
    id,
    workflow_id: name,
    workflow_name: name,
    status: statuses[status],
    // Without what it is: there were people only.
    started_by: typeof trigger.by === "string" ? trigger.by.replace(/^(user|key):/, "") : null,
    started_at: createdAt,
    completed_at: endedAt,
  };
}

/** The same with its steps that began, and the question that was asked first of those that wait. */
export function wholeExecutionOf(view: ExecutionView, run: RunView): OldExecutionWhole {
  const open = run.prompts.find((one) => one.status === "open");
  return {
    ...executionOf(view),
    waiting_for_input: open !== undefined,
    prompt:
      open === undefined ? null : { message: open.message, options: open.options.map((one) => one.value) },
    logs: run.steps
      .filter((step) => step.startedAt !== null || step.finishedAt !== null)
      .map(({ name, type, status, startedAt, finishedAt, error, targets }) => ({
        step: name,
        type,
        status,
        started_at: startedAt,
        completed_at: finishedAt,
        error: error?.message ?? null,
        results: targets.map(({ runner, execution, status: at, exitCode, reason }) => ({
          worker: runner,
          execution_id: execution,
          success: at === "succeeded",
          exit_code: exitCode,
          error: reason,
        })),
      })),
  };
}
