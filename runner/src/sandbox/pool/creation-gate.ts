interface Queued {
  isUrgent(): boolean;
  go(): void;
}

/** Lets two sandboxes at a time be created on this machine; one that a call waits for goes before one that is made ahead. */
export class CreationGate {
  readonly #most = 2;
  readonly #queue: Queued[] = [];
  #running = 0;

  /** Runs `create` when it is its turn; throws the signal's reason when that comes first. Whether it is urgent is asked when a turn is given. */
  async run<Made>(create: () => Promise<Made>, isUrgent: () => boolean, signal: AbortSignal): Promise<Made> {
    await this.#turn(isUrgent, signal);
    try {
      return await create();
    } finally {
      this.#running -= 1;
      const urgent = this.#queue.findIndex((one) => one.isUrgent());
      this.#queue.splice(Math.max(0, urgent), 1)[0]?.go();
    }
  }

  async #turn(isUrgent: () => boolean, signal: AbortSignal): Promise<void> {
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
      const queued = { isUrgent, go };
      const leave = () => {
        const at = this.#queue.indexOf(queued);
        if (at >= 0) this.#queue.splice(at, 1);
        reject(signal.reason);
      };
      this.#queue.push(queued);
      signal.addEventListener("abort", leave, { once: true });
    });
  }
}
