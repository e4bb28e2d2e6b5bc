import type { Ports } from "../ports.ts";

interface Watch {
  ticket: number;
  watchers: Set<() => void>;
  stopTimer: () => void;
}

const idleMs = 60_000;

/**
 * Wakes those who follow something by its id: the log of an execution, the changes of a project. A follower asks for a ticket, reads the
 * rows, then waits for a later ticket: what arrives between the reading and the waiting is never missed. Forgotten a minute after the last use.
 */
export class TicketWatch {
  readonly #ports: Pick<Ports, "timer">;
  readonly #watches = new Map<string, Watch>();

  constructor(ports: Pick<Ports, "timer">) {
    this.#ports = ports;
  }

  isWatched(id: string): boolean {
    return this.#watches.has(id);
  }

  /** There is something new. */
  touch(id: string): void {
    const watch = this.#watches.get(id);
    if (watch === undefined) return;
    watch.ticket += 1;
    for (const wake of [...watch.watchers]) wake();
  }

  /** Resolves to the present ticket: at once when `ticket` is null or older, else at the next touch, after `waitMs`, or when the signal fires. */
  async next(id: string, ticket: number | null, waitMs: number, signal: AbortSignal): Promise<number> {
    const known = this.#watches.get(id);
    const watch = this.#use(id);
    if (known === undefined || ticket === null || ticket !== watch.ticket || signal.aborted)
      return watch.ticket;
    await new Promise<void>((resolve) => {
      const wake = () => {
        stop();
        signal.removeEventListener("abort", wake);
        watch.watchers.delete(wake);
        resolve();
      };
      const stop = this.#ports.timer(waitMs, wake);
      signal.addEventListener("abort", wake, { once: true });
      watch.watchers.add(wake);
    });
    this.#use(id);
    return watch.ticket;
  }

  /** Drops every watch; those who wait are woken. */
  stop(): void {
    for (const [id, watch] of this.#watches) {
      watch.stopTimer();
      this.#watches.delete(id);
      for (const wake of [...watch.watchers]) wake();
    }
  }

  #use(id: string): Watch {
    const watch = this.#watches.get(id) ?? { ticket: 1, watchers: new Set(), stopTimer: () => undefined };
    watch.stopTimer();
    watch.stopTimer = this.#ports.timer(idleMs, () => {
      if (watch.watchers.size === 0) this.#watches.delete(id);
      else this.#use(id);
    });
    this.#watches.set(id, watch);
    return watch;
  }
}
