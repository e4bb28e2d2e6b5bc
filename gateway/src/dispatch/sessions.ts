import { ProblemError } from "@pulse/schema/problem";
import {
  type Holding,
  leaseNumbers,
  type SyncAnswer,
  type SyncRequest,
} from "@pulse/schema/wire/runner-protocol";
import type { Holder, Hub, RunnerRecord } from "../hub.ts";
import { assertCurrent, freeSlots, poolKey, type Session, superseded } from "./fleet.ts";
import type { Floor } from "./floor.ts";
import { type Held, mayHaveLeft } from "./held.ts";
import { noteMetrics } from "./live.ts";
import type { Offers } from "./offers.ts";
import { suspicionAfter } from "./poison.ts";
import type { Settlements } from "./settlements.ts";
import { commandFor } from "./state-reminder.ts";
import type { Warmth } from "./warmth.ts";

/** Reads runners from their rows, for a hub that has just started, and writes their presence. */
export interface Directory {
  /** The runner, or null when it is unknown or revoked. */
  loadRunner(id: string): Promise<RunnerRecord | null>;
  savePresence(
    rows: {
      id: string;
      lastSeenAt: number;
      metrics: Record<string, number> | null;
      preparing: string | null;
      runtimes: string[];
    }[],
  ): Promise<void>;
}

/** The runner's side of the dispatcher: sessions, the long poll, renewals, the start gate, giving back. */
export class Sessions {
  readonly #floor: Floor;
  readonly #offers: Offers;
  readonly #settlements: Settlements;
  readonly #directory: Directory;
  readonly #warmth: Warmth;

  constructor(floor: Floor, offers: Offers, settlements: Settlements, directory: Directory, warmth: Warmth) {
    this.#floor = floor;
    this.#offers = offers;
    this.#settlements = settlements;
    this.#directory = directory;
    this.#warmth = warmth;
  }

  /** The holder's session, read from its row when the hub does not know it yet. Throws `invalid_credential`, `session_superseded`. */
  async current(holder: Holder): Promise<Session> {
    let session = this.#floor.fleet.get(holder.runner);
    if (session === undefined) {
      const record = await this.#directory.loadRunner(holder.runner);
      session = this.#floor.fleet.get(holder.runner);
      if (session === undefined) {
        if (record === null)
          throw new ProblemError("invalid_credential", "this runner is not known here, or was revoked");
        if (record.epoch !== holder.epoch) throw superseded(record.name);
        session = this.#floor.fleet.open(record, this.#floor.ports.now());
      }
    }
    assertCurrent(session, holder);
    session.seenAt = this.#floor.ports.now();
    session.presenceDirty = true;
    return session;
  }

  /** What the holder has under this fence. Throws `fenced`, and `cancelled` when that was asked for. */
  async held(holder: Holder, execution: string, fence: number): Promise<{ session: Session; held: Held }> {
    const session = await this.current(holder);
    const held = session.held.get(execution);
    if (held === undefined || held.fence !== fence) {
      throw new ProblemError("fenced", `execution ${execution} is not held under fence ${fence}`);
    }
    this.#acknowledge(session, [{ execution, fence }]);
    return { session, held };
  }

