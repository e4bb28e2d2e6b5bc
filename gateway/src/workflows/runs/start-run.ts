import type { InStatement } from "@libsql/client";
import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import type { Starter } from "@pulse/schema/tables";
import { checkInputs } from "@pulse/schema/workflow/inputs";
import type { Principal } from "../../http/context.ts";
import type { Ports } from "../../ports.ts";
import type { Kept } from "../advance/kept.ts";
import { emptyState } from "../advance/state.ts";
import { revisionNamed } from "../aliases/revision-named.ts";
import { type CallingRevision, requireCallKnown } from "../may-call.ts";
import { requirePermitted, requireView } from "../permissions.ts";
import { createWorkflowStore, type WorkflowRow } from "../store.ts";
import type { OpenRun } from "./open-run.ts";
import { isTaken, placeAtOnce, takenProblem, takePlace } from "./place-at-once.ts";
import { Overtaken, type RunLog } from "./run-log.ts";
import { isOutside } from "./run-statements.ts";
import { runTraceparent } from "./run-trace.ts";

const depthMost = 8;
/** Runs that one run, those that it starts, and those that they start may be together. */
const belowMost = 10_000;

/** A run to be started. */
export interface NewRun {
  /** The id that its execution gets; absent: a new one. */
  id?: string;
  project: string;
  /** A workflow's name, `name@revision` or `name@alias`. */
  workflow: string;
  /** A number or an alias; absent: what the name says, or the newest. */
  revision?: number | string | undefined;
  inputs: Record<string, unknown>;
  startedBy: Starter | null;
  /** Who asks, whom the workflow's permissions must let run it; absent: the gateway itself, or a run that has it as a step. */
  by?: Principal;
  /** The revision that has it as a step. */
  calledBy?: CallingRevision;
  /** Whose use of the gateway it counts as. */
  caller: string | null;
  trigger: {
    type: "manual" | "workflow" | "command" | "replay" | "event" | "webhook" | "schedule";
    [field: string]: unknown;
  };
  /**
   * Somebody hears at once what becomes of it: when a concurrency key with `onConflict: fail` is taken, there will be no run. Absent: it is
   * there, and has failed.
   */
  isAnswered?: boolean;
  /** How many calls of workflows and functions through the gateway led here, where no parent tells; 0. */
  calls?: number;
  /** When it is to begin, epoch milliseconds; absent, or over: now. */
  runAt?: number;
  /** The `traceparent` of whoever starts it; absent or null: it is a part of nothing. */
  traceparent?: string | null;
  /** What expressions see as `event`. */
  event?: unknown;
  /** The run and the command that ask for it. */
  parent: { id: string; key: string; depth: number } | null;
}

/**
 * Starts a run: its execution, and the first event of its log, with `first` in the same transaction. What is asked of the world is done by the engine. Throws `not_found`,
 * `validation_failed` with what is wrong with the inputs, `conflict` for a disabled workflow and `loop_detected`.
 */
export async function startRun(
  ports: Ports,
  log: RunLog,
  asked: NewRun,
  first: readonly InStatement[] = [],
): Promise<OpenRun> {
  const { parent } = asked;
  const { workflow, revision, plan } = await found(ports, log, asked);
  const depth = parent === null ? (asked.calls ?? 0) : parent.depth + 1;
  if (depth > depthMost) {
    throw new ProblemError("loop_detected", `workflows start each other at most ${depthMost} deep`);
  }
  if (parent !== null) await requireRoom(ports, parent.id);
  const { values, problems } = checkInputs(plan.inputs, asked.inputs);
  if (problems.length > 0) {
    const errors = problems.map(({ pointer, detail }) => ({ pointer: `/inputs${pointer}`, detail }));
    const [first] = errors;
    throw new ProblemError("validation_failed", `${first?.pointer}: ${first?.detail}`, { errors });
  }
  const id = asked.id ?? makeId("execution", ports.now(), ports.random(10));
  const planned = { id, name: workflow.name, workflowId: workflow.id, revision, plan, depth, inputs: values };
  return await startPlanned(ports, log, asked, planned, first);
}

/** A run that starts runs that start runs comes to an end: throws `loop_detected` when there are too many below one. */
async function requireRoom({ database }: Ports, parent: string): Promise<void> {
  const { rows } = await database.client.execute({
    sql: `SELECT count(*) AS n FROM workflow_runs WHERE root_id = (SELECT root_id FROM workflow_runs WHERE execution_id = ?)`,
    args: [parent],
  });
  if (Number(rows[0]?.n ?? 0) < belowMost) return;
  throw new ProblemError("loop_detected", `a run and those below it are at most ${belowMost}`);
}

/** A run whose plan is known. */
export interface PlannedRun extends Pick<OpenRun, "id" | "workflowId" | "revision" | "plan" | "depth"> {
  /** What its execution is called. */
  name: string;
  inputs: Record<string, unknown>;
  /** The execution that it runs again, and what it takes over from it. */
  rerun?: { of: string; kept: Kept | null };
}

/**
 * Starts a run of a plan that is on disk, or gets there by `first`, in the same transaction. Throws `Overtaken` when one of the rows is
 * taken, and `conflict` when its concurrency key is and somebody hears of it.
 */
