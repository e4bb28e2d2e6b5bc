import type { Cell } from "../sandbox.ts";

/** Freezes one cell when it has had nothing to do for a while, and thaws it for whoever needs it. A sandbox that cannot freeze leaves it awake. */
export class Frost {
  readonly #cell: Cell;
  readonly #afterMs: number;
  #timer: NodeJS.Timeout | undefined;
  #isFrozen = false;

  constructor(cell: Cell, afterMs: number) {
    this.#cell = cell;
    this.#afterMs = afterMs;
  }

  /** Whether its processes stand still, or are about to. */
  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  /** It has nothing to do from now on. */
  rest(): void {
    if (this.#cell.freeze === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isFrozen = true;
      // Where it cannot be frozen it stays awake; a thaw undoes what was begun.
      this.#cell.freeze?.().catch(() => undefined);
    }, this.#afterMs);
    this.#timer.unref();
  }

  /** Keeps it awake from now on; null: it is. Rejects when it cannot be thawed: then it is of no use. */
  wake(): Promise<void> | null {
    clearTimeout(this.#timer);
    if (!this.#isFrozen || this.#cell.thaw === undefined) return null;
    return this.#cell.thaw().then(() => {
      this.#isFrozen = false;
    });
  }

  /** It ends: nothing is frozen any more. */
  stop(): void {
    clearTimeout(this.#timer);
  }
}
