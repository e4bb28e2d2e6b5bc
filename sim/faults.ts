import type { Random } from "./random.ts";

/** Everything that can go wrong in the simulation; each kind can be left out to see whether a failure needs it. */
export const faultKinds = [
  "gateway crash",
  "gateway restart",
  "runner crash",
  "runner drain",
  "runner freeze",
  "runner clone",
  "unsynced spool",
  "clock drift",
  "cut",
  "one-way cut",
  "drop",
  "duplicate",
  "delay",
  "database busy",
  "database unanswered",
  "database slow",
  "operator",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** How often each fault strikes in one seed. Most seeds have a few kinds only, and those in earnest. */
export class Faults {
  readonly #random: Random;
  readonly #rates = new Map<FaultKind, number>();
  /** No fault strikes any more. */
  healed = false;

  constructor(random: Random, without: ReadonlySet<FaultKind>) {
    this.#random = random;
    const density = random.pick([0.15, 0.4, 0.7]);
    for (const kind of faultKinds) {
      const isOn = random.chance(density);
      const rate = random.spread(1, 100) / 100;
      if (isOn && !without.has(kind)) this.#rates.set(kind, rate);
    }
  }

  /** The strength of a kind in this seed, 0 (never) to 1. */
  rate(kind: FaultKind): number {
    return this.healed ? 0 : (this.#rates.get(kind) ?? 0);
  }

  /** Whether a fault of this kind strikes now, at most with this probability. */
  strikes(kind: FaultKind, most: number): boolean {
    const rate = this.rate(kind);
    return rate > 0 && this.#random.chance(rate * most);
  }

  kinds(): FaultKind[] {
    return [...this.#rates.keys()];
  }
}
