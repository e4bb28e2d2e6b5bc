import type { Invoked } from "../hub.ts";
import type { Ports } from "../ports.ts";

interface Caller {
  settle(invoked: Invoked): void;
  /** Only the one who invoked takes a streamed response; those who joined wait for the end. */
  first: boolean;
  body: ReadableStream<Uint8Array> | null;
}

/**
 * Parked callers. Losing all of this loses no work: whoever waited asks again, and the row answers.
 */
export class WaitingRoom {
  readonly #ports: Pick<Ports, "timer">;
  readonly #callers = new Map<string, Set<Caller>>();

  constructor(ports: Pick<Ports, "timer">) {
    this.#ports = ports;
  }

  /**
   * Parks a caller until the execution settles or streams, `waitMs` pass, or the signal fires; the latter two answer `late()`.
   * `body` is the caller's request body, for a job that pipes it.
   */
  park(
    id: string,
    options: { waitMs: number; first: boolean; body: ReadableStream<Uint8Array> | null; late: () => Invoked },
    signal: AbortSignal,
  ): Promise<Invoked> {
    if (signal.aborted) return Promise.resolve(options.late());
    return new Promise((resolve) => {
      const callers = this.#callers.get(id) ?? new Set<Caller>();
      const leave = (invoked: Invoked) => {
        stopTimer();
        signal.removeEventListener("abort", onAbort);
        callers.delete(caller);
        if (callers.size === 0) this.#callers.delete(id);
        resolve(invoked);
      };
      const caller: Caller = { settle: leave, first: options.first, body: options.body };
      const onAbort = () => leave(options.late());
      const stopTimer = this.#ports.timer(options.waitMs, onAbort);
      signal.addEventListener("abort", onAbort, { once: true });
      callers.add(caller);
      this.#callers.set(id, callers);
    });
  }

  /** Whether the one who invoked still waits for the response. */
  hasFirst(id: string): boolean {
    for (const caller of this.#callers.get(id) ?? []) if (caller.first) return true;
    return false;
  }

  /** Whether anyone waits for the end. */
  has(id: string): boolean {
    return this.#callers.has(id);
  }

  /** Hands a streamed response to the one who invoked; false when nobody waits for it. */
  stream(id: string, invoked: Invoked): boolean {
    for (const caller of this.#callers.get(id) ?? []) {
      if (caller.first) {
        caller.settle(invoked);
        return true;
      }
    }
    return false;
  }

  /** Tells everyone who waits that the execution is over. */
  settle(id: string, invoked: Invoked): void {
    for (const caller of [...(this.#callers.get(id) ?? [])]) caller.settle(invoked);
  }

  /** The piped request body of the waiting caller, once; null when it was taken or the caller left. */
  takeBody(id: string): ReadableStream<Uint8Array> | null {
    for (const caller of this.#callers.get(id) ?? []) {
      if (caller.body !== null) {
        const { body } = caller;
        caller.body = null;
        return body;
      }
    }
    return null;
  }
}
