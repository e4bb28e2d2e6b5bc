import type { InStatement } from "@libsql/client";
import { ProblemError } from "@pulse/schema/problem";
import { canonicalText } from "@pulse/schema/workflow/canonical";
import { checkInputs } from "@pulse/schema/workflow/inputs";
import type { Plan } from "@pulse/schema/workflow/plan";
import { actorOf } from "../../http/actor.ts";
import type { Principal } from "../../http/context.ts";
import { sha256Hex } from "../../http/encoding.ts";
import { requireMay } from "../../http/require-may.ts";
import type { Ports } from "../../ports.ts";
import { revisionNamed } from "../aliases/revision-named.ts";
import type { OpenRun } from "../runs/open-run.ts";
import type { RunLog } from "../runs/run-log.ts";
import { type Admit, startOnce } from "../runs/start-once.ts";
import { requireStartable, startPlanned } from "../runs/start-run.ts";
import { createWorkflowStore } from "../store.ts";
import { requireNoApprovals } from "./approvals.ts";
import { type Again, keepFrom } from "./keep.ts";
import { copyOwnDefinition, isDirect } from "./own-definition.ts";

/** How a run is to be run again; without anything as it was, from its start. */
export interface RerunAsked extends Again {
  /** A revision, an alias, or `latest`; absent: the one that it had. */
  version?: number | string | undefined;
  /** Other inputs; absent: those that it had. */
  input?: unknown;
}

/** What a rerun is known by: asked for again under the same key it is the same one. And how it came here. */
export interface RerunKey {
  idempotencyKey: string | null;
  bulk?: string;
  /** How many calls through the gateway led here; 0. */
  calls?: number;
}

/**
 * Runs a workflow's execution again as a new one: all of it, from a step on, or only what failed. Throws `not_found`, `conflict` for one
 * that is still running and for what cannot be begun with, `validation_failed` for a step that there is not and for inputs.
 */
export async function rerun(
  ports: Ports,
  log: RunLog,
  principal: Principal,
  id: string,
  asked: RerunAsked,
  { idempotencyKey, bulk, calls = 0 }: RerunKey,
  admit?: Admit,
): Promise<{ id: string; isRepeated: boolean }> {
  const { project, kind, id: caller, name, userId } = principal;
  const run = await log.read(id);
  if (run === null || run.project !== project) {
    throw new ProblemError("not_found", `there is no workflow's execution ${id}`);
  }
  const { revision, workflowId, plan } = await definitionFor(ports, log, principal, run, asked.version);
  const fingerprint = await sha256Hex(new TextEncoder().encode(canonicalText({ id, ...asked })));
  const key = { project, scope: `rerun:${caller}`, key: idempotencyKey };
  const { fromStep, onlyFailed } = asked;
  const how = {
    ...(fromStep === undefined ? {} : { fromStep }),
    ...(onlyFailed ? { onlyFailed } : {}),
    ...(bulk === undefined ? {} : { bulk }),
  };
  const start = async (newId: string, rows: InStatement[]) => {
    if (run.state.phase !== "ended") {
      throw new ProblemError("conflict", `execution ${id} is still ${run.state.status}`, {
        hint: "Cancel it, or wait for its end.",
      });
    }
    const inputs = inputsFor(run, plan, asked.input);
    const isOther = plan !== run.plan || canonicalText(inputs) !== canonicalText(run.state.inputs);
    const kept = keepFrom(run, plan, { fromStep, onlyFailed });
    if (kept !== null && isOther) await requireNoApprovals(ports, log, run, plan, kept);
    const isOwn = isDirect(run);
    await startPlanned(
      ports,
      log,
      {
        ...{ project, caller, parent: null, startedBy: { kind, id: caller, name, userId } },
        ...{ trigger: { type: "replay", of: id, by: actorOf(principal), ...how }, isAnswered: true },
        ...(run.state.event === null ? {} : { event: run.state.event }),
      },
      {
        ...{ id: newId, name: run.workflow, revision, plan, depth: calls },
        ...{ workflowId: isOwn ? newId : workflowId, inputs, rerun: { of: id, kept } },
      },
      isOwn ? [...rows, copyOwnDefinition(run, newId, ports.now())] : rows,
    );
  };
  return await startOnce(ports, key, fingerprint, start, admit);
}

interface Found {
  workflowId: string;
  revision: number;
  plan: Plan;
}

/** The definition that the new run has; throws what keeps the caller from it. */
async function definitionFor(
  ports: Ports,
  log: RunLog,
  principal: Principal,
  run: OpenRun,
  version: RerunAsked["version"],
): Promise<Found> {
  const { project } = principal;
  const { workflow: name, workflowId, revision, plan } = run;
  if (isDirect(run)) {
    if (version !== undefined && String(version) !== "1") {
      throw new ProblemError("not_found", "a direct command has no other revision");
    }
    // As when it was sent: the right to start a workflow is not the right to any words.
    const isFree = plan.steps.some((step) => step.type === "execute" && step.commandRef === null);
    requireMay(principal, isFree ? "deploy" : "execute", { project });
    return { workflowId, revision, plan };
  }
  const row = await createWorkflowStore(ports.database).byName(project, name);
  if (row === null || (row.id !== workflowId && version === undefined)) {
    throw new ProblemError("conflict", `the workflow "${name}" was deleted since`, {
      hint:
        row === null ? "Save it again to run it." : 'Run it on the definition of now: "version": "latest".',
    });
  }
  requireStartable(row, principal);
  const isLatest = version === "latest";
  const named = isLatest ? row.revision : (version ?? revision);
  const wanted = await revisionNamed(ports.database, row, named);
  const found = row.id === workflowId && wanted === revision ? plan : await log.plan(row.id, wanted);
  if (found === null) throw new ProblemError("not_found", `the workflow "${name}" has no revision ${wanted}`);
  return { workflowId: row.id, revision: wanted, plan: found };
}

function inputsFor(run: OpenRun, plan: Plan, input: unknown): Record<string, unknown> {
  const isObject = typeof input === "object" && input !== null && !Array.isArray(input);
  if (input !== undefined && !isObject) {
    const errors = [{ pointer: "/input", detail: "must be an object: the inputs by their names" }];
    throw new ProblemError("validation_failed", `/input: ${errors[0]?.detail}`, { errors });
  }
  if (input === undefined && plan === run.plan) return run.state.inputs;
  const given = isObject ? Object.fromEntries(Object.entries(input)) : run.state.inputs;
  const { values, problems } = checkInputs(plan.inputs, given);
  const errors = problems.map(({ pointer, detail }) => ({ pointer: `/input${pointer}`, detail }));
  const [first] = errors;
  if (first !== undefined) {
    throw new ProblemError("validation_failed", `${first.pointer}: ${first.detail}`, { errors });
  }
  return values;
}
