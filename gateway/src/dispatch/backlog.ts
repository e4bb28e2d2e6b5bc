interface Lane {
  /** Rows may be waiting now. */
  due: boolean;
  /** Rows wait for this time (epoch ms), the earliest known; null: none known. */
  nextAt: number | null;
  /** Grows with every note, so that a claim which found the lane empty does not erase what came meanwhile. */
  version: number;
}

/** Which pools and routes may have queued rows: a hint, never the truth, so that the warm path reads no queue. */
export class Backlog {
  readonly #pools = new Map<string, Map<string, Lane>>();

  /** A row waits in this lane, from `runAt` on. */
  note(pool: string, route: string, runAt: number, now: number): void {
    const lanes = this.#pools.get(pool) ?? new Map<string, Lane>();
    const lane = lanes.get(route) ?? { due: false, nextAt: null, version: 0 };
    lane.version += 1;
    if (runAt <= now) lane.due = true;
    else lane.nextAt = Math.min(lane.nextAt ?? runAt, runAt);
    lanes.set(route, lane);
    this.#pools.set(pool, lanes);
  }

  isDue(pool: string, route: string): boolean {
    return this.#pools.get(pool)?.get(route)?.due ?? false;
  }

  /** Routes of a pool that may have rows now, with the version of each lane. */
  dueRoutes(pool: string): Map<string, number> {
    const due = new Map<string, number>();
    for (const [route, lane] of this.#pools.get(pool) ?? []) if (lane.due) due.set(route, lane.version);
    return due;
  }

  duePools(): string[] {
    return [...this.#pools]
      .filter(([, lanes]) => [...lanes.values()].some((lane) => lane.due))
      .map(([pool]) => pool);
  }

  /** A claim found fewer rows than it could take: the lanes it looked at are empty unless noted since. */
  emptied(pool: string, seen: ReadonlyMap<string, number>): void {
    const lanes = this.#pools.get(pool);
    if (lanes === undefined) return;
    for (const [route, version] of seen) {
      const lane = lanes.get(route);
      if (lane === undefined || lane.version !== version) continue;
      lane.due = false;
      if (lane.nextAt === null) lanes.delete(route);
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
