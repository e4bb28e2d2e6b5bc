import { ProblemError } from "@pulse/schema/problem";
import { leaseNumbers, type SyncAnswer } from "@pulse/schema/wire/runner-protocol";
import type { NewExecution } from "../hub.ts";
import { freeSlots, isReady, poolKey, type Session } from "./fleet.ts";
import { doubt, type Floor, letGo, noteExpiry, take } from "./floor.ts";
import { type Held, heldFromNew, jobOf } from "./held.ts";
import type { Holder } from "./insertion.ts";
import { fits, mayFit, requiresOf } from "./match.ts";
import { reminderFor } from "./state-reminder.ts";

const noRunnerWaitMs = 10_000;
const busyWaitMs = 30_000;

/** Hands work out: straight to a parked runner when one is free, through the queue otherwise. */
export class Offers {
  readonly #floor: Floor;
  readonly #pulling = new Set<string>();
  readonly #again = new Set<string>();

  constructor(floor: Floor) {
    this.#floor = floor;
  }

  /**
   * Writes a new execution and hands it out if a runner is free. Resolves once it is on disk: to null, or to the holder of its
   * idempotency key when that is taken. Throws `over_capacity`.
   */
  async accept(execution: NewExecution): Promise<Holder | null> {
    const { fleet, backlog, caps, ports, store } = this.#floor;
    const now = ports.now();
    const held = heldFromNew(execution, true);
    const key = poolKey(held.project, held.pool);
    const { cap } = execution;
    const capped = cap !== null && caps.count(cap.key) >= cap.max;
    if (capped && cap.onLimit === "reject") {
      throw new ProblemError("over_capacity", `${cap.max} calls of this function run already, its limit`, {
        retryAfter: 1,
        hint: "Try again shortly, or raise maxConcurrency, or set onLimit to queue.",
      });
    }
    const waits = capped || this.#floor.draining || execution.runAt > now || backlog.isDue(key, held);
    const session = waits ? null : fleet.pick(key, execution.requires, execution.versionId, now);
    const waiting = session === null || cap !== null ? this.#bounded(execution, key, now) : execution;
    if (session === null) return this.#enqueue(waiting, key);

    take(this.#floor, session, held);
    const { id, name } = session.record;
    const inserted = await store
      .insert(execution, { id, name, waitsUntil: waiting.expiresAt })
      .catch((error: unknown) => {
        letGo(this.#floor, held);
        throw error;
      });
    if (inserted !== "offered") letGo(this.#floor, held);
    if (inserted === "queued") {
      // More runs than is known here: what a write without an answer left, or another pool's hub handed out.
      doubt(this.#floor);
      this.#waits(waiting, key);
    }
    if (typeof inserted === "object") return inserted;
    // The runner may have lost the job while the row was written: then the sweep offers it again.
    if (session.held.get(held.id) === held) this.deliver(session, held);
    return null;
  }

  /** A waited-for call is given up after 10 s when no runner that could take it is connected, after 30 s when all are busy. */
  #bounded(execution: NewExecution, key: string, now: number): NewExecution {
    if (execution.mode === "async") return execution;
    const able = this.#floor.fleet
      .candidates(key, now)
      .some((one) => one.online && mayFit(one, execution.requires));
    const until = now + (able ? busyWaitMs : noRunnerWaitMs);
    return { ...execution, expiresAt: Math.min(execution.expiresAt ?? until, until) };
  }

  async #enqueue(execution: NewExecution, key: string): Promise<Holder | null> {
    const inserted = await this.#floor.store.insert(execution, null);
    if (typeof inserted === "object") return inserted;
    this.#waits(execution, key);
    return null;
  }

  /** A new row is in the queue. */
  #waits(execution: NewExecution, key: string): void {
    this.queued(key, heldFromNew(execution, false), execution.runAt);
    if (execution.expiresAt !== null) noteExpiry(this.#floor, execution.expiresAt);
    this.#floor.wakeAt(Math.max(execution.runAt, this.#floor.ports.now()));
  }

  /** A row waits now; hands it out if a runner is free. */
  queued(key: string, held: Held, runAt: number): void {
    const now = this.#floor.ports.now();
    this.#floor.backlog.note(key, held, runAt, now);
    if (runAt <= now) this.pull(key);
    else this.#floor.wakeAt(runAt);
  }

  /** Work that was in a runner's hands is not so on disk either: what waits goes on, also what waited for its cap elsewhere. */
  freed(held: Held): void {
    const key = poolKey(held.project, held.pool);
    for (const pool of this.#floor.backlog.freed(key, held, this.#floor.ports.now())) this.pull(pool);
  }

  /** Lets every free runner of the pool claim what waits. One round per pool at a time. */
  pull(key: string): void {
    if (this.#floor.draining) return;
    if (this.#pulling.has(key)) {
      this.#again.add(key);
      return;
    }
    if (this.#floor.backlog.due(key).length === 0) return;
    this.#pulling.add(key);
    this.#floor.ports.background(
      this.#round(key).finally(() => {
        this.#pulling.delete(key);
        if (this.#again.delete(key)) this.pull(key);
      }),
    );
  }

  async #round(key: string): Promise<void> {
    const now = this.#floor.ports.now();
    for (const session of [...this.#floor.fleet.inPool(key)]) {
      if (!isReady(session, now)) continue;
      for (const held of await this.claimFor(session, freeSlots(session))) this.deliver(session, held);
    }
  }

  /** Claims up to `most` waiting rows for a runner; they are in its hands when this resolves, but not delivered. */
  async claimFor(session: Session, most: number): Promise<Held[]> {
    const { backlog, outdated, store, ports } = this.#floor;
    const { record } = session;
    const key = poolKey(record.project, record.pool);
    if (most <= 0 || this.#floor.draining || record.state !== "active" || session.reported !== "active")
      return [];
    const seen = backlog.due(key).filter(({ route }) => fits(record, requiresOf(route)));
    if (seen.length === 0) return [];
    session.reserved += most;
    try {
      const claimed = await store.claim(
        {
          project: record.project,
          pool: record.pool,
          lanes: seen,
          runner: record.id,
          runnerName: record.name,
          limit: most,
        },
        ports.now(),
      );
      if (claimed.length < most) backlog.emptied(key, seen);
      // One that was read from its row before this answer came is given back and claimed again, if it is not so already.
      const fresh = claimed.filter(({ id, fence }) => {
        if ((outdated.get(id) ?? 0) >= fence) return false;
        const mine = this.#floor.holders.get(id)?.held.get(id);
        if (mine !== undefined && mine.fence < fence) letGo(this.#floor, mine);
        return mine === undefined || mine.fence < fence;
      });
      for (const held of fresh) take(this.#floor, session, held);
      return fresh;
    } finally {
      session.reserved -= most;
    }
  }

  /** Sends a job to its runner: with the parked sync, or with the next one. */
  deliver(session: Session, held: Held): void {
    session.outbox.push(held);
    this.#floor.wakeAt(this.#floor.ports.now() + leaseNumbers.ackMs);
    this.flushSoon(session);
  }

  /** Answers the parked sync at the end of this turn, so that what arrives together leaves together. */
  flushSoon(session: Session): void {
    if (session.parked !== null) queueMicrotask(() => this.flush(session));
  }

  /** Answers the parked sync if there is anything to say. */
  flush(session: Session): void {
    const { parked } = session;
    if (parked === null) return;
    const { outbox, cancels, commands, prewarm } = session;
    if (outbox.length === 0 && cancels.size === 0 && commands.length === 0 && prewarm === null) return;
    parked.answer(this.answer(session));
  }

  /** Takes everything that waits for the runner into one answer. */
  answer(session: Session): SyncAnswer {
    const now = this.#floor.ports.now();
    for (const held of session.outbox) held.leftAt = now;
    const answer: SyncAnswer = {
      serverTimeMs: now,
      jobs: session.outbox.map((held) => jobOf(held, this.#floor.traces.isOn)),
      cancel: [...session.cancels.values()],
      commands: session.commands.length > 0 ? session.commands : reminderFor(session, now),
      ...(session.prewarm === null ? {} : { prewarm: session.prewarm }),
    };
    session.outbox = [];
    session.cancels = new Map();
    session.commands = [];
    session.prewarm = null;
    return answer;
  }
}