  /**
   * Opens a session, takes over what the runner's older process held, and tells what becomes of what this one has in flight. The same
   * process may ask twice, when it heard no answer: that changes nothing.
   */
  async open(args: Parameters<Hub["openSession"]>[0]): ReturnType<Hub["openSession"]> {
    const { record, inFlight } = { record: args.runner, inFlight: args.inFlight };
    const known = this.#floor.fleet.get(record.id);
    const isSame = known?.record.epoch === record.epoch && known.record.instanceId === record.instanceId;
    if (known !== undefined && isSame) return { reconcile: this.#reconcile(known, inFlight) };
    if (known !== undefined && known.record.epoch >= record.epoch) throw superseded(record.name);
    const instanceBefore = known?.record.instanceId ?? null;
    const session = this.#floor.fleet.open(record, this.#floor.ports.now());
    session.reported = record.state;
    this.#warmth.opened(session);
    const reconcile = this.#reconcile(session, inFlight);
    const kept = new Set(reconcile.flatMap((one) => (one.action === "forget" ? [] : [one.execution])));
    const ended = new Set(inFlight.flatMap((one) => (one.state === "finished" ? [one.execution] : [])));
    const gone = [...session.held.values()].filter(({ id }) => !kept.has(id));
    // A new process, and nothing given back by the old one: it crashed. Who did that is known only of one who was alone.
    const crashed = instanceBefore !== null && instanceBefore !== record.instanceId;
    const where = session.held.size === 1 ? "alone" : "company";
    // What its next process only sends the last lines of was under way too.
    for (const held of crashed ? session.held.values() : [])
      if (held.state === "running" && !ended.has(held.id))
        held.suspicion = suspicionAfter(held.suspicion, where);
    for (const held of gone) {
      if (held.state !== "running") {
        await this.#settlements.giveBack(held, mayHaveLeft(held));
        continue;
      }
      const detail = `runner ${record.name} restarted while it held the job`;
      await this.#settlements.lose(held, "infrastructure", detail);
    }
    session.recovered = 0;
    return { reconcile };
  }

  /** What becomes of each job that a process says it has. */
  #reconcile(session: Session, inFlight: Parameters<Hub["openSession"]>[0]["inFlight"]) {
    return inFlight.map(({ execution, fence, state }) => {
      const held = session.held.get(execution);
      const stands = held !== undefined && held.fence === fence;
      if (stands) this.#acknowledge(session, [{ execution, fence }]);
      const kept = state === "finished" ? ("report" as const) : ("continue" as const);
      return { execution, fence, action: stands ? kept : ("forget" as const) };
    });
  }

  /** The long poll. */
  async sync(holder: Holder, request: SyncRequest, signal: AbortSignal): Promise<SyncAnswer> {
    const session = await this.current(holder);
    if (request.n <= session.lastN) return this.#nothing();
    session.lastN = request.n;
    session.parked?.answer(this.#nothing());
    session.warm = new Set(request.warm);
    const { length } = session.record.runtimes;
    if (session.reported !== request.state || (request.runtimes?.length ?? length) !== length)
      this.#warmth.changed();
    session.reported = request.state;
    if (request.metrics !== undefined) noteMetrics(session, request.metrics, session.seenAt);
    const { preparing, runtimes, capabilities } = { ...session.record, ...request };
    Object.assign(session.record, { preparing, runtimes, capabilities });
    this.#acknowledge(session, request.running);
    this.#noteListed(session, request.running);
    if (session.recovered > 0) {
      session.recovered -= 1;
      if (session.recovered > 0) return this.#nothing();
      await this.#offerAgainUnknown(session);
    }
    if (signal.aborted) return this.#nothing();
    const answer = this.#park(session, request, signal);
    this.#warmth.heard(session, request.prewarmed ?? "");
    this.#offers.flush(session);
    if (freeSlots(session) > 0) this.#offers.pull(poolKey(session.record.project, session.record.pool));
    return answer;
  }

  /** After a restart of the hub: offers that the runner does not name never reached it. */
  async #offerAgainUnknown(session: Session): Promise<void> {
    for (const held of [...session.held.values()]) {
      if (held.state === "offered" && held.offeredAt === 0) await this.#settlements.giveBack(held, true);
    }
  }

  #park(session: Session, request: SyncRequest, signal: AbortSignal): Promise<SyncAnswer> {
    const { ports } = this.#floor;
    const most = Math.min(request.waitMs, leaseNumbers.syncWaitMs);
    const waitMs = most - (most / 6) * ((ports.random(1)[0] ?? 0) / 256);
    return new Promise((resolve, reject) => {
      const leave = () => {
        stopTimer();
        signal.removeEventListener("abort", gone);
        if (session.parked === parked) session.parked = null;
      };
      const parked = {
        n: request.n,
        answer: (answer: SyncAnswer) => {
          leave();
          session.answeredAt = ports.now();
          resolve(answer);
        },
        refuse: (problem: ProblemError) => {
          leave();
          reject(problem);
        },
      };
      const gone = () => {
        leave();
        resolve(this.#nothing());
      };
      const stopTimer = ports.timer(waitMs, () => parked.answer(this.#offers.answer(session)));
      signal.addEventListener("abort", gone, { once: true });
      session.parked = parked;
    });
  }

  #nothing(): SyncAnswer {
    return { serverTimeMs: this.#floor.ports.now(), jobs: [], cancel: [], commands: [] };
  }

  #acknowledge(session: Session, holdings: readonly Holding[]): void {
    for (const { execution, fence } of holdings) {
      const held = session.held.get(execution);
      if (held === undefined || held.fence !== fence || held.state === "running") continue;
      held.state = "running";
      held.unlistedSince = null;
      held.acknowledgedAt = this.#floor.ports.now();
      this.#floor.wakeAt(held.acknowledgedAt + 1000);
    }
  }

  /** What neither syncs nor renewals list for two intervals is lost: one call that was written before a job came proves nothing. */
  #noteListed(session: Session, running: readonly Holding[]): void {
    const listed = new Set(running.map(({ execution }) => execution));
    const now = this.#floor.ports.now();
    for (const held of [...session.held.values()]) {
      if (held.state !== "running") continue;
      if (listed.has(held.id)) {
        held.unlistedSince = null;
        held.unreachableSince = null;
        continue;
      }
      held.unlistedSince ??= now;
      if (now - held.unlistedSince < 2 * leaseNumbers.renewEveryMs) continue;
      const detail = `runner ${session.record.name} no longer has the job`;
      this.#floor.ports.background(this.#settlements.lose(held, "infrastructure", detail));
    }
  }

