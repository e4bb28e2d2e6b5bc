import { makeId } from "@pulse/schema/ids";
import type { CommandWork } from "@pulse/schema/wire/command";
import { commandExecution } from "../../commands/command-execution.ts";
import type { Hub } from "../../hub.ts";
import type { Ports } from "../../ports.ts";
import { createRunnerStore } from "../../runners/store.ts";
import type { CommandJob } from "../advance/commands.ts";
import { indexOf } from "../advance/plan-index.ts";
import type { Sealed } from "../advance/sealed.ts";
import type { OpenRun } from "../runs/open-run.ts";
import type { Submitted } from "../runs/outside.ts";
import { refusalOf } from "../runs/perform.ts";
import { childOf } from "./child-of.ts";

const dayMs = 86_400_000;
const usualTimeoutMs = 300_000;

/** Hands a command of a run in for one runner, or finds the one that was handed in before. */
export async function submitCommand(
  { ports, hub }: { ports: Ports; hub: Hub },
  run: OpenRun,
  asked: { key: string; step: string; target: { id: string; name: string } },
  job: CommandJob,
): Promise<Submitted> {
  const { key, step, target } = asked;
  const before = await childOf(ports, run.id, key, target.id);
  if (before !== null) return { executionId: before };
  const runner = await createRunnerStore(ports.database).byId(target.id);
  if (runner === null) return failed("no_runner", `the runner ${target.name} is gone`);
  if (!runner.capabilities.includes("commands")) {
    return failed("refused_by_runner", `the runner ${target.name} was not started for commands`);
  }
  const variables = variablesOf(job);
  if ("problem" in variables) return failed("secret_in_text", variables.problem);
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
    const invoked = await hub.invoke(
      { execution: { ...execution, idempotency }, waitMs: 0, body: null },
      new AbortController().signal,
    );
    return { executionId: invoked.kind === "duplicate" ? invoked.id : execution.id };
  } catch (error) {
    return { outcome: refusalOf(error) };
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

function variablesOf(
  job: CommandJob,
): { env: Record<string, string>; secrets: Record<string, string> } | { problem: string } {
  const env: [string, string][] = [];
  const secrets: [string, string][] = Object.entries(job.secrets);
  for (const [name, value] of Object.entries(job.env)) {
    const secret = secretOf(value);
    if (typeof value === "string") env.push([name, value]);
    else if (secret !== null) secrets.push([name, secret]);
    else return { problem: `the variable ${name} must be a secret alone, or have none in it` };
  }
  return { env: Object.fromEntries(env), secrets: Object.fromEntries(secrets) };
}

function secretOf(value: Sealed): string | null {
  if (typeof value === "string" || value.$parts.length !== 1) return null;
  const [part] = value.$parts;
  return typeof part === "object" ? part.$secret : null;
}
