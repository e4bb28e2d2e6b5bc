import type { CommandWork } from "@pulse/schema/wire/command";
import type { Hub } from "../../hub.ts";
import type { Ports } from "../../ports.ts";
import type { CommandJob } from "../advance/commands.ts";
import type { OpenRun } from "../runs/open-run.ts";
import type { Submitted } from "../runs/outside.ts";
import { type AskedJob, handIn } from "./hand-in.ts";

const usualTimeoutMs = 300_000;

/** Hands a command of a run in for one runner, or finds the one that was handed in before. */
export async function submitCommand(
  deps: { ports: Ports; hub: Hub },
  run: OpenRun,
  asked: AskedJob,
  job: CommandJob,
): Promise<Submitted> {
  const { shell, cwd, user, image, successCodes } = job;
  return await handIn(deps, run, asked, {
    ...{ job, capability: "commands", notTaken: "was not started for commands" },
    timeoutMs: job.timeoutMs ?? usualTimeoutMs,
    spec: { work: workOf(job), shell, cwd, user, image, successCodes, settings: variablesOf(job) },
  });
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
