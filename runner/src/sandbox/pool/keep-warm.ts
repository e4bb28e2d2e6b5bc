import type { Taken, Version } from "./warm-cell.ts";
import type { WarmPool } from "./warm-pool.ts";

const firstRetryMs = 5000;
const longestRetryMs = 300_000;
const noRoomRetryMs = 30_000;
/** How long the version of before stays while the new one does not get warm. */
const handOverMs = 120_000;
/** Versions are loaded ahead so many at a time. */
const loadsMost = 2;

/** So many warm cells of a version, for a function. */
export interface KeepOrder {
  function: string;
  version: Version;
  count: number;
  /** Hides the version's secrets in a text. */
  mask?(text: string): string;
}

interface Standing {
  order: KeepOrder;
  /** It has not been as warm as it should yet. */
  isNew: boolean;
  failures: number;
  retry: NodeJS.Timeout | null;
}

/** Keeps versions warm ahead of calls. When a function's version changes, the one of before stays until the new one is warm, two minutes at the most. */
export class KeepWarm {
  readonly #pool: WarmPool;
  readonly #say: (line: string) => void;
  readonly #standing = new Map<string, Standing>();
  /** Versions of before, by function. */
  readonly #leaving = new Map<string, { key: string; timer: NodeJS.Timeout }>();
  #loading = 0;
  #isStopped = false;

  constructor(pool: WarmPool, say: (line: string) => void) {
    this.#pool = pool;
    this.#say = say;
    pool.onFewer(() => this.#fill());
  }

  /** From now on, exactly this. */
  follow(orders: readonly KeepOrder[]): void {
    if (this.#isStopped) return;
    const wanted = new Map(orders.map((order) => [order.function, order]));
    for (const [name, { order, retry }] of [...this.#standing]) {
      const next = wanted.get(name);
      if (next?.version.key === order.version.key) continue;
      if (retry !== null) clearTimeout(retry);
      this.#standing.delete(name);
      this.#letGo(name);
      if (next === undefined) this.#pool.keep(order.version.key, 0);
      else this.#handOver(name, order.version.key);
    }
    for (const [name, order] of wanted) {
      const standing = this.#standing.get(name);
      if (standing !== undefined) standing.order = order;
      else this.#standing.set(name, { order, isNew: true, failures: 0, retry: null });
      this.#pool.keep(order.version.key, order.count);
    }
    this.#fill();
  }

  stop(): void {
    this.#isStopped = true;
    for (const { retry } of this.#standing.values()) if (retry !== null) clearTimeout(retry);
    for (const { timer } of this.#leaving.values()) clearTimeout(timer);
  }

  #handOver(name: string, key: string): void {
    const timer = setTimeout(() => this.#letGo(name), handOverMs).unref();
    this.#leaving.set(name, { key, timer });
  }

  #letGo(name: string): void {
    const leaving = this.#leaving.get(name);
    if (leaving === undefined) return;
    clearTimeout(leaving.timer);
    this.#leaving.delete(name);
    // A version may have come back meanwhile.
    const isWanted = [...this.#standing.values()].some(({ order }) => order.version.key === leaving.key);
    if (!isWanted) this.#pool.keep(leaving.key, 0);
  }

  #fill(): void {
    if (this.#isStopped) return;
    for (const [name, standing] of this.#standing) {
      const { version, count } = standing.order;
      if (this.#pool.warmCount(version.key) >= count) this.#reached(name, standing);
      for (let missing = count - this.#pool.count(version.key); missing > 0; missing -= 1) {
        if (standing.retry !== null || this.#loading >= loadsMost) break;
        if (this.#pool.couldAdd(version)) void this.#load(name, standing);
        else this.#later(standing, noRoomRetryMs);
      }
    }
  }

  #reached(name: string, standing: Standing): void {
    this.#letGo(name);
    if (!standing.isNew) return;
    standing.isNew = false;
    this.#say(`${name} is kept warm: ${standing.order.count}`);
  }

  async #load(name: string, standing: Standing): Promise<void> {
    this.#loading += 1;
    const failure = await this.#pool
      .add(standing.order.version)
      .then(whyNotWarm, (error: unknown) => (error instanceof Error ? error.message : String(error)));
    this.#loading -= 1;
    if (failure === null) standing.failures = 0;
    else if (!this.#isStopped) {
      standing.failures += 1;
      this.#say(`${name} could not be warmed: ${standing.order.mask?.(failure) ?? failure}`);
      this.#later(standing, Math.min(longestRetryMs, firstRetryMs * 2 ** (standing.failures - 1)));
    }
    this.#fill();
  }

  #later(standing: Standing, ms: number): void {
    standing.retry ??= setTimeout(() => {
      standing.retry = null;
      this.#fill();
    }, ms).unref();
  }
}

function whyNotWarm(taken: Taken): string | null {
  if ("warm" in taken) return null;
  return "error" in taken ? taken.error.message : "its process ended while it loaded";
}
