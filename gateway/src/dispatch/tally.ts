import type { HubMeasures, PoolMeasures, Spread } from "../hub.ts";
import { poolKey } from "./fleet.ts";
import type { Held } from "./held.ts";

/** Upper bounds of the classes in which times are counted, seconds; what takes longer is in one more. */
export const boundsSeconds = [
  0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900,
] as const;

/** Pools that are counted each for itself; those beyond are counted together, without a name. */
const poolsMost = 500;

interface Counted {
  project: string;
  pool: string;
  ends: Map<string, { kind: string; status: string; count: number }>;
  starts: Map<string, number>;
  repeats: Map<string, number>;
  waited: Map<string, Spread>;
  ran: Map<string, Spread>;
}

/** Counts what the dispatcher does, in memory alone and since it started. Nothing here waits, and no count has a name of a function. */
export class Tally {
  readonly #pools = new Map<string, Counted>();
  readonly #runs = new Map<string, { project: string; status: string; count: number }>();
  readonly #commits = emptySpread();

  /** An execution is over. */
  ended(held: Pick<Held, "project" | "pool" | "kind">, status: string): void {
    const { ends } = this.#of(held);
    const { kind } = held;
    const known = ends.get(`${kind} ${status}`);
    if (known === undefined) ends.set(`${kind} ${status}`, { kind, status, count: 1 });
    else known.count += 1;
  }

  /** A runner told how an attempt went: how long it was ready to go before it left, and how long its code ran. */
  attempted(
    held: Pick<Held, "project" | "pool" | "kind" | "dueAt" | "leftAt">,
    timing: { runMs?: number | undefined; start?: string | undefined },
  ): void {
    const pool = this.#of(held);
    // A hub that found it in the rows does not know when it left.
    if (held.leftAt !== null) noteIn(pool.waited, held.kind, Math.max(0, held.leftAt - held.dueAt));
    if (timing.runMs !== undefined) noteIn(pool.ran, held.kind, timing.runMs);
    if (timing.start !== undefined) addTo(pool.starts, timing.start);
  }

  /** It goes back into the queue: after a failure that is tried again, after a loss, or as nobody acknowledged it. */
  repeated(held: Pick<Held, "project" | "pool">, why: "retry" | "loss" | "unacknowledged"): void {
    addTo(this.#of(held).repeats, why);
  }

  /** A run of a workflow is over. */
  runEnded(project: string, status: string): void {
    const named = this.#runs.has(`${project} ${status}`) || this.#runs.size < poolsMost ? project : "";
    const known = this.#runs.get(`${named} ${status}`) ?? { project: named, status, count: 0 };
    known.count += 1;
    this.#runs.set(`${named} ${status}`, known);
  }

  /** A group of writes was made durable, or was refused. */
  committed(ms: number): void {
    note(this.#commits, ms);
  }

  /** Everything that was counted; `liveOf` tells who is there of a pool. */
  read(liveOf: (project: string, pool: string) => PoolMeasures["live"]): HubMeasures {
    const pools = [...this.#pools.values()].map((one): PoolMeasures => {
      const { project, pool } = one;
      return {
        ...{ project, pool, ends: [...one.ends.values()] },
        starts: [...one.starts].map(([start, count]) => ({ start, count })),
        repeats: [...one.repeats].map(([why, count]) => ({ why, count })),
        waited: [...one.waited].map(([kind, spread]) => ({ kind, ...spread })),
        ran: [...one.ran].map(([kind, spread]) => ({ kind, ...spread })),
        live: liveOf(project, pool),
      };
    });
    const of = { project: "", pool: "" };
    return { of, boundsSeconds, pools, runs: [...this.#runs.values()], commits: this.#commits };
  }

  /** The counts of a pool from now on, though nothing was counted there. */
  know(project: string, pool: string): void {
    this.#of({ project, pool });
  }

  #of({ project, pool }: { project: string; pool: string }): Counted {
    const key = poolKey(project, pool);
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    if (this.#pools.size >= poolsMost && key !== "/") return this.#of({ project: "", pool: "" });
    const counted: Counted = {
      ...{ project, pool, ends: new Map(), starts: new Map() },
      ...{ repeats: new Map(), waited: new Map(), ran: new Map() },
    };
    this.#pools.set(key, counted);
    return counted;
  }
}

function emptySpread(): Spread {
  return { counts: new Array<number>(boundsSeconds.length + 1).fill(0), sum: 0 };
}

function noteIn(spreads: Map<string, Spread>, kind: string, ms: number): void {
  let spread = spreads.get(kind);
  if (spread === undefined) {
    spread = emptySpread();
    spreads.set(kind, spread);
  }
  note(spread, ms);
}

function note(spread: Spread, ms: number): void {
  const seconds = ms / 1000;
  let at = 0;
  while (at < boundsSeconds.length && seconds > (boundsSeconds[at] ?? 0)) at += 1;
  spread.counts[at] = (spread.counts[at] ?? 0) + 1;
  spread.sum += seconds;
}

function addTo(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
