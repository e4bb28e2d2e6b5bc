import type { Lane } from "./claim.ts";

interface LaneState extends Lane {
  /** Rows may be waiting now. */
  due: boolean;
  /** Rows wait for this time (epoch ms), the earliest known; null: none known. */
  nextAt: number | null;
  /** Grows with every note, so that a claim which found the lane empty does not erase what came meanwhile. */
  version: number;
}

/** A lane that may have rows now, as it was when it was looked at. */
export type DueLane = Lane & Pick<LaneState, "version">;

const capsMost = 2000;

/** Which lanes of which pools may have queued rows: a hint, never the truth, so that the warm path reads no queue. */
export class Backlog {
  readonly #pools = new Map<string, Map<string, LaneState>>();
  /** By cap, the lanes in which work of it has waited: another version's may be another one, in another pool too. */
  readonly #ofCaps = new Map<string, Map<string, { pool: string; lane: Lane }>>();

  /** A row waits in this lane, from `runAt` on. */
  note(pool: string, { route, capKey }: Lane, runAt: number, now: number): void {
    const lanes = this.#pools.get(pool) ?? new Map<string, LaneState>();
    const name = nameOf(route, capKey);
    const lane = lanes.get(name) ?? { route, capKey, due: false, nextAt: null, version: 0 };
    lane.version += 1;
    if (runAt <= now) lane.due = true;
    else lane.nextAt = Math.min(lane.nextAt ?? runAt, runAt);
    lanes.set(name, lane);
    this.#pools.set(pool, lanes);
    if (capKey !== null) this.#remember(capKey, pool, name, { route, capKey });
  }

  /** Work of this lane is over: what waits for its cap may go on, wherever that is. Returns the pools to look at. */
  freed(pool: string, { route, capKey }: Lane, now: number): string[] {
    if (capKey === null) return [pool];
    this.note(pool, { route, capKey }, now, now);
    const others = [...(this.#ofCaps.get(capKey)?.values() ?? [])];
    for (const one of others) this.note(one.pool, one.lane, now, now);
    return others.map((one) => one.pool);
  }

  #remember(capKey: string, pool: string, name: string, lane: Lane): void {
    const waited = this.#ofCaps.get(capKey) ?? new Map<string, { pool: string; lane: Lane }>();
    waited.set(`${pool}\n${name}`, { pool, lane });
    this.#ofCaps.set(capKey, waited);
    const [oldest] = this.#ofCaps.keys();
    if (this.#ofCaps.size > capsMost && oldest !== undefined) this.#ofCaps.delete(oldest);
  }

  /** Whether rows may wait that go before a new one of this lane. */
  isDue(pool: string, { route, capKey }: Lane): boolean {
    const lanes = this.#pools.get(pool);
    return [null, capKey].some((key) => lanes?.get(nameOf(route, key))?.due ?? false);
  }

  /** Lanes of a pool that may have rows now. */
  due(pool: string): DueLane[] {
    return [...(this.#pools.get(pool)?.values() ?? [])]
      .filter(({ due }) => due)
      .map(({ route, capKey, version }) => ({ route, capKey, version }));
  }

  duePools(): string[] {
    return [...this.#pools]
      .filter(([, lanes]) => [...lanes.values()].some((lane) => lane.due))
      .map(([pool]) => pool);
  }

  /** A claim found fewer rows than it could take: the lanes it looked at are empty, or at their cap, unless noted since. */
  emptied(pool: string, seen: readonly DueLane[]): void {
    const lanes = this.#pools.get(pool);
    if (lanes === undefined) return;
    for (const { route, capKey, version } of seen) {
      const name = nameOf(route, capKey);
      const lane = lanes.get(name);
      if (lane === undefined || lane.version !== version) continue;
      lane.due = false;
      if (lane.nextAt === null) lanes.delete(name);
    }
  }

  /** The earliest time at which waiting rows become due, or null. */
  nextAt(): number | null {
    let next: number | null = null;
    for (const lanes of this.#pools.values()) {
      for (const { nextAt } of lanes.values())
        if (nextAt !== null && (next === null || nextAt < next)) next = nextAt;
    }
    return next;
  }

  /** Forgets the times that have passed; the rows are read anew. */
  passed(now: number): void {
    for (const lanes of this.#pools.values()) {
      for (const lane of lanes.values()) if (lane.nextAt !== null && lane.nextAt <= now) lane.nextAt = null;
    }
  }
}

function nameOf(route: string, capKey: string | null): string {
  return capKey === null ? route : `${route}\n${capKey}`;
}
