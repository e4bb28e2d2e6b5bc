import { setTimeout as sleep } from "node:timers/promises";
import { leaseNumbers } from "@pulse/schema/wire/runner-protocol";
import { mayPass } from "./backoff.ts";
import type { GatewayLink } from "./gateway.ts";
import type { Running } from "./running.ts";

const acknowledgeAfterMs = 1000;

/** How often to renew, and how long to go on without an answer, in milliseconds; the session's answer names them. */
export interface LeaseNumbers {
  renewEveryMs: number;
  selfFenceMs: number;
}

/**
 * Keeps the leases of what runs: renews while anything does, and stops at-least-once work itself before the gateway may give it away. A lease
 * counts from when the answered call was sent, on the monotonic clock, so neither clocks nor latency matter.
 */
export class Leases {
  readonly #link: GatewayLink;
  readonly #running: Running;
  readonly #say: (line: string) => void;
  readonly #onRefused: (error: unknown) => void;
  readonly #ended: AbortSignal;
  numbers: LeaseNumbers = leaseNumbers;
  #renewedAt = performance.now();
  #fuse: NodeJS.Timeout | null = null;
  #soon: NodeJS.Timeout | null = null;

  constructor(options: {
    link: GatewayLink;
    running: Running;
    say: (line: string) => void;
    /** The gateway refused for good: the session or the runner is over. */
    onRefused: (error: unknown) => void;
    ended: AbortSignal;
  }) {
    this.#link = options.link;
    this.#running = options.running;
    this.#say = options.say;
    this.#onRefused = options.onRefused;
    this.#ended = options.ended;
  }

  /** A call that was sent at this time (`performance.now()`) was answered. */
  heard(sentAt: number): void {
    this.#renewedAt = Math.max(this.#renewedAt, sentAt);
  }

  /** Renews every few seconds until the runner ends. */
  async run(): Promise<void> {
    while (!this.#ended.aborted) {
      await sleep(this.numbers.renewEveryMs, undefined, { signal: this.#ended }).catch(() => undefined);
      await this.renew();
    }
    if (this.#fuse !== null) clearTimeout(this.#fuse);
  }

  /** Jobs that came with a completion's answer are named by no sync: one renewal within 1 s acknowledges all that still run. */
  acknowledgeSoon(): void {
    if (this.#soon !== null) return;
    this.#soon = setTimeout(() => {
      this.#soon = null;
      void this.renew();
    }, acknowledgeAfterMs);
    this.#soon.unref();
  }

  /** Renews what runs now. */
  async renew(): Promise<void> {
    if (this.#running.size === 0 || this.#ended.aborted) return;
    this.#armFuse();
    const sentAt = performance.now();
    try {
      const { leases } = await this.#link.renew(this.#running.holdings());
      this.heard(sentAt);
      for (const { execution, fence, status } of leases) {
        if (status === "fenced") this.#running.stop(execution, fence, "fenced");
        if (status === "cancel") this.#running.stop(execution, fence, "cancelled");
      }
    } catch (error) {
      if (!this.#ended.aborted && !mayPass(error)) this.#onRefused(error);
    }
  }

  /** Checks when the lease would run out, however long the renewal under way takes. */
  #armFuse(): void {
    if (this.#fuse !== null) return;
    const leftMs = () => this.#renewedAt + this.numbers.selfFenceMs - performance.now();
    const check = () => {
      this.#fuse = null;
      if (this.#ended.aborted || this.#running.size === 0) return;
      if (leftMs() > 0) this.#armFuse();
      else {
        this.#say(
          "no lease was renewed for too long: at-least-once work is stopped here, the gateway gives it on",
        );
        this.#running.fence(({ delivery }) => delivery === "atLeastOnce");
      }
    };
    this.#fuse = setTimeout(check, Math.max(1, leftMs()));
    this.#fuse.unref();
  }
}
