import type { Random } from "./random.ts";

interface Event {
  at: number;
  /** Decides between events of the same time: the interleaving that this seed tries. */
  tie: number;
  callback: (() => void) | null;
}

/** Virtual time: everything that happens is an event here, and time passes only between events. */
export class Schedule {
  readonly #random: Random;
  readonly #heap: Event[] = [];
  #now = 1_760_000_000_000;
  /** How many events there have been. */
  events = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Epoch milliseconds. */
  now = (): number => this.#now;

  /** Calls back once after `ms`; returns what cancels it. */
  after = (ms: number, callback: () => void): (() => void) => {
    if (Number.isNaN(ms)) throw new Error("a timer needs a number of milliseconds");
    const event: Event = { at: this.#now + Math.max(0, ms), tie: this.#random.next(), callback };
    this.#push(event);
    return () => {
      event.callback = null;
    };
  };

  /** Lets events happen, each with all that follows from it without time, until `untilMs` (epoch) has come or `done` says so. */
  async run(untilMs: number, done: () => boolean): Promise<void> {
    await quiet();
    while (!done()) {
      const next = this.#heap[0];
      if (next === undefined || next.at > untilMs) {
        this.#now = untilMs;
        return;
      }
      this.#pop();
      if (next.callback === null) continue;
      this.#now = Math.max(this.#now, next.at);
      this.events += 1;
      next.callback();
      await quiet();
    }
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = heap[above];
      if (other === undefined || !isBefore(event, other)) break;
      heap[at] = other;
      at = above;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const left = heap[below];
      if (left === undefined) break;
      const right = heap[below + 1];
      let child = left;
      if (right !== undefined && isBefore(right, left)) {
        below += 1;
        child = right;
      }
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.tie < other.tie);
}

/** Resolves when everything that runs without time has run: every promise job is done before the loop turns. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
