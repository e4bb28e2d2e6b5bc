import { ProblemError } from "@pulse/schema/problem";
import type { Holding, SyncAnswer } from "@pulse/schema/wire/runner-protocol";
import { leaseNumbers } from "@pulse/schema/wire/runner-protocol";
import type { RunnerSample } from "@pulse/schema/wire/runners";
import type { WarmOrders } from "@pulse/schema/wire/warm-order";
import type { Holder, Requires, RunnerRecord } from "../hub.ts";
import type { Held } from "./held.ts";
import { type Candidate, fits } from "./match.ts";

export interface Parked {
  n: number;
  answer(answer: SyncAnswer): void;
  refuse(problem: ProblemError): void;
}

type Cancel = Holding & { graceMs: number; reason: "cancelled" | "disconnected" };

/** One runner as this hub knows it: its session, what it holds, and the long poll that is parked, if any. */
export interface Session {
  record: RunnerRecord;
  /** The last sign of life, epoch ms. */
  seenAt: number;
  parked: Parked | null;
  lastN: number;
  /** The state that the runner itself reports; `record.state` is what operators set. */
  reported: RunnerRecord["state"];
  /** When the last sync was answered: a runner answered less than a second ago counts as parked. */
  answeredAt: number;
  held: Map<string, Held>;
  /** Slots promised to rows that are being written. */
  reserved: number;
  /** Handed out, leaving with the next sync. */
  outbox: Held[];
  cancels: Map<string, Cancel>;
  commands: SyncAnswer["commands"];
  /** What it is to keep warm, leaving with the next sync; null: nothing new. */
  prewarm: WarmOrders | null;
  warm: ReadonlySet<string>;
  metrics: Record<string, number> | null;
  /** What it said of its machine in the last half hour. */
  samples: RunnerSample[];
  presenceDirty: boolean;
  /** The hub read this session's offers from the rows: after so many syncs it is known which of them the runner has. */
  recovered: number;
}

/** The key of a pool: pools belong to projects. */
export function poolKey(project: string, pool: string): string {
  return `${project}/${pool}`;
}

/** Who is connected: sessions by runner, and those of a pool that can take work, in O(1) for the usual case. */
export class Fleet {
  readonly #sessions = new Map<string, Session>();
  readonly #pools = new Map<string, Set<Session>>();

  get(runner: string): Session | undefined {
    return this.#sessions.get(runner);
  }

  all(): Iterable<Session> {
    return this.#sessions.values();
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Adds a session, or takes over the one that the runner had, with what it holds. */
  open(record: RunnerRecord, now: number): Session {
    const known = this.#sessions.get(record.id);
    if (known !== undefined) {
      known.parked?.refuse(superseded(record.name));
      this.#pools.get(poolKey(known.record.project, known.record.pool))?.delete(known);
    }
    const session: Session = known ?? {
      record,
      seenAt: now,
      parked: null,
      lastN: -1,
      reported: record.state,
      answeredAt: 0,
      held: new Map(),
      reserved: 0,
      outbox: [],
      cancels: new Map(),
      commands: [],
      prewarm: null,
      warm: new Set(),
      metrics: null,
      samples: [],
      presenceDirty: true,
      recovered: 0,
    };
    session.record = record;
    session.parked = null;
    session.lastN = -1;
    session.seenAt = now;
    session.presenceDirty = true;
    this.#sessions.set(record.id, session);
    const key = poolKey(record.project, record.pool);
    const pool = this.#pools.get(key) ?? new Set();
    pool.add(session);
    this.#pools.set(key, pool);
    return session;
  }

  /** Forgets a runner; what it held is the caller's to resolve. */
  close(runner: string): Session | undefined {
    const session = this.#sessions.get(runner);
    if (session === undefined) return undefined;
    this.#sessions.delete(runner);
    this.#pools.get(poolKey(session.record.project, session.record.pool))?.delete(session);
    return session;
  }

  inPool(key: string): ReadonlySet<Session> {
    return this.#pools.get(key) ?? new Set();
  }

  /**
   * The runner to hand a job to at once, or null: connected, active, with a free slot and everything required, warm for the
   * version if any is.
   */
  pick(key: string, requires: Requires, version: string | null, now: number): Session | null {
    let chosen: Session | null = null;
    for (const session of this.inPool(key)) {
      if (!isReady(session, now) || !fits(session.record, requires)) continue;
      if (version !== null && session.warm.has(version)) return session;
      chosen ??= session;
    }
    return chosen;
  }

  /** Runners of a pool as candidates, for saying why none took a job. */
  candidates(key: string, now: number): Candidate[] {
    return [...this.inPool(key)].map((session) => ({
      ...session.record,
      online: isOnline(session, now),
      free: freeSlots(session),
    }));
  }
}

/** The problem of a runner process whose place a newer one took. */
export function superseded(name: string): ProblemError {
  return new ProblemError(
    "session_superseded",
    `another process of runner "${name}" has started a newer session`,
  );
}

/** Whether a holder's call belongs to the session; throws `session_superseded` when a newer one took over. */
export function assertCurrent(session: Session, holder: Holder): void {
  if (holder.epoch !== session.record.epoch) throw superseded(session.record.name);
}

/** Slots that neither hold a job nor are promised to one. */
export function freeSlots(session: Session): number {
  return session.record.slots - session.held.size - session.reserved;
}

/** Seen within the online window, or its poll is parked right now. */
export function isOnline(session: Session, now: number): boolean {
  return session.parked !== null || now - session.seenAt < leaseNumbers.onlineMs;
}

/** Whether a job can be handed to it now: its poll is parked, or was answered less than a second ago. */
export function isReady(session: Session, now: number): boolean {
  return (
    session.record.state === "active" &&
    session.reported === "active" &&
    freeSlots(session) > 0 &&
    (session.parked !== null || now - session.answeredAt < 1000)
  );
}
