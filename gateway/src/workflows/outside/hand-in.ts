import { makeId } from "@pulse/schema/ids";
import type { CommandSpec } from "@pulse/schema/wire/command";
import { commandExecution } from "../../commands/command-execution.ts";
import type { Hub } from "../../hub.ts";
import type { Ports } from "../../ports.ts";
import { createRunnerStore } from "../../runners/store.ts";
import { quotaBookOf } from "../../usage/quota-book.ts";
import type { CommandJob, HttpJob } from "../advance/commands.ts";
import { indexOf } from "../advance/plan-index.ts";
import type { OpenRun } from "../runs/open-run.ts";
import type { Submitted } from "../runs/outside.ts";
import { submissionRefused } from "../runs/perform.ts";
import { traceparentIn } from "../runs/run-trace.ts";
import { childOf } from "./child-of.ts";

const dayMs = 86_400_000;

/** Which job of a run it is, for whom, and whether it may have been handed in before. */
export interface AskedJob {
  key: string;
  step: string;
  target: { id: string; name: string };
  isAgain: boolean;
}

/** What a runner is to do; `notTaken` says in words what its runner is not for. */
export interface RunnerWork {
  job: Pick<CommandJob | HttpJob, "delivery" | "onLost">;
  capability: "commands" | "requests";
  notTaken: string;
  timeoutMs: number;
  spec: Partial<CommandSpec> & Pick<CommandSpec, "work">;
}

/** Hands work of a run in for one runner, or finds what was handed in before. */
export async function handIn(
  { ports, hub }: { ports: Ports; hub: Hub },
  run: OpenRun,
  { key, step, target, isAgain }: AskedJob,
  { job, capability, notTaken, timeoutMs, spec }: RunnerWork,
): Promise<Submitted> {
  const before = isAgain ? await childOf(ports, run.id, key, target.id) : null;
  if (before !== null) return { executionId: before };
  const runner = await createRunnerStore(ports.database).byId(target.id);
  if (runner === null) return notDone("no_runner", `the runner ${target.name} is gone`);
  if (!runner.capabilities.includes(capability)) {
    return notDone("refused_by_runner", `the runner ${target.name} ${notTaken}`);
  }
  const now = ports.now();
  const { onLost, delivery } = job;
  const id = run.state.steps.get(step)?.id;
  try {
    const execution = commandExecution({
      ...{ id: makeId("execution", now, ports.random(10)), project: run.project, pool: runner.pool },
      ...{ runner: runner.id, timeoutMs, delivery, mode: "async" },
      ...{ createdAt: now, expiresAt: now + dayMs, parentId: run.id, caller: null },
      traceparent: traceparentIn(ports, run, `${key}@${target.id}`),
      spec: {
        ...spec,
        name: (id === undefined ? step : indexOf(run.plan).step(id).name).slice(0, 200),
        // Who asks what became of a lost one is the run.
        settings: { ...spec.settings, onLost: onLost === "ask" ? "fail" : onLost },
        trigger: { type: "workflow", by: run.id, workflow: run.workflow, key, target: target.id },
      },
    });
    const idempotency = {
      ...{
        scope: `workflow:${run.id}`,
        key: `${key}@${target.id}`,
        fingerprint: key,
        expiresAt: now + dayMs,
      },
    };
    const caller = run.startedBy?.id ?? "";
    const done = await quotaBookOf({ ports, hub }).admit(run.project, execution.id, { caller, quotas: {} });
    const invoked = await hub
      .invoke(
        { execution: { ...execution, idempotency }, waitMs: 0, body: null },
        new AbortController().signal,
      )
      .finally(done);
    return { executionId: invoked.kind === "duplicate" ? invoked.id : execution.id };
  } catch (error) {
    return submissionRefused(error);
  }
}

/** A job that nobody is given, and why. */
export function notDone(code: string, message: string): Submitted {
  return { outcome: { status: "failed", error: { code, message } } };
}
