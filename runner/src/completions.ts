import { ProblemError } from "@pulse/schema/problem";
import type { Job } from "@pulse/schema/wire/job";
import { type Completion, complete } from "@pulse/schema/wire/runner-protocol";
import { persist } from "./backoff.ts";
import type { GatewayLink } from "./gateway.ts";

const batchMost = 64;

interface Waiting {
  completion: Completion;
  done(): void;
}

/** Sends outcomes: those that end in the same turn go together, none waits for an unfinished neighbour. Brings the next jobs. */
export class Completions {
  readonly #link: GatewayLink;
  readonly #signal: AbortSignal;
  readonly #onJobs: (jobs: Job[]) => void;
  readonly #want: () => number;
  readonly #warn: (line: string) => void;
  #queue: Waiting[] = [];
  #scheduled = false;

  constructor(options: {
    link: GatewayLink;
    onJobs: (jobs: Job[]) => void;
    /** Free slots, counting those of the outcomes in hand. */
    want: () => number;
    warn: (line: string) => void;
    signal: AbortSignal;
  }) {
    this.#link = options.link;
    this.#onJobs = options.onJobs;
    this.#want = options.want;
    this.#warn = options.warn;
    this.#signal = options.signal;
  }

  /** Resolves when the gateway has the outcome, or refused it for good. */
  add(completion: Completion): Promise<void> {
    return new Promise((done) => {
      this.#queue.push({ completion, done });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        while (this.#queue.length > 0) void this.#send(this.#queue.splice(0, batchMost));
      });
    });
  }

  async #send(batch: Waiting[]): Promise<void> {
    try {
      const outcomes = batch.map(({ completion }) => completion);
      const send = () => {
        const want = this.#want() + batch.length;
        return this.#link.call(complete, { body: { outcomes, want }, signal: this.#signal });
      };
      const answer = await persist(
        send,
        (error) => this.#warn(`outcome not delivered yet: ${String(error)}`),
        this.#signal,
      );
      for (const { execution, result } of answer.results) {
        if (result !== "ok") this.#warn(`the outcome of ${execution} was answered "${result}"`);
      }
      for (const one of batch) one.done();
      if (answer.jobs.length > 0) this.#onJobs(answer.jobs);
    } catch (error) {
      if (batch.length > 1 && error instanceof ProblemError) {
        for (const one of batch) await this.#send([one]);
        return;
      }
      if (!this.#signal.aborted) this.#warn(`an outcome was refused: ${String(error)}`);
      for (const one of batch) one.done();
    }
  }
}
