import { ProblemError } from "@pulse/schema/problem";
import type { Ports } from "../../ports.ts";
import type { Command, StartChild, SubmitTargets } from "../advance/commands.ts";
import type { Cause, Outcome } from "../advance/events.ts";
import type { DueStore } from "./due-store.ts";
import { mayBegin } from "./may-begin.ts";
import type { OpenRun } from "./open-run.ts";
import type { Outside, Submitted } from "./outside.ts";
import type { RunLog } from "./run-log.ts";
import { traceparentIn } from "./run-trace.ts";
import { askForSlot } from "./slots-held.ts";
import { startChildRun, startedChild } from "./start-run.ts";

/** A cause whose time is that of its writing. */
export type Answer = DistributiveOmit<Cause, "at">;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** What a performer has at hand. */
export interface Stage {
  ports: Ports;
  log: RunLog;
  due: DueStore;
  outside: Outside;
  /** Tells another run something, which is not waited for. */
  tellOther(id: string, answer: Answer): void;
}

const never = new AbortController().signal;

/** Whether a command may take long, so that nothing of its run waits for it. */
export function takesLong({ type }: Command): boolean {
  return type === "callHttp" || type === "notify";
}

/**
 * Does what a run asks of the world, and returns what the world said. Doing it again is as doing it once; `isAgain` says that it
 * may have been done before, so that what came of that is looked for first. Where it takes long, `signal` breaks it off.
 */
export async function perform(
  stage: Stage,
  run: OpenRun,
  command: Command,
  isAgain: boolean,
  signal: AbortSignal = never,
): Promise<Answer[]> {
  const { outside } = stage;
  switch (command.type) {
    case "resolveTargets": {
      const resolution = await outside.resolve(run, command);
      return [{ type: "targets.resolved", key: command.key, resolution }];
    }
    case "submitTargets":
      return await submitTargets(stage, run, command, isAgain);
    case "startChild":
      return await startChild(stage, run, command);
    case "callHttp":
      return [{ type: "call.settled", key: command.key, outcome: await outside.call(run, command, signal) }];
    case "notify":
      return [{ type: "call.settled", key: command.key, outcome: await outside.notify(run, command) }];
    case "cancelTargets": {
      const children = await stage.due.children(run.id, command.key);
      for (const target of command.targets) {
        const id = children.get(target);
        if (id !== undefined) await outside.cancel(run.project, id);
      }
      return [];
    }
    case "cancelChild": {
      const id = await startedChild(stage.ports, run.id, command.key);
      if (id !== null)
        stage.tellOther(id, { type: "cancel.requested", by: run.workflow, word: `${run.id}/${command.key}` });
      return [];
    }
    case "begin":
      return [await mayBegin(stage.ports.database, run, command.key)];
    case "acquire":
      return await askForSlot(stage, run, command);
    default:
      return [];
  }
}

async function submitTargets(
  stage: Stage,
  run: OpenRun,
  command: SubmitTargets,
  isAgain: boolean,
): Promise<Answer[]> {
  const { key } = command;
  const known = isAgain ? await stage.due.children(run.id, key) : new Map<string, string>();
  const answers: Answer[] = [];
  for (const target of command.targets) {
    if (known.has(target.id)) continue;
    const submitted = await stage.outside.submit(run, command, target, isAgain);
    if ("executionId" in submitted) {
      answers.push({ type: "target.submitted", key, target: target.id, executionId: submitted.executionId });
    } else if ("deferred" in submitted) {
      answers.push({ type: "target.deferred", key, target: target.id, why: submitted.deferred });
    } else answers.push({ type: "target.settled", key, target: target.id, outcome: submitted.outcome });
  }
  return answers;
}

async function startChild(stage: Stage, run: OpenRun, command: StartChild): Promise<Answer[]> {
  const { key, workflow, inputs } = command;
  try {
    const executionId = await startChildRun(stage.ports, stage.log, {
      ...{ project: run.project, workflow, inputs, startedBy: run.startedBy, caller: null },
      trigger: { type: "workflow", by: run.id, workflow: run.workflow, key },
      parent: { id: run.id, key, depth: run.depth },
      calledBy: { workflowId: run.workflowId, revision: run.revision },
      traceparent: traceparentIn(stage.ports, run, command.step),
    });
    return [{ type: "child.started", key, executionId }];
  } catch (error) {
    return [{ type: "child.settled", key, outcome: refusalOf(error) }];
  }
}

/** What becomes of a job that was refused: where as much runs at once as may, it is handed in again. Throws what may go well another time. */
export function submissionRefused(error: unknown): Submitted {
  const isFull =
    error instanceof ProblemError &&
    error.code === "quota_exceeded" &&
    error.extras.members?.quota === "concurrentExecutions";
  return isFull ? { deferred: error.message } : { outcome: refusalOf(error) };
}

/** The end of what was refused for good; throws what may go well another time. */
export function refusalOf(error: unknown): Outcome {
  const isFinal =
    error instanceof ProblemError &&
    error.status < 500 &&
    error.code !== "rate_limited" &&
    error.code !== "over_capacity";
  if (isFinal || (error instanceof ProblemError && error.code === "loop_detected")) {
    return { status: "failed", error: { code: error.code, message: error.message } };
  }
  throw error;
}
