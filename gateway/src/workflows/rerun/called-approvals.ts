import type { Plan, PlannedStep } from "@pulse/schema/workflow/plan";
import type { Ports } from "../../ports.ts";
import { indexOf as placesIn } from "../advance/plan-index.ts";
import type { RunState } from "../advance/state.ts";
import { revisionOf } from "../aliases/revision-named.ts";
import type { RunLog } from "../runs/run-log.ts";
import { createWorkflowStore } from "../store.ts";
import type { EndedRun } from "./work.ts";

/** What keeps a called workflow from being taken over: the approval in it, or null where nobody can tell any more. */
export interface CalledApproval {
  /** The step that calls. */
  step: PlannedStep;
  prompt: string | null;
}

interface Called {
  workflowId: string;
  revision: number;
  /** The id of the step that asked for it, or for the one at the top above it. */
  step: string;
}

/** A prompt of which it is said who may answer it; undefined: the plan has none. */
export function approvalIn(
  plan: Plan,
  isAsked: (id: string) => boolean = () => true,
): PlannedStep | undefined {
  const index = placesIn(plan);
  const steps = [...index.ids()].map((id) => index.step(id));
  const isNamed = plan.permissions.approve !== null;
  return steps.find(
    (step) => step.type === "prompt" && (isNamed || step.approvers !== null) && isAsked(step.id),
  );
}

/**
 * Finds an approval in what kept steps have called, however deep, or would call now where they were passed over. What is only started and
 * not waited for counts for nothing.
 */
export async function calledApproval(
  ports: Ports,
  log: RunLog,
  { id, state, project }: EndedRun & { project: string },
  kept: readonly PlannedStep[],
): Promise<CalledApproval | null> {
  const calling = new Map(
    kept.flatMap((step) => (step.type === "workflow" && !step.detach ? [[step.id, step] as const] : [])),
  );
  const wanted = new Set(calling.keys());
  const found = new Set<string>();
  for (let link: { id: string; state: RunState } | null = { id, state }; link !== null && wanted.size > 0; ) {
    for (const called of await calledBy(ports, link.id)) {
      const step = calling.get(called.step);
      if (step === undefined || !wanted.has(called.step)) continue;
      found.add(step.id);
      const plan = await log.plan(called.workflowId, called.revision);
      const prompt = plan === null ? undefined : approvalIn(plan);
      if (prompt !== undefined) return { step, prompt: prompt.name };
    }
    for (const one of wanted) if (!isFromBefore(link.state, one)) wanted.delete(one);
    link = await before(log, link.state);
  }
  for (const step of calling.values()) {
    if (found.has(step.id)) continue;
    if (hasSucceeded(state, step.id)) return { step, prompt: null };
    const prompt = await approvalNow(ports, log, project, step);
    if (prompt !== undefined) return { step, prompt: prompt.name };
  }
  return null;
}

/** Runs that a run has started, with those below them. */
async function calledBy({ database }: Ports, parent: string): Promise<Called[]> {
  const { rows } = await database.client.execute({
    sql: `WITH RECURSIVE below (id, key) AS (
        SELECT execution_id, parent_key FROM workflow_runs WHERE parent_id = ?
        UNION SELECT r.execution_id, below.key FROM workflow_runs AS r JOIN below ON r.parent_id = below.id)
      SELECT r.workflow_id, r.revision, below.key FROM below JOIN workflow_runs AS r ON r.execution_id = below.id`,
    args: [parent],
  });
  return rows.map((row) => ({
    ...{ workflowId: String(row.workflow_id), revision: Number(row.revision) },
    // The path of the step, and its attempt.
    step: /([^/]+)#\d+$/.exec(String(row.key))?.[1] ?? "",
  }));
}

/** Whether a run has a step from the one that it ran again, as far as it remembers. */
function isFromBefore({ steps }: RunState, id: string): boolean {
  const known = [...steps.values()].filter((step) => step.id === id);
  return known.length === 0 || known.some((step) => step.reused === true);
}

async function before(log: RunLog, { execution }: RunState): Promise<{ id: string; state: RunState } | null> {
  return typeof execution.rerunOf === "string" ? await log.read(execution.rerunOf) : null;
}

function hasSucceeded({ steps }: RunState, id: string): boolean {
  return [...steps.values()].some((step) => step.id === id && step.status === "succeeded");
}

async function approvalNow(ports: Ports, log: RunLog, project: string, step: PlannedStep) {
  if (step.type !== "workflow") return undefined;
  const [name = "", at] = step.workflow.split("@");
  const row = await createWorkflowStore(ports.database).byName(project, name);
  if (row === null) return undefined;
  // What an alias that is gone stands for is refused when it is called.
  const revision = at === undefined ? row.revision : await revisionOf(ports.database, row.id, at);
  const plan = revision === null ? null : await log.plan(row.id, revision);
  return plan === null ? undefined : approvalIn(plan);
}
