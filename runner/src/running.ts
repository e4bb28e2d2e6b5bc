import type { Job } from "@pulse/schema/wire/job";
import type { Holding } from "@pulse/schema/wire/runner-protocol";

/** A job between its hand-out and the answer to its completion. */
export interface RunningJob {
  job: Job;
  /** Its reason: `cancelled`, `disconnected`, or `fenced` when the job is no longer ours. */
  abort: AbortController;
  /** It has ended, and its outcome is kept until the gateway has it. */
  isFinished: boolean;
}

/** The jobs that this runner holds, by execution, and what an earlier process left to deliver: what every sync and renewal lists. */
export class Running {
  readonly #jobs = new Map<string, RunningJob>();
  readonly #left = new Set<Holding>();

  get size(): number {
    return this.#jobs.size + this.#left.size;
  }

  all(): RunningJob[] {
    return [...this.#jobs.values()];
  }

  holdings(): Holding[] {
    return [...this.all().map(({ job: { execution, fence } }) => ({ execution, fence })), ...this.#left];
  }

  /** Lists what an earlier process of this runner held, until it is delivered. */
  adopt(holding: Holding): void {
    this.#left.add(holding);
  }

  /** What an earlier process held is delivered. */
  drop(holding: Holding): void {
    this.#left.delete(holding);
  }

  /** Lists only what still runs: what has ended and is not delivered is left in the spool, for the next process. */
  leaveFinished(): void {
    this.#left.clear();
    for (const one of this.all()) if (one.isFinished) this.remove(one);
  }

  /** Takes a hand-out; null when it is an old one or the one that runs. A newer fence ends what ran under the older. */
  add(job: Job): RunningJob | null {
    const known = this.#jobs.get(job.execution);
    if (known !== undefined && known.job.fence >= job.fence) return null;
    known?.abort.abort("fenced");
    const one = { job, abort: new AbortController(), isFinished: false };
    this.#jobs.set(job.execution, one);
    return one;
  }

  remove(one: RunningJob): void {
    if (this.#jobs.get(one.job.execution) === one) this.#jobs.delete(one.job.execution);
  }

  /** Stops a job if it runs under this very fence; without one, whatever its fence is. */
  stop(execution: string, fence: number | null, reason: "cancelled" | "disconnected" | "fenced"): void {
    const one = this.#jobs.get(execution);
    if (one !== undefined && (fence === null || one.job.fence === fence)) one.abort.abort(reason);
  }

  /** Stops everything that someone else may be given: at-least-once work. */
  fence(which: (job: Job) => boolean): void {
    for (const { job, abort, isFinished } of this.all()) if (!isFinished && which(job)) abort.abort("fenced");
  }

  /** Stops everything: this process ends. */
  end(): void {
    for (const { abort } of this.all()) abort.abort("fenced");
  }
}
