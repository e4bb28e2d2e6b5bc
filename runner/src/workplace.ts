import type { Job } from "@pulse/schema/wire/job";
import type { WarmOrder } from "@pulse/schema/wire/warm-order";
import type { Finished } from "./completions.ts";
import type { Workshop } from "./work.ts";

/** What runs jobs here, whatever it runs them in. */
export interface Workplace extends Pick<Workshop, "runtimes" | "preparing" | "warm" | "onChange"> {
  /** What this machine can do now. */
  readonly capabilities: readonly string[];
  /** Ends what an earlier process left running, but for what can be gone on with: that is returned, to be run or given up. */
  clear(): Promise<Job[]>;
  /** Ends what an earlier process left running and the gateway does not want any more. */
  giveUp(job: Job): Promise<void>;
  /** Leaves what runs to the next process of this runner; false: it cannot be. */
  leave(job: Job): boolean;
  /** The runner has its session. */
  joined(ended: AbortSignal): void;
  /** Runs one job to its outcome; null: it is no longer ours, or was over before it began. */
  run(job: Job, stop: AbortController): Promise<Finished | null>;
  /** Keeps these versions warm from now on, and lets go what is not among them. */
  prewarm(orders: readonly WarmOrder[]): void;
  /** Ends all that runs. */
  stop(): Promise<void>;
}
