import type { DeliveryEnd, DueDelivery } from "../../emitted/store.ts";
import type { CallHttp, Notify, ResolveTargets, SubmitTargets } from "../advance/commands.ts";
import type { Cause, Outcome } from "../advance/events.ts";
import type { OpenRun } from "./open-run.ts";

/** What a resolution tells a run. */
export type Resolved = Extract<Cause, { type: "targets.resolved" }>["resolution"];

/** What became of a job that was handed in: the execution that it is, why there will be none, or why there is no room for one now. */
export type Submitted = { executionId: string } | { outcome: Outcome } | { deferred: string };

/**
 * What runs need of the world around them. Everything is idempotent on the run and the key: what was asked for before is found
 * again. It throws when it cannot say, and is asked again then.
 */
export interface Outside {
  resolve(run: OpenRun, command: ResolveTargets): Promise<Resolved>;
  /** `isAgain` says that it may have been handed in before. */
  submit(
    run: OpenRun,
    command: SubmitTargets,
    target: { id: string; name: string },
    isAgain: boolean,
  ): Promise<Submitted>;
  /** Asks an execution to stop; one that has ended has. */
  cancel(project: string, executionId: string): Promise<void>;
  /** How an execution that has ended did. */
  outcome(project: string, executionId: string): Promise<Outcome>;
  /** The signal says that nobody waits for the answer any more. */
  call(run: OpenRun, command: CallHttp, signal: AbortSignal): Promise<Outcome>;
  notify(run: OpenRun, command: Notify): Promise<Outcome>;
  /** Lets an execution in by the project's quotas; what is returned says that it is in the rows. Throws `quota_exceeded`. */
  admit(project: string, executionId: string, caller: string): Promise<() => void>;
  /** Calls a function for an event that names it as a trigger; the same delivery twice is one call. */
  startFunction(delivery: DueDelivery): Promise<DeliveryEnd>;
}
