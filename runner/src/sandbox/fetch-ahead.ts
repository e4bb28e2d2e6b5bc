import type { WarmOrder } from "@pulse/schema/wire/warm-order";

const firstRetryMs = 5000;
const longestRetryMs = 300_000;

/** Gets the code and the image of a version onto this machine; what is there already is not fetched again. Throws when it cannot be had. */
export type Fetch = (order: WarmOrder) => Promise<void>;

interface Standing {
  order: WarmOrder;
  state: "wanted" | "there" | "failed";
  failures: number;
  /** When a failed one is tried again, by the monotonic clock. */
  dueAt: number;
  /** Why it failed last. */
  said: string | null;
}

/**
 * Fetches versions ahead of their first call, one after the other. What cannot be had is said, once for each reason, and tried again: after five
 * seconds, then after twice as long each time, five minutes at the most.
 */
export class FetchAhead {
  readonly #say: (line: string) => void;
  readonly #standing = new Map<string, Standing>();
  #fetch: Fetch = async () => undefined;
  #isWorking = false;
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** From now on, exactly these; those that are there already stay so. */
  follow(orders: readonly WarmOrder[], fetch: Fetch): void {
    if (this.#isStopped) return;
    this.#fetch = fetch;
    const wanted = new Map(orders.map((order) => [keyOf(order), order]));
    for (const key of [...this.#standing.keys()]) if (!wanted.has(key)) this.#standing.delete(key);
    for (const [key, order] of wanted) {
      const standing = this.#standing.get(key);
      if (standing === undefined)
        this.#standing.set(key, { order, state: "wanted", failures: 0, dueAt: 0, said: null });
      else standing.order = order;
    }
    void this.#work();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #work(): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    clearTimeout(this.#timer);
    for (let next = this.#next(); next !== null && !this.#isStopped; next = this.#next())
      await this.#try(next);
    this.#isWorking = false;
    const failed = [...this.#standing.values()].filter(({ state }) => state === "failed");
    if (this.#isStopped || failed.length === 0) return;
    const waitMs = Math.min(...failed.map(({ dueAt }) => dueAt)) - performance.now();
    this.#timer = setTimeout(() => void this.#work(), Math.max(0, waitMs)).unref();
  }

  /** The one whose turn it is: what was never tried goes first. */
  #next(): Standing | null {
    const all = [...this.#standing.values()];
    const now = performance.now();
    const isDue = ({ state, dueAt }: Standing) => state === "failed" && dueAt <= now;
    return all.find(({ state }) => state === "wanted") ?? all.find(isDue) ?? null;
  }

  async #try(standing: Standing): Promise<void> {
    const { name, version } = standing.order.spec.function;
    try {
      await this.#fetch(standing.order);
      standing.state = "there";
      if (!this.#isStopped) this.#say(`${name} version ${version} was fetched ahead of calls`);
    } catch (error) {
      standing.state = "failed";
      const waitMs = Math.min(longestRetryMs, firstRetryMs * 2 ** standing.failures);
      standing.failures += 1;
      standing.dueAt = performance.now() + waitMs;
      const why = error instanceof Error ? error.message : String(error);
      if (this.#isStopped || why === standing.said) return;
      standing.said = why;
      this.#say(`${name} version ${version} is not fetched ahead: ${why}; again in ${waitMs / 1000} s`);
    }
  }
}

function keyOf({ version, spec }: WarmOrder): string {
  return `${version}/${spec.deps ?? ""}`;
}
