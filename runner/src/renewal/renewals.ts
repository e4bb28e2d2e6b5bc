import { ProblemError } from "@pulse/schema/problem";
import { mayPass } from "../backoff.ts";
import { type Clock, machineClock } from "../clock.ts";
import type { RenewalBoard } from "./board.ts";
import type { FromThread } from "./messages.ts";
import { retryRenewalMs } from "./pace.ts";

/** How long the main thread may take to stop what the lease no longer covers, before its sandboxes are ended from here. */
const mainStopsWithinMs = 2000;

/** One connection to the gateway, for renewals alone. */
export interface RenewalLine {
  /** Renews what is listed; throws `ProblemError` (`unreachable` among its members when nobody answered), or the signal's reason. */
  renew(running: readonly object[], epoch: number, token: string, signal: AbortSignal): Promise<Leases>;
  close(): void;
}

/** The gateway's answer to a renewal. */
export interface Leases {
  leases: NonNullable<FromThread["changed"]>;
}

/**
 * Renews what the board lists, and fences it when the lease has run out. One renewal is under way at a time; one without an answer is given up
 * after 4 s with its connection, and followed by another at once, then each second: what is left of a lease after a cut is not spent on waiting.
 */
export class Renewals {
  readonly #board: RenewalBoard;
  readonly #connect: () => RenewalLine;
  readonly #timeoutMs: number;
  readonly #tell: (message: FromThread) => void;
  readonly #endSandboxes: () => void;
  readonly #clock: Clock;
  #line: RenewalLine;
  #token: string | null = null;
  #everyMs: number;
  #failures = 0;
  #isRenewing = false;
  #isAskedAgain = false;
  #stopTimer: () => void = () => undefined;
  #stopFuse: () => void = () => undefined;

  constructor(options: {
    board: RenewalBoard;
    connect: () => RenewalLine;
    everyMs: number;
    /** Of one renewal. */
    timeoutMs: number;
    tell: (message: FromThread) => void;
    endSandboxes: () => void;
    clock?: Clock;
  }) {
    this.#clock = options.clock ?? machineClock;
    this.#board = options.board;
    this.#connect = options.connect;
    this.#everyMs = options.everyMs;
    this.#timeoutMs = options.timeoutMs;
    this.#tell = options.tell;
    this.#endSandboxes = options.endSandboxes;
    this.#line = options.connect();
    this.#scheduleIn(this.#everyMs);
  }

  /** The access token from now on. What failed for want of it is renewed at once. */
  set token(token: string) {
    this.#token = token;
    if (this.#failures > 0) this.now();
  }

  set everyMs(ms: number) {
    this.#everyMs = ms;
    this.#scheduleIn(ms);
  }

  /** Renews at once; when a renewal is under way, once more after it. */
  now(): void {
    if (this.#isRenewing) this.#isAskedAgain = true;
    else void this.#renew();
  }

  #scheduleIn(ms: number): void {
    this.#stopTimer();
    if (!this.#isRenewing) this.#stopTimer = this.#clock.after(ms, () => void this.#renew());
    this.#armFuse();
  }

  /** Whatever a renewal under way is waiting for, the lease runs out on time. */
  #armFuse(): void {
    this.#stopFuse();
    const leftMs = this.#board.leftMs();
    // One that has run out is not looked at all the time: what it covered was stopped, and nothing is taken under it.
    const inMs = leftMs > 0 ? Math.max(1, Math.min(this.#everyMs, leftMs)) : this.#everyMs;
    this.#stopFuse = this.#clock.after(inMs, () => this.#checkLease());
  }

  #checkLease(): void {
    this.#armFuse();
    if (this.#board.leftMs() > 0 || !this.#board.isAtStake) return;
    this.#board.fence();
    this.#tell({ expired: true });
    this.#clock.after(mainStopsWithinMs, () => {
      // Which sandbox runs what only the main thread knows, so beside at-most-once work, which goes on, they are left to it.
      if (this.#board.isFenceDue && !this.#board.hasAtMostOnce) this.#endSandboxes();
    });
  }

  async #renew(): Promise<void> {
    this.#stopTimer();
    // After a freeze the lease is judged before anything is said to the gateway.
    this.#checkLease();
    const running = this.#board.list();
    if (running.length === 0 || this.#token === null) {
      this.#failures = 0;
      this.#scheduleIn(this.#everyMs);
      return;
    }
    this.#isRenewing = true;
    const sentAt = this.#board.now();
    const failed = await this.#once(running, this.#token, sentAt);
    this.#isRenewing = false;
    this.#failures = failed === null ? 0 : this.#failures + 1;
    const pauseMs =
      failed === null
        ? Math.max(0, sentAt + this.#everyMs - this.#board.now())
        : retryRenewalMs(this.#failures, failed.error, this.#everyMs, this.#clock.random());
    this.#scheduleIn(this.#isAskedAgain ? 0 : pauseMs);
    this.#isAskedAgain = false;
  }

  /** One renewal; null: it was answered. */
  async #once(running: readonly object[], token: string, sentAt: number): Promise<{ error: unknown } | null> {
    const line = this.#line;
    const late = new AbortController();
    const giveUp = () => late.abort(new DOMException("no answer in time", "TimeoutError"));
    const stopTimer = this.#clock.after(this.#timeoutMs, giveUp);
    try {
      const { leases } = await line.renew(running, this.#board.epoch, token, late.signal);
      const changed = leases.filter(({ status }) => status === "fenced" || status === "cancel");
      this.#board.heard(sentAt);
      if (changed.length > 0) this.#tell({ changed });
      return null;
    } catch (error) {
      this.#noteFailure(error, line, token);
      return { error };
    } finally {
      stopTimer();
    }
  }

  #noteFailure(error: unknown, line: RenewalLine, token: string): void {
    const isProblem = error instanceof ProblemError;
    if (!isProblem || error.extras.members?.unreachable === true) {
      this.#line = this.#connect();
      line.close();
    }
    if (!isProblem) return;
    if (error.code === "expired_credential") this.#tell({ refusedToken: token });
    else if (!mayPass(error)) this.#tell({ refused: { code: error.code, detail: error.message } });
  }
}
