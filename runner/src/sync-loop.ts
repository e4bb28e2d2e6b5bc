import { type SyncAnswer, type SyncRequest, sync } from "@pulse/schema/wire/runner-protocol";
import { mayPass } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import type { Link } from "./link.ts";

const answerSlackMs = 15_000;
const pokesAtMostEveryMs = 100;

/** What a sync says and what its answer changes. */
export interface SyncSource {
  request(): Omit<SyncRequest, "n">;
  /** An answer to a sync that was sent at `sentAt` (of the clock). */
  follow(answer: SyncAnswer, sentAt: number): void;
  /** Nothing is held and nothing is wanted any more. */
  done(): boolean;
  say(line: string): void;
}

/**
 * Keeps one sync parked at any time, also with no free slot: it carries jobs, cancels and commands. News is told by a newer sync, at which the
 * gateway answers the older one at once; the older is still read, for it may bring a job.
 */
export class SyncLoop {
  readonly #link: Link;
  readonly #source: SyncSource;
  readonly #ended: AbortSignal;
  readonly #clock: Clock;
  #n = 0;
  #failures = 0;
  #poke: () => void = () => undefined;
  #pokedAt = 0;
  #isPokeDue = false;

  constructor(link: Link, source: SyncSource, ended: AbortSignal, clock: Clock) {
    this.#link = link;
    this.#source = source;
    this.#ended = ended;
    this.#clock = clock;
  }

  /** What the runner would say has changed: says it with a newer sync, at most ten times a second, and while the gateway is away only when it is `urgent`. */
  poke(urgent = false): void {
    if (this.#isPokeDue || (this.#failures > 0 && !urgent)) return;
    const waitMs = Math.max(0, this.#pokedAt + pokesAtMostEveryMs - this.#clock.now());
    this.#isPokeDue = true;
    this.#clock.after(waitMs, () => {
      this.#isPokeDue = false;
      this.#pokedAt = this.#clock.now();
      this.#poke();
    });
  }

  /** Syncs until the source is done or the runner ends; throws what the gateway refused for good. */
  async run(): Promise<void> {
    const refused = Promise.withResolvers<never>();
    refused.promise.catch(() => undefined);
    while (!this.#source.done() && !this.#ended.aborted) {
      const poked = Promise.withResolvers<void>();
      this.#poke = poked.resolve;
      const sent = this.#once(poked.promise);
      sent.catch(refused.reject);
      await Promise.race([sent, poked.promise, refused.promise]);
    }
  }

  async #once(poked: Promise<void>): Promise<void> {
    const request = this.#source.request();
    const sentAt = this.#clock.now();
    try {
      const body = { ...request, n: ++this.#n };
      const mostMs = request.waitMs + answerSlackMs;
      const answer = await this.#link.call(sync, { body, signal: this.#ended, mostMs });
      this.#failures = 0;
      this.#source.follow(answer, sentAt);
    } catch (error) {
      if (this.#ended.aborted) return;
      if (!mayPass(error)) throw error;
      this.#failures += 1;
      this.#source.say(
        `the gateway does not answer: ${error instanceof Error ? error.message : String(error)}`,
      );
      await Promise.race([this.#link.pauses.after(this.#failures, error, this.#ended), poked]);
    }
  }
}
