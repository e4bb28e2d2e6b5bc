import { ProblemError } from "@pulse/schema/problem";
import { pauseMs } from "./backoff.ts";
import { type Clock, machineClock, sleep } from "./clock.ts";

/** Pauses before calls are tried again. Those of calls that found the gateway out of reach end as soon as any other call is answered. */
export class Pauses {
  #answered = new AbortController();
  #isWaitedFor = false;
  readonly #clock: Clock;

  constructor(clock: Clock = machineClock) {
    this.#clock = clock;
  }

  /** Waits after this many failures; never rejects, not at the signal either. */
  async after(failures: number, error: unknown, signal: AbortSignal): Promise<void> {
    const cut = isOutOfReach(error);
    this.#isWaitedFor ||= cut;
    const until = cut ? AbortSignal.any([signal, this.#answered.signal]) : signal;
    const pause = sleep(this.#clock, pauseMs(failures, error, this.#clock.random()), until);
    await pause.catch(() => undefined);
  }

  /** The gateway answered a call. */
  answered(): void {
    if (!this.#isWaitedFor) return;
    this.#isWaitedFor = false;
    this.#answered.abort();
    this.#answered = new AbortController();
  }
}

function isOutOfReach(error: unknown): boolean {
  if (error instanceof ProblemError) return error.extras.members?.unreachable === true;
  return error instanceof DOMException && error.name === "TimeoutError";
}
