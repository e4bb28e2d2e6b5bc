interface Queued {
  isUrgent(): boolean;
  go(): void;
}

/**
 * Lets two sandboxes at a time be created on this machine, while two more get ready by themselves: the engine makes the next container while
 * the runtime of the one before boots. One that a call waits for goes before one that is made ahead.
 */
export class CreationGate {
  readonly #most = 2;
  readonly #bootingMost = 2;
  readonly #queue: Queued[] = [];
  #running = 0;
  #booting = 0;

  /**
   * Runs `create` when it is its turn, which may call `started` when the rest is the sandbox's own work; throws the signal's reason when that
   * comes first. Whether it is urgent is asked when a turn is given.
   */
  async run<Made>(
    create: (started: () => void) => Promise<Made>,
    isUrgent: () => boolean,
    signal: AbortSignal,
  ): Promise<Made> {
    await this.#turn(isUrgent, signal);
    let isBooting = false;
    const started = () => {
      if (isBooting || this.#booting >= this.#bootingMost) return;
      isBooting = true;
      this.#booting += 1;
      this.#pass();
    };
    try {
      return await create(started);
    } finally {
      if (isBooting) this.#booting -= 1;
      else this.#pass();
    }
  }

  #pass(): void {
    this.#running -= 1;
    const urgent = this.#queue.findIndex((one) => one.isUrgent());
    this.#queue.splice(Math.max(0, urgent), 1)[0]?.go();
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
