import type { ExecutionError } from "@pulse/schema/wire/job";
import { leaseNumbers } from "@pulse/schema/wire/runner-protocol";
import { poolKey } from "./fleet.ts";
import { doubtEveryMs, type Floor, noteExpiry } from "./floor.ts";
import { type Held, mayHaveLeft } from "./held.ts";
import { requiresOf, whyNoRunner } from "./match.ts";
import type { Offers } from "./offers.ts";
import { patienceMs } from "./patience.ts";
import { recover } from "./recover.ts";
import type { Directory } from "./sessions.ts";
import type { Settlements } from "./settlements.ts";
import type { Warmth } from "./warmth.ts";

const undeliveredMs = 1500;
const shownRunningAfterMs = 1000;
const presenceEveryMs = 20_000;
/** How long what an older hub had sent to the database may still be on its way, with room. */
const lateWritesMs = 20_000;
const againMs = 1000;
const forgetSessionMs = 300_000;

/** Does what has become due: unanswered offers, lost runners, queued work whose time is up, retries, presence. */
export class Sweep {
  readonly #floor: Floor;
  readonly #offers: Offers;
  readonly #settlements: Settlements;
  readonly #directory: Directory;
  readonly #warmth: Warmth;
  readonly #graceUntil: number;
  #lateWritesAt: number | null;
  #presenceAt: number;
  #doubtAt = 0;

  /** No lease is given away before `graceUntil` (epoch ms): runners need time to find a gateway that restarted. */
  constructor(
    floor: Floor,
    offers: Offers,
    settlements: Settlements,
    directory: Directory,
    warmth: Warmth,
    graceUntil: number,
  ) {
    this.#floor = floor;
    this.#offers = offers;
    this.#settlements = settlements;
    this.#directory = directory;
    this.#warmth = warmth;
    this.#graceUntil = graceUntil;
    const now = floor.ports.now();
    this.#lateWritesAt = now + lateWritesMs;
    this.#presenceAt = now + presenceEveryMs;
  }

  /** Does what is due and returns when to be called next (epoch ms); null: nothing is waited for. */
  async run(): Promise<number | null> {
    const now = this.#floor.ports.now();
    await this.#takeUpDoubtful(now);
    await this.#giveBackUnanswered(now);
    await this.#loseSilent(now);
    await this.#showRunning(now);
    await this.#giveUpExpired(now);
    await this.#wakeDue(now);
    await this.#savePresence(now);
    this.#warmth.tick(now);
    return this.#next(now);
  }

