/** What of a run is being done outside of its queue, by the keys of its commands. */
export class Aside {
  readonly #open = new Map<string, AbortController>();

  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  has(key: string): boolean {
    return this.#open.has(key);
  }

  /** Takes note that something begins; the signal fires when nobody waits for it any more. */
  begin(key: string): AbortSignal {
    const controller = new AbortController();
    this.#open.set(key, controller);
    return controller.signal;
  }

  /** Takes note that it has ended. */
  end(key: string): void {
    this.#open.delete(key);
  }

  /** Breaks off all that a run does not ask for any more; null: there is no run. */
  keep(asked: ReadonlyMap<string, unknown> | null): void {
    for (const [key, controller] of this.#open) if (asked?.has(key) !== true) controller.abort();
  }
}
