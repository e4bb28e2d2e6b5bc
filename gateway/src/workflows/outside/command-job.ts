import { makeId } from "@pulse/schema/ids";
import type { CommandWork } from "@pulse/schema/wire/command";
import { commandExecution } from "../../commands/command-execution.ts";
import type { Hub } from "../../hub.ts";
import type { Ports } from "../../ports.ts";
import { createRunnerStore } from "../../runners/store.ts";
import { quotaBookOf } from "../../usage/quota-book.ts";
import type { CommandJob } from "../advance/commands.ts";
import { indexOf } from "../advance/plan-index.ts";
import type { OpenRun } from "../runs/open-run.ts";
import type { Submitted } from "../runs/outside.ts";
import { submissionRefused } from "../runs/perform.ts";
import { childOf } from "./child-of.ts";

const dayMs = 86_400_000;
const usualTimeoutMs = 300_000;

/** Hands a command of a run in for one runner, or finds the one that was handed in before. */
export async function submitCommand(
  { ports, hub }: { ports: Ports; hub: Hub },
  run: OpenRun,
  asked: { key: string; step: string; target: { id: string; name: string }; isAgain: boolean },
  job: CommandJob,
): Promise<Submitted> {
  const { key, step, target, isAgain } = asked;
  const before = isAgain ? await childOf(ports, run.id, key, target.id) : null;
  if (before !== null) return { executionId: before };
  const runner = await createRunnerStore(ports.database).byId(target.id);
  if (runner === null) return failed("no_runner", `the runner ${target.name} is gone`);
  if (!runner.capabilities.includes("commands")) {
    return failed("refused_by_runner", `the runner ${target.name} was not started for commands`);
  }
  const variables = variablesOf(job);
  const now = ports.now();
  const { onLost, shell, cwd, user, image, successCodes, delivery } = job;
  const id = run.state.steps.get(step)?.id;
  try {
    const execution = commandExecution({
      ...{ id: makeId("execution", now, ports.random(10)), project: run.project, pool: runner.pool },
      ...{ runner: runner.id, timeoutMs: job.timeoutMs ?? usualTimeoutMs, delivery, mode: "async" },
      ...{ createdAt: now, expiresAt: now + dayMs, parentId: run.id, caller: null },
      spec: {
        name: (id === undefined ? step : indexOf(run.plan).step(id).name).slice(0, 200),
        work: workOf(job),
        ...{ shell, cwd, user, image, successCodes },
        // Who asks what became of a lost one is the run.
        settings: { ...variables, onLost: onLost === "ask" ? "fail" : onLost },
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

function failed(code: string, message: string): Submitted {
  return { outcome: { status: "failed", error: { code, message } } };
}

function workOf({ command, script, commandRef, args }: CommandJob): CommandWork {
  if (commandRef !== null) {
    // What they may be is checked where the execution is made.
    return { is: "ref", name: commandRef, args: args as Extract<CommandWork, { is: "ref" }>["args"] };
  }
  return script !== null ? { is: "script", text: script } : { is: "command", text: command ?? "" };
}

type Composed = Record<string, (string | { secret: string })[]>;

/** What a command is given as variables: texts, secrets by reference, and what the runner is to make of both. */
export function variablesOf(job: Pick<CommandJob, "env" | "secrets">): {
  env: Record<string, string>;
  secrets: Record<string, string>;
  composed?: Composed;
} {
  const env: [string, string][] = [];
  const secrets = new Map<string, string>(Object.entries(job.secrets));
  const composed: [string, Composed[string]][] = [];
  const taken = new Set([...Object.keys(job.env), ...secrets.keys()]);
  const partOf = (reference: string): string => {
    let name = "";
    for (let i = 1; name === "" || taken.has(name); i++) name = `SECRET_PART_${i}`;
    taken.add(name);
    secrets.set(name, reference);
    return name;
  };
  for (const [name, value] of Object.entries(job.env)) {
    if (typeof value === "string") {
      env.push([name, value]);
      continue;
    }
    const [first, ...more] = value.$parts;
    if (more.length === 0 && typeof first === "object") secrets.set(name, first.$secret);
    else {
      const pieces = value.$parts.map((part) =>
        typeof part === "string" ? part : { secret: partOf(part.$secret) },
      );
      composed.push([name, pieces]);
    }
  }
  return {
    env: Object.fromEntries(env),
    secrets: Object.fromEntries(secrets),
    ...(composed.length === 0 ? {} : { composed: Object.fromEntries(composed) }),
  };
}
