import type { AttemptEnd } from "../work.ts";

/** A command that runs: how it goes on without this process. */
export interface Held {
  /** Null: it cannot, or not now. */
  leave: (() => void) | null;
}

/** The commands that run in this process, by name. */
export class HeldCommands {
  readonly #held = new Map<string, Held & { over: Promise<unknown> }>();

  /** Holds one until `run` is over. */
  hold(name: string, run: (held: Held) => Promise<AttemptEnd | null>): Promise<AttemptEnd | null> {
    const held = { leave: null, over: Promise.resolve<unknown>(null) };
    this.#held.set(name, held);
    const end = run(held);
    held.over = end.catch(() => undefined).then(() => this.#held.delete(name));
    return end;
  }

  /** Leaves one to the next process; false: it is none that could be gone on with. */
  leave(name: string): boolean {
    const held = this.#held.get(name);
    if (held === undefined || held.leave === null) return false;
    held.leave();
    return true;
  }

  /** Resolves when all are over. */
  async over(): Promise<void> {
    await Promise.all([...this.#held.values()].map(({ over }) => over));
  }
}