export async function startPlanned(
  ports: Ports,
  log: RunLog,
  asked: Omit<NewRun, "workflow" | "inputs">,
  planned: PlannedRun,
  first: readonly InStatement[] = [],
): Promise<OpenRun> {
  const { id, name, workflowId, revision, plan, depth, inputs } = planned;
  const { project, parent, startedBy } = asked;
  const now = ports.now();
  const runAt = Math.max(now, asked.runAt ?? now);
  const isLater = runAt > now;
  const run: OpenRun = {
    ...{ id, project, workflow: name, workflowId, revision, depth, startedBy, plan },
    ...{ state: emptyState(), seq: 0, performed: 0, snapshotSeq: 0 },
  };
  const traceparent = runTraceparent(ports, id, asked.traceparent ?? null);
  const execution = {
    ...{ id, workflow: name, revision, startedAt: new Date(now).toISOString() },
    ...{ startedBy: startedBy?.name ?? null, parent: parent?.id ?? null },
    ...{ rerunOf: planned.rerun?.of ?? null, trigger: asked.trigger },
    ...(traceparent === null ? {} : { traceparent }),
    ...(asked.trigger.scheduledDate === undefined ? {} : { scheduledDate: asked.trigger.scheduledDate }),
  };
  const kept = planned.rerun?.kept ?? null;
  const rows: InStatement[] = [
    ...first,
    {
      sql: `INSERT INTO executions (id, project, kind, status, name, version, pool, route, mode, delivery, trigger_type, parent_id,
          caller, run_at, created_at, started_at, attempt, trigger, job)
        VALUES (?, ?, 'workflow', ?, ?, ?, '', '', 'async', 'atMostOnce', ?, ?,
          coalesce(?, (SELECT p.caller FROM executions AS p WHERE p.id = ?)), ?, ?, ?, ?, ?, '{"kind":"workflow"}')`,
      args: [
        ...[id, project, isLater ? "scheduled" : "running", name, revision, asked.trigger.type],
        ...[parent?.id ?? null, asked.caller, parent?.id ?? null, runAt, now, isLater ? null : now],
        ...[isLater ? 0 : 1, JSON.stringify(asked.trigger)],
      ],
    },
    {
      sql: `INSERT INTO workflow_runs (execution_id, project, workflow_id, revision, parent_id, parent_key, root_id, depth, seq, performed, started_by)
        VALUES (?, ?, ?, ?, ?, ?, coalesce((SELECT p.root_id FROM workflow_runs AS p WHERE p.execution_id = ?), ?), ?, 0, 0, ?)`,
      args: [
        ...[id, project, workflowId, revision, parent?.id ?? null, parent?.key ?? null],
        ...[parent?.id ?? null, id, depth],
        startedBy === null ? null : JSON.stringify(startedBy),
      ],
    },
  ];
  const event = asked.event === undefined ? {} : { event: asked.event };
  const commands = log.take(run, {
    ...{ type: "execution.started", at: now, execution, inputs, ...(isLater ? { runAt } : {}) },
    ...{ ...event, ...(kept === null ? {} : { kept }) },
  });
  const place = asked.isAnswered === true ? placeAtOnce(commands) : null;
  if (place !== null) rows.push(takePlace(run, place, now));
  try {
    const asks = commands.some(({ type }) => isOutside(type));
    await log.flush(run, { asks, isDoneBefore: false }, rows);
  } catch (error) {
    if (place === null || !isTaken(error)) throw error;
    const problem = await takenProblem(ports.database, run, place);
    if (problem !== null) throw problem;
    return await startPlanned(ports, log, asked, planned, first);
  }
  return run;
}

/** The id of the run that a command of another one has started; null: none yet. */
export async function startedChild(ports: Ports, parent: string, key: string): Promise<string | null> {
  const { rows } = await ports.database.client.execute({
    sql: "SELECT execution_id FROM workflow_runs WHERE parent_id = ? AND parent_key = ?",
    args: [parent, key],
  });
  return rows[0] === undefined ? null : String(rows[0].execution_id);
}

/** Starts a run for a command of another one, or finds the one that it has started before. */
export async function startChildRun(
  ports: Ports,
  log: RunLog,
  asked: NewRun & { parent: NonNullable<NewRun["parent"]> },
): Promise<string> {
  const { id, key } = asked.parent;
  const before = await startedChild(ports, id, key);
  if (before !== null) return before;
  try {
    return (await startRun(ports, log, asked)).id;
  } catch (error) {
    // Its place below the other one is taken: by the one that was meant.
    const other = error instanceof Overtaken ? await startedChild(ports, id, key) : null;
    if (other === null) throw error;
    return other;
  }
}

/** Throws what keeps a workflow from being started, by whoever asks: `not_found`, `forbidden`, and `conflict` for a disabled one. */
export function requireStartable(workflow: WorkflowRow, by: Principal | undefined): void {
  if (by !== undefined) {
    requireView(by, workflow);
    requirePermitted(by, "run", workflow);
  }
  const text = disabledText(workflow);
  if (text !== null) throw new ProblemError("conflict", text);
}

/** That a workflow is disabled, by whom and why; null: it is not. */
export function disabledText({ name, enabled, disabled }: WorkflowRow): string | null {
  if (enabled) return null;
  const { reason = null, by = null } = disabled ?? {};
  return `the workflow "${name}" is disabled${by === null ? "" : ` by ${by}`}${reason === null ? "" : `: ${reason}`}`;
}

async function found(ports: Ports, log: RunLog, asked: NewRun) {
  const { project, workflow: reference, revision: wanted, by, calledBy } = asked;
  const [name = "", at] = reference.split("@");
  const workflow = await createWorkflowStore(ports.database).byName(project, name);
  if (workflow === null) throw new ProblemError("not_found", `there is no workflow "${name}"`);
  requireStartable(workflow, by);
  if (calledBy !== undefined) await requireCallKnown(ports, calledBy, workflow);
  const named = wanted ?? at ?? workflow.revision;
  const revision = await revisionNamed(ports.database, workflow, named);
  const plan = await log.plan(workflow.id, revision);
  if (plan === null)
    throw new ProblemError("not_found", `the workflow "${name}" has no revision ${revision}`);
  return { workflow, revision, plan };
}
