const burst = 60;
const refillMs = 10_000;

/** Refusals that are still written down: so many at once and then one each ten seconds. What is beyond is counted. */
export class RefusalBudget {
  #left = burst;
  #at = 0;
  #missed = 0;

  /** How many were not written down since the last one that was, for one that may be; null: not this one either. */
  take(now: number): number | null {
    this.#left = Math.min(burst, this.#left + Math.max(0, now - this.#at) / refillMs);
    this.#at = now;
    if (this.#left < 1) {
      this.#missed += 1;
      return null;
    }
    this.#left -= 1;
    const missed = this.#missed;
    this.#missed = 0;
    return missed;
  }

  /** One that was taken was not written down after all, nor those that it was to tell of; the next ones wait. */
  giveBack(missed: number): void {
    this.#missed += missed + 1;
    this.#left = 0;
  }
}

const budgets = new WeakMap<object, RefusalBudget>();

/** The budget of a gateway, by its ports. */
export function budgetOf(ports: object): RefusalBudget {
  const known = budgets.get(ports);
  if (known !== undefined) return known;
  const made = new RefusalBudget();
  budgets.set(ports, made);
  return made;
}
