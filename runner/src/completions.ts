import { ProblemError } from "@pulse/schema/problem";
import type { Job } from "@pulse/schema/wire/job";
import { type Completion, complete } from "@pulse/schema/wire/runner-protocol";
import { mayPass } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import type { Link } from "./link.ts";

const batchMost = 64;
const batchMostChars = 8 * 2 ** 20;
const resendsMost = 3;

/** An outcome and the log lines it counts on. */
export interface Finished {
  completion: Completion;
  /** Resolves when the log, as far as it does not ride along, has been sent. */
  logsSent(): Promise<void>;
  /** Sends the log lines from `seq` on again; resolves to the last line that the gateway can have. */
  resendLogs(seq: number): Promise<number>;
}

interface Waiting extends Finished {
  resends: number;
  done(): void;
}

/** Sends outcomes: those that end in the same turn go together, none waits for an unfinished neighbour. Brings the next jobs. */
export class Completions {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #onJobs: (jobs: Job[], sentAt: number) => void;
  readonly #want: () => number;
  readonly #warn: (line: string) => void;
  #queue: Waiting[] = [];
  #scheduled = false;

  constructor(options: {
    link: Link;
    clock: Clock;
    /** The next jobs, of an answer to what was sent at `sentAt` (of the clock). */
    onJobs: (jobs: Job[], sentAt: number) => void;
    /** Free slots, not counting those of the outcomes in hand. */
    want: () => number;
    warn: (line: string) => void;
    signal: AbortSignal;
  }) {
    this.#link = options.link;
    this.#clock = options.clock;
    this.#onJobs = options.onJobs;
    this.#want = options.want;
    this.#warn = options.warn;
    this.#signal = options.signal;
  }

  /** Resolves when the gateway has the outcome, or refused it for good. */
  add(finished: Finished): Promise<void> {
    return new Promise((done) => this.#enqueue({ ...finished, resends: 0, done }));
  }

  #enqueue(one: Waiting): void {
    this.#queue.push(one);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.soon(() => {
      this.#scheduled = false;
      while (this.#queue.length > 0) void this.#send(this.#nextBatch());
    });
  }

  #nextBatch(): Waiting[] {
    let chars = 0;
    let count = 0;
    for (const { completion } of this.#queue.slice(0, batchMost)) {
      chars += sizeOf(completion);
      if (count > 0 && chars > batchMostChars) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  /** Sends a batch until the gateway answers; a batch that is refused is sent one by one, and one that is refused for itself ends as a failure. */
  async #send(batch: Waiting[]): Promise<void> {
    for (let failures = 1; ; failures++) {
      try {
        return await this.#sendOnce(batch);
      } catch (error) {
        if (this.#signal.aborted) return;
        if (mayPass(error)) {
          this.#warn(`${batch.length} outcomes not delivered yet: ${String(error)}`);
          await this.#link.pauses.after(failures, error, this.#signal);
        } else if (batch.length > 1) {
          for (const one of batch) await this.#send([one]);
          return;
        } else {
          this.#warn(`an outcome was refused: ${String(error)}`);
          for (const one of batch) this.#giveUp(one, error);
          return;
        }
      }
    }
  }

  async #sendOnce(batch: Waiting[]): Promise<void> {
    const outcomes = batch.map(({ completion }) => completion);
    // The slots of these outcomes are free once they are settled.
    const want = this.#want() + batch.length;
    const sentAt = this.#clock.now();
    const answer = await this.#link.call(complete, { body: { outcomes, want }, signal: this.#signal });
    batch.forEach((one, at) => {
      const result = answer.results[at];
      if (result?.result === "logs_missing") void this.#supply(one, result.expectedSeq ?? 1);
      else one.done();
    });
    if (answer.jobs.length > 0) this.#onJobs(answer.jobs, sentAt);
  }

  /** Sends the missing lines again; lines that nobody has any more are given up, so that the outcome can settle. */
  async #supply(one: Waiting, expectedSeq: number): Promise<void> {
    const { completion } = one;
    const lastSeq =
      one.resends < resendsMost
        ? await one.resendLogs(expectedSeq).catch(() => expectedSeq - 1)
        : expectedSeq - 1;
    const { outcome } = completion;
    if (lastSeq < outcome.logs.lastSeq)
      this.#warn(`log lines of ${completion.execution} after ${lastSeq} are lost`);
    // What rode along was refused with the rest and has been sent for itself now.
    const { logs: _sent, ...bare } = completion;
    const logs = { ...outcome.logs, lastSeq: Math.min(lastSeq, outcome.logs.lastSeq) };
    this.#enqueue({
      ...one,
      resends: one.resends + 1,
      completion: { ...bare, outcome: { ...outcome, logs } },
    });
  }

  /** The gateway takes no outcome like this one: it hears why instead, once. */
  #giveUp(one: Waiting, error: unknown): void {
    const { completion } = one;
    const known = error instanceof ProblemError;
    const about = known && (error.code === "payload_too_large" || error.code === "validation_failed");
    if (!about || completion.outcome.error?.code === "infrastructure") {
      one.done();
      return;
    }
    const message = `the gateway refused the outcome: ${error.message}`;
    const outcome = {
      ...completion.outcome,
      status: "failed" as const,
      reason: "infrastructure" as const,
      error: { code: "infrastructure", message, source: "platform" as const },
      response: null,
      built: null,
      logs: { lastSeq: 0, bytes: 0 },
    };
    const { execution, fence } = completion;
    this.#enqueue({ ...one, completion: { execution, fence, outcome } });
  }
}

function sizeOf({ outcome, logs }: Completion): number {
  const body = outcome.response?.body;
  return 2000 + (body !== undefined && "base64" in body ? body.base64.length : 0) + (logs?.gzip.length ?? 0);
}
