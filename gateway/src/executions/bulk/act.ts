import { ProblemError } from "@pulse/schema/problem";
import { isTerminal, liveStatuses, terminalStatuses } from "@pulse/schema/status";
import type { BulkAction, BulkAnswer } from "@pulse/schema/wire/bulk";
import type { ExecutionFilter, ExecutionView } from "@pulse/schema/wire/executions";
import type { Deps } from "../../http/context.ts";
import { projectOf, type Viewer } from "../../workflows/seen-by.ts";
import { cancelExecution } from "../cancel.ts";
import { conditionsOf } from "../find/path.ts";
import type { Answered } from "../invoke.ts";
import { listExecutions } from "../read.ts";
import type { ReplayKey } from "../replay.ts";
import { createBulkStore, type Obstacle } from "./store.ts";
import { Tally } from "./tally.ts";

/** So many are under way at a time: enough that their writes share commits, few enough that others get their turn. */
const atOnce = 16;

/** One step of an action on many executions. */
export interface Step {
  filter: ExecutionFilter;
  action: BulkAction;
  dryRun: boolean;
  limit: number;
  cursor?: string | undefined;
  /** What the whole request is known by; null: it has no name. */
  key: string | null;
  /** Throws the problem that keeps the caller from one of them; absent: nothing does. */
  check?: (execution: ExecutionView) => Promise<void>;
}

/** Runs one execution again, as the single call does. */
export type Again = (id: string, key: ReplayKey) => Promise<Answered>;

/**
 * Does one step of a bulk request: the next executions that the filter names are cancelled or run again, each as by its own call. What cannot
 * be done is counted with its reason. A problem that is of the moment (the store is down) ends the step: it may be repeated, nothing is doubled.
 */
export async function actOnMany(
  deps: Deps,
  viewer: Viewer,
  step: Step,
  again: Again,
  signal: AbortSignal,
): Promise<BulkAnswer> {
  const { action, dryRun, limit, cursor } = step;
  const saysStatus = conditionsOf(step.filter).some(({ on, not }) => on === "status" && !not);
  const status = saysStatus
    ? step.filter.status
    : [...(action === "cancel" ? liveStatuses : terminalStatuses)];
  const page = await listExecutions(deps, viewer, { ...step.filter, status, limit, cursor });
  const project = projectOf(viewer);
  const tally = new Tally();
  const one =
    action === "cancel"
      ? cancelling(deps, project, dryRun)
      : await replaying(deps, project, step, page.items, again);
  await eachOf(page.items, signal, async (execution) => {
    try {
      await step.check?.(execution);
      tally.done(execution.id, await one(execution));
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status >= 500) throw error;
      tally.skipped(execution.id, error);
    }
  });
  return { action, dryRun, ...tally.result(), nextCursor: page.nextCursor };
}

/** What is done to one of them; returns the execution that it made, if it made one. Throws the problem that keeps it from being done. */
type One = (execution: ExecutionView) => Promise<string | null>;

function cancelling(deps: Deps, project: string, dryRun: boolean): One {
  return async ({ id, kind, status }) => {
    if (!dryRun) await cancelExecution(deps, { project, name: "a bulk request" }, { id, kind });
    else if (isTerminal(status)) {
      throw new ProblemError("already_finished", `execution ${id} has ended already: ${status}`);
    }
    return null;
  };
}

const obstacles: Readonly<Record<Obstacle, readonly ["conflict" | "gone", string]>> = {
  "not a call": ["conflict", "only calls of functions and workflows can be run again"],
  "a draft": ["conflict", "a draft is no version that could run again"],
  "body not kept": ["conflict", "the request body was streamed and is not kept"],
  "body gone": ["gone", "the request body is no longer kept: the project keeps payloads for a time only"],
};

async function replaying(
  deps: Deps,
  project: string,
  { key, dryRun }: Step,
  items: readonly ExecutionView[],
  again: Again,
): Promise<One> {
  const ids = items.map(({ id }) => id);
  const looked = await createBulkStore(deps.ports.database).looked(project, ids);
  return async ({ id }) => {
    const { obstacle, bulk } = looked.get(id) ?? { obstacle: null, bulk: null };
    if (obstacle !== null) throw new ProblemError(...obstacles[obstacle]);
    // A step that is repeated finds what it made the first time, should the filter name that too.
    if (key !== null && bulk === key) throw new ProblemError("conflict", "this request made it");
    if (dryRun) return null;
    const named = key === null ? { idempotencyKey: null } : { idempotencyKey: `${key}.${id}`, bulk: key };
    return (await again(id, named)).id;
  };
}

/** Does something with each, some at once, in their order; ends early when one of them fails or the caller has left. */
async function eachOf<T>(
  items: readonly T[],
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async () => {
    for (let item = items[next++]; item !== undefined && !failed && !signal.aborted; item = items[next++]) {
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  const refused = ended.find((one) => one.status === "rejected");
  if (refused !== undefined) throw refused.reason;
  signal.throwIfAborted();
}
