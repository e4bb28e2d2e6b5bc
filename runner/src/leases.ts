import { ProblemError } from "@pulse/schema/problem";
import { leaseNumbers } from "@pulse/schema/wire/runner-protocol";
import { type Clock, sleep } from "./clock.ts";
import type { Link } from "./link.ts";
import type { RenewalBoard } from "./renewal/board.ts";
import type { FromThread, ToThread } from "./renewal/messages.ts";
import type { Running } from "./running.ts";

const acknowledgeAfterMs = 1000;
const threadStartsWithinMs = 1000;

/** How often to renew, and how long to go on without an answer, in milliseconds; the session's answer names them. */
export interface LeaseNumbers {
  renewEveryMs: number;
  selfFenceMs: number;
}

/** What renews beside the main thread, for one life. */
export interface RenewalThread {
  tell(message: ToThread): void;
  end(): void;
  /** Resolves when it has ended or broke. */
  over: Promise<void>;
}

/** Starts what renews what the board lists. */
export type StartRenewals = (options: {
  board: RenewalBoard;
  renewEveryMs: number;
  onMessage: (message: FromThread) => void;
  say: (line: string) => void;
}) => RenewalThread;

/**
 * Keeps the leases of what runs, in a thread with a connection of its own, so that neither a busy main thread nor a full log upload starves it:
 * renews while anything runs, and stops at-least-once work before the gateway may give it away. A lease counts from when the answered call was
 * sent, on the monotonic clock, so neither clocks nor latency matter. Both threads see when it has run out: the main thread before every call.
 */
export class Leases {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #startRenewals: StartRenewals;
  readonly #running: Running;
  readonly #board: RenewalBoard;
  readonly #say: (line: string) => void;
  readonly #onRefused: (error: unknown) => void;
  readonly #ended: AbortSignal;
  #renewEveryMs: number = leaseNumbers.renewEveryMs;
  #thread: RenewalThread | null = null;
  #stopSoon: (() => void) | null = null;
  /** A renewal was wanted before the thread had begun. */
  #isNowWanted = false;

  constructor(options: {
    link: Link;
    clock: Clock;
    startRenewals: StartRenewals;
    running: Running;
    say: (line: string) => void;
    /** The gateway refused for good: the session or the runner is over. */
    onRefused: (error: unknown) => void;
    ended: AbortSignal;
  }) {
    this.#link = options.link;
    this.#clock = options.clock;
    this.#startRenewals = options.startRenewals;
    this.#running = options.running;
    this.#board = options.running.board;
    this.#board.selfFenceMs = leaseNumbers.selfFenceMs;
    this.#say = options.say;
    this.#onRefused = options.onRefused;
    this.#ended = options.ended;
    this.#link.beforeCall = () => this.enforce();
  }

  /** A session has begun: its number, and the numbers that the gateway names. */
  begin(epoch: number, { renewEveryMs, selfFenceMs }: LeaseNumbers): void {
    this.#board.epoch = epoch;
    this.#board.selfFenceMs = selfFenceMs;
    this.#renewEveryMs = renewEveryMs;
    this.#tell({ renewEveryMs });
  }

  /** A call that was sent at this time (of the clock) was answered. */
  heard(sentAt: number): void {
    this.#board.heard(this.#board.now() - (this.#clock.now() - sentAt));
  }

  /** Renews every few seconds until the runner ends. A thread that broke is replaced. */
  async run(): Promise<void> {
    const pause = Math.min(threadStartsWithinMs, this.#renewEveryMs);
    while (!this.#ended.aborted) {
      await sleep(this.#clock, pause, this.#ended).catch(() => undefined);
      if (!this.#ended.aborted) await this.#runThread();
    }
    this.#stopSoon?.();
  }

  async #runThread(): Promise<void> {
    const thread = this.#startRenewals({
      board: this.#board,
      renewEveryMs: this.#renewEveryMs,
      onMessage: (message) => this.#follow(message),
      say: this.#say,
    });
    this.#thread = thread;
    this.#link.onToken = (token) => this.#tell({ token });
    if (this.#isNowWanted) this.#renewNow();
    const end = () => thread.end();
    this.#ended.addEventListener("abort", end, { once: true });
    await thread.over;
    this.#ended.removeEventListener("abort", end);
    this.#thread = null;
  }

  #tell(message: ToThread): void {
    this.#thread?.tell(message);
  }

  #follow({ changed, expired, refused, refusedToken }: FromThread): void {
    if (this.#ended.aborted) return;
    if (expired === true) this.enforce();
    for (const { execution, fence, status } of changed ?? []) {
      if (status === "fenced") this.#running.stop(execution, fence, "fenced");
      if (status === "cancel") this.#running.stop(execution, fence, "cancelled");
    }
    if (refusedToken !== undefined) this.#link.replaceToken(refusedToken, this.#ended);
    if (refused !== undefined) this.#onRefused(new ProblemError(refused.code, refused.detail));
  }

  /** Jobs that came with a completion's answer are named by no sync: one renewal within 1 s acknowledges all that still run. */
  acknowledgeSoon(): void {
    this.#stopSoon ??= this.#clock.after(acknowledgeAfterMs, () => {
      this.#stopSoon = null;
      this.#renewNow();
    });
  }

  #renewNow(): void {
    this.#isNowWanted = this.#thread === null;
    this.#tell({ now: true });
  }

  /** What would begin now might be somebody else's already: the answer that brought it came too late. */
  get haveRunOut(): boolean {
    return this.#board.leftMs() <= 0;
  }

  /** Stops what the lease no longer covers: after a freeze, before anything is said to the gateway. */
  enforce(): void {
    if (this.#board.leftMs() <= 0 && this.#board.isAtStake) this.#board.fence();
    if (!this.#board.isFenceDue || this.#running.stopFenced() === 0) return;
    this.#say(
      "no lease was renewed for too long: at-least-once work is stopped here, the gateway gives it on",
    );
  }
}
