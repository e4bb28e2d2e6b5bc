import type { Job } from "@pulse/schema/wire/job";
import type { Holding } from "@pulse/schema/wire/runner-protocol";
import { RenewalBoard } from "./renewal/board.ts";

/** A job between its hand-out and the answer to its completion. */
export interface RunningJob {
  job: Job;
  /** Its reason: `cancelled`, `disconnected`, or `fenced` when the job is no longer ours. */
  abort: AbortController;
  /** It has ended, and its outcome is kept until the gateway has it. */
  isFinished: boolean;
  /** It is stopped here, to be released when it is over. */
  isGivenBack: boolean;
  /** It goes on without this process, for the next one to go on with. */
  isLeft: boolean;
  /** Where the renewal thread finds it. */
  slot: number;
}

/** The jobs that this runner holds, by execution, and what an earlier process left to deliver: what every sync and renewal lists. */
export class Running {
  /** The same for the renewal thread. */
  readonly board: RenewalBoard;
  readonly #jobs = new Map<string, RunningJob>();
  readonly #left = new Map<Holding, number>();

  constructor(board = new RenewalBoard()) {
    this.board = board;
  }

  get size(): number {
    return this.#jobs.size + this.#left.size;
  }

  all(): RunningJob[] {
    return [...this.#jobs.values()];
  }

  /** What is held of an execution. */
  get(execution: string): RunningJob | undefined {
    return this.#jobs.get(execution);
  }

  holdings(): Holding[] {
    const own = this.all().map(({ job: { execution, fence } }) => ({ execution, fence }));
    return [...own, ...this.#left.keys()];
  }

  /** Lists what an earlier process of this runner held, until it is delivered. */
  adopt(holding: Holding): void {
    const slot = this.board.put(holding, false);
    this.board.keep(slot);
    this.#left.set(holding, slot);
  }

  /** What an earlier process held is delivered. */
  drop(holding: Holding): void {
    this.board.clear(this.#left.get(holding) ?? -1);
    this.#left.delete(holding);
  }

  /** Lists only what still runs: what has ended and is not delivered is left in the spool, for the next process. */
  leaveFinished(): void {
    for (const holding of this.#left.keys()) this.drop(holding);
    for (const one of this.all()) if (one.isFinished) this.remove(one);
  }

  /** Takes a hand-out; null when it is an old one or the one that runs. A newer fence ends what ran under the older. */
  add(job: Job): RunningJob | null {
    const known = this.#jobs.get(job.execution);
    if (known !== undefined && known.job.fence >= job.fence) return null;
    if (known !== undefined) {
      known.abort.abort("fenced");
      this.remove(known);
    }
    const slot = this.board.put(job, job.delivery === "atMostOnce");
    const one = {
      job,
      abort: new AbortController(),
      isFinished: false,
      isGivenBack: false,
      isLeft: false,
      slot,
    };
    this.#jobs.set(job.execution, one);
    return one;
  }

  /** It has ended: from now on only its outcome is held, which nobody stops. */
  finish(one: RunningJob): void {
    one.isFinished = true;
    if (this.#jobs.get(one.job.execution) === one) this.board.keep(one.slot);
  }

  remove(one: RunningJob): void {
    if (this.#jobs.get(one.job.execution) !== one) return;
    this.#jobs.delete(one.job.execution);
    this.board.clear(one.slot);
  }

  /** Stops a job if it runs under this very fence; without one, whatever its fence is. */
  stop(execution: string, fence: number | null, reason: "cancelled" | "disconnected" | "fenced"): void {
    const one = this.#jobs.get(execution);
    if (one !== undefined && (fence === null || one.job.fence === fence)) one.abort.abort(reason);
  }

  /** Stops what someone else may be given because the lease has run out: at-least-once work that has not ended. Tells how much that was. */
  stopFenced(): number {
    this.board.noteFenced();
    const isOver = ({ slot, abort }: RunningJob) =>
      this.board.isFenced(slot) && abort.signal.reason !== "fenced";
    const over = this.all().filter(isOver);
    for (const { abort } of over) abort.abort("fenced");
    return over.length;
  }

  /** Stops everything: this process ends. */
  end(): void {
    for (const { abort } of this.all()) abort.abort("fenced");
  }
}
