interface Waiter<Result> {
  resolve(result: Result): void;
}

/** One load that several calls wait for; `signal` aborts when none of them waits any more, unless it is made ahead for whoever will come. */
export class SharedLoad<Result> {
  readonly #isAhead: boolean;
  readonly #waiters = new Set<Waiter<Result>>();
  readonly #abandoned = new AbortController();

  constructor(isAhead = false) {
    this.#isAhead = isAhead;
  }

  get signal(): AbortSignal {
    return this.#abandoned.signal;
  }

  /** How many calls wait. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** Whether it goes on, so that a call may join it. */
  get isWanted(): boolean {
    return this.#isAhead || this.#waiters.size > 0;
  }

  /** Waits for the load; throws its error, or the signal's reason when that comes first. */
  join(signal: AbortSignal): Promise<Result> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const waiter = {
      resolve: (result: Result) => {
        signal.removeEventListener("abort", leave);
        resolve(result);
      },
    };
    const leave = () => {
      if (!this.#waiters.delete(waiter)) return;
      reject(signal.reason);
      if (!this.isWanted) this.#abandoned.abort(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
    this.#waiters.add(waiter);
    return promise;
  }

  /** Ends it for nobody is there any more whom it could serve. */
  abandon(reason: Error): void {
    this.#abandoned.abort(reason);
  }

  /** Hands each waiter what `make` answers for it. */
  settle(make: () => Result): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const waiter of waiters) waiter.resolve(make());
  }
}
