import type { Clock } from "./clock.ts";

/** A clock for tests: time passes only by `advance`, and chance is what was set. */
export class FakeClock implements Clock {
  /** What `random` answers. */
  chance = 0.5;
  #now: number;
  #monotonic = 0;
  #timers: { at: number; callback: () => void }[] = [];

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  random(): number {
    return this.chance;
  }

  timer(ms: number, callback: () => void): () => void {
    const timer = { at: this.#monotonic + Math.max(0, ms), callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  /** Timers that have not fired. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Lets time pass: timers fire in their order, those that they set as well. */
  advance(ms: number): void {
    const until = this.#monotonic + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#move(next.at - this.#monotonic);
      next.callback();
    }
    this.#move(until - this.#monotonic);
  }

  /** Sets the wall clock alone, as a correction of the machine's time does. */
  skew(ms: number): void {
    this.#now += ms;
  }

  #move(ms: number): void {
    this.#now += ms;
    this.#monotonic += ms;
  }
}