  /** Rows that came of a write without an answer, this hub's or an older one's: work that was accepted or claimed so is not forgotten. */
  async #takeUpDoubtful(now: number): Promise<void> {
    const isLate = this.#lateWritesAt !== null && now >= this.#lateWritesAt;
    if (!isLate && (now < this.#doubtAt || now >= this.#floor.doubtUntil)) return;
    this.#doubtAt = now + doubtEveryMs;
    await recover(this.#floor, this.#directory);
    if (isLate) this.#lateWritesAt = null;
  }

  async #giveBackUnanswered(now: number): Promise<void> {
    for (const [id, session] of [...this.#floor.holders]) {
      const held = session.held.get(id);
      if (held === undefined || held.state !== "offered" || now < offerDeadline(held)) continue;
      await this.#settlements.giveBack(held, mayHaveLeft(held));
    }
  }

  async #loseSilent(now: number): Promise<void> {
    for (const session of [...this.#floor.fleet.all()]) {
      if (session.parked !== null) continue;
      const silentMs = now - session.seenAt;
      if (silentMs < leaseNumbers.giveAwayMs || now < this.#graceUntil) continue;
      const detail = `runner ${session.record.name} has been silent for ${Math.round(silentMs / 1000)} s`;
      for (const held of [...session.held.values()]) {
        if (silentMs >= patienceMs(held)) await this.#settlements.lose(held, "lost", detail);
        else held.unreachableSince ??= now;
      }
      // A session that holds what is waited for is how its runner finds it again.
      if (silentMs >= forgetSessionMs && session.held.size === 0) this.#floor.fleet.close(session.record.id);
    }
  }

  /** Rows of work that has run for a second say so; shorter work goes from offered to its end. */
  async #showRunning(now: number): Promise<void> {
    const writes: Promise<unknown>[] = [];
    for (const [id, session] of this.#floor.holders) {
      const held = session.held.get(id);
      if (held === undefined || held.persisted || held.state !== "running") continue;
      // Of at-most-once work the row says so when the start gate opens, and never before.
      if (held.delivery === "atMostOnce") continue;
      if (now < (held.acknowledgedAt ?? now) + shownRunningAfterMs) continue;
      held.persisted = true;
      const shown = this.#floor.store.markRunning(held, held.acknowledgedAt ?? now);
      writes.push(
        shown.catch((error: unknown) => {
          held.persisted = false;
          throw error;
        }),
      );
    }
    await Promise.all(writes);
  }

  async #giveUpExpired(now: number): Promise<void> {
    const { expiryAt } = this.#floor;
    if (expiryAt === null || now < expiryAt) return;
    this.#floor.expiryAt = null;
    try {
      await this.#endExpired(now);
    } catch (error) {
      // Nothing else remembers that some are due.
      noteExpiry(this.#floor, now + againMs);
      throw error;
    }
  }

  async #endExpired(now: number): Promise<void> {
    const { store, fleet } = this.#floor;
    for (const held of await store.expired(now)) {
      const key = poolKey(held.project, held.pool);
      const why = whyNoRunner(fleet.candidates(key, now), requiresOf(held.route), held.pool);
      const sync = held.mode === "sync";
      const reason = sync ? "no_runner" : "expired";
      const status = sync ? "failed" : "dead";
      const error: ExecutionError = { code: reason, message: why, source: "platform" };
      if (await store.endQueued(held, { status, reason, endedAt: now, error })) {
        this.#settlements.announce(held, status, reason, error);
        this.#floor.traces.neverStarted(held, status, reason);
      }
    }
    for (const row of await store.backlog(now))
      if (row.expiresAt !== null) noteExpiry(this.#floor, row.expiresAt);
  }

  async #wakeDue(now: number): Promise<void> {
    const { backlog, store } = this.#floor;
    const nextAt = backlog.nextAt();
    if (nextAt !== null && nextAt <= now) {
      const rows = await store.backlog(now);
      backlog.passed(now);
      for (const row of rows) {
        const key = poolKey(row.project, row.pool);
        backlog.note(key, row, row.runAt, now);
        if (row.nextAt !== null) backlog.note(key, row, row.nextAt, now);
      }
    }
    for (const key of backlog.duePools()) this.#offers.pull(key);
  }

  async #savePresence(now: number): Promise<void> {
    if (now < this.#presenceAt) return;
    this.#presenceAt = now + presenceEveryMs;
    const dirty = [...this.#floor.fleet.all()].filter((session) => session.presenceDirty);
    if (dirty.length === 0) return;
    for (const session of dirty) session.presenceDirty = false;
    await this.#directory.savePresence(
      dirty.map(({ record, seenAt, metrics }) => ({
        id: record.id,
        lastSeenAt: seenAt,
        metrics,
        preparing: record.preparing,
        runtimes: record.runtimes,
        capabilities: record.capabilities,
      })),
    );
  }

  #next(now: number): number | null {
    const times: number[] = [];
    if (this.#floor.fleet.size > 0) times.push(this.#presenceAt);
    if (now < this.#floor.doubtUntil) times.push(Math.max(now, this.#doubtAt));
    if (this.#lateWritesAt !== null) times.push(this.#lateWritesAt);
    if (this.#floor.expiryAt !== null) times.push(this.#floor.expiryAt);
    const due = this.#floor.backlog.nextAt();
    if (due !== null) times.push(due);
    const warmAt = this.#warmth.nextAt(now);
    if (warmAt !== null) times.push(warmAt);
    for (const session of this.#floor.fleet.all()) {
      for (const held of session.held.values()) {
        const waits = held.unreachableSince === null ? leaseNumbers.giveAwayMs : patienceMs(held);
        times.push(Math.max(session.seenAt + waits, this.#graceUntil));
        if (held.state === "offered") times.push(Math.max(offerDeadline(held), now + 100));
        else if (!held.persisted) times.push((held.acknowledgedAt ?? now) + shownRunningAfterMs);
      }
    }
    return times.length === 0 ? null : Math.max(now + 10, Math.min(...times));
  }
}

/**
 * An offer that left is acknowledged within 3 s; one that could not leave is not kept for a runner that does not come back. One that was read
 * from its row may be running by now: what its runner names next tells, or a silence that is longer than its lease.
 */
function offerDeadline(held: Held): number {
  if (held.offeredAt === 0) return (held.unlistedSince ?? 0) + leaseNumbers.giveAwayMs;
  return held.leftAt === null ? held.offeredAt + undeliveredMs : held.leftAt + leaseNumbers.ackMs;
}
