/** Lets two sandboxes at a time be created on this machine; one that a call waits for goes before one that is made ahead. */
export class CreationGate {
  readonly #most = 2;
  readonly #urgent: (() => void)[] = [];
  readonly #ahead: (() => void)[] = [];
  #running = 0;

  /** Runs `create` when it is its turn; throws the signal's reason when that comes first. */
  async run<Made>(create: () => Promise<Made>, isUrgent: boolean, signal: AbortSignal): Promise<Made> {
    await this.#turn(isUrgent ? this.#urgent : this.#ahead, signal);
    try {
      return await create();
    } finally {
      this.#running -= 1;
      (this.#urgent.shift() ?? this.#ahead.shift())?.();
    }
  }

  async #turn(queue: (() => void)[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#running < this.#most) {
      this.#running += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const go = () => {
        signal.removeEventListener("abort", leave);
        this.#running += 1;
        resolve();
      };
      const leave = () => {
        const at = queue.indexOf(go);
        if (at >= 0) queue.splice(at, 1);
        reject(signal.reason);
      };
      queue.push(go);
      signal.addEventListener("abort", leave, { once: true });
    });
  }
}