  /** Renews everything listed, without a statement. */
  async renew(holder: Holder, running: Holding[]): ReturnType<Hub["renew"]> {
    const session = await this.current(holder);
    this.#acknowledge(session, running);
    this.#noteListed(session, running);
    const leases = running.map(({ execution, fence }) => {
      const held = session.held.get(execution);
      if (held !== undefined && held.fence === fence) {
        return { execution, fence, status: held.cancelRequested ? ("cancel" as const) : ("ok" as const) };
      }
      const done = this.#floor.settled.get(execution) === fence;
      return { execution, fence, status: done ? ("done" as const) : ("fenced" as const) };
    });
    return { leases };
  }

  /** The start gate: only after it answered may an at-most-once job have an effect. */
  async start(args: Parameters<Hub["start"]>[0]): ReturnType<Hub["start"]> {
    const { held } = await this.held(args.holder, args.execution, args.fence);
    const { timeoutMs } = held.job;
    if (held.startedBy === args.instanceId && held.persisted) return { timeoutMs };
    if (held.cancelRequested)
      throw new ProblemError("cancelled", "the execution was cancelled before it started");
    if (held.startedBy !== null && held.startedBy !== args.instanceId)
      throw new ProblemError("fenced", "another process of this runner has started the job");
    // Should the write get no answer, nobody knows whether it began; only once it is on disk may it begin.
    held.startedBy = args.instanceId;
    if (!(await this.#floor.store.markRunning(held, this.#floor.ports.now()))) {
      throw new ProblemError("fenced", "the execution is over, cancelled, or held elsewhere");
    }
    held.persisted = true;
    return { timeoutMs };
  }

  /** Work given back: unstarted work is offered again for free, started work counts as a loss. */
  async release(args: Parameters<Hub["release"]>[0]): Promise<void> {
    const { held } = await this.held(args.holder, args.execution, args.fence);
    const did = args.reason === "infrastructure" ? "restarted while it held the job" : "gave the job back";
    if (args.started) await this.#settlements.lose(held, "infrastructure", `the runner ${did}`);
    else await this.#settlements.giveBack(held, false);
  }

  /** Ends a session: everything it held is resolved at once. */
  async end(runner: string, detail: string): Promise<void> {
    const session = this.#floor.fleet.close(runner);
    if (session === undefined) return;
    this.#warmth.changed();
    session.parked?.refuse(new ProblemError("session_superseded", "this session has ended"));
    for (const held of [...session.held.values()]) await this.#settlements.lose(held, "lost", detail);
  }

  /** A runner's row changed: its session follows, or ends when it was revoked. A command is passed on. */
  async changed({ id, record, command }: Parameters<Hub["runnerChanged"]>[0]): Promise<void> {
    const session = this.#floor.fleet.get(id);
    if (record === null) {
      await this.end(id, "the runner was revoked");
      return;
    }
    if (session === undefined) return;
    const { preparing, runtimes, capabilities, epoch, state } = session.record;
    session.record = { ...record, preparing, runtimes, capabilities, epoch };
    this.#warmth.changed();
    if (command !== undefined) session.commands.push(command);
    if (state !== record.state) session.commands.push(commandFor(record.state, this.#floor.ports.now()));
    this.#offers.flush(session);
    if (state !== record.state) this.#offers.pull(poolKey(record.project, record.pool));
  }
}
