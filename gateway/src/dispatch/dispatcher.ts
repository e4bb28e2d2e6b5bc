import { ProblemError } from "@pulse/schema/problem";
import { isTerminal } from "@pulse/schema/status";
import { nameOfJob } from "@pulse/schema/wire/job";
import { leaseNumbers } from "@pulse/schema/wire/runner-protocol";
import type { Hub, Invoked } from "../hub.ts";
import type { Ports } from "../ports.ts";
import { Bodies } from "./bodies.ts";
import { freeSlots, poolKey, type Session } from "./fleet.ts";
import { type BuildEnd, createFloor, type Floor, type Place } from "./floor.ts";
import { type Held, jobOf } from "./held.ts";
import { livesOf } from "./live.ts";
import { requiresOf, whyNoRunner } from "./match.ts";
import { measuresOf } from "./measures.ts";
import { Offers } from "./offers.ts";
import { recover } from "./recover.ts";
import { type Directory, Sessions } from "./sessions.ts";
import { settledFromRow } from "./settled-row.ts";
import { Settlements } from "./settlements.ts";
import { Sweep } from "./sweep.ts";
import { Warmth, type WarmWants } from "./warmth.ts";

/**
 * The stateful heart: takes new executions, hands them to runners, and settles them.
 *
 * A row is `queued` until a runner with everything it requires has a free slot; then it is `offered` under a fence that is
 * higher by one. A direct hand-out skips the queue: the row is inserted offered. The runner acknowledges within 3 s of the
 * offer's leaving (any call that names it), or the row goes back to `queued` and no attempt is used up. From the acknowledgement
 * on its lease holds while the runner shows signs of life; 70 s of silence give the work away. Only a completion under the standing fence,
 * a loss, a cancellation or the end of its patience moves a row to a terminal state, which never changes. What lives in memory
 * here (parked polls, parked callers, hints of what is queued) is a waiting room: after a restart the rows tell everything again.
 */
export class Dispatcher implements Hub {
  readonly #floor: Floor;
  readonly #offers: Offers;
  readonly #settlements: Settlements;
  readonly #sessions: Sessions;
  readonly #bodies: Bodies;
  readonly #sweep: Sweep;
  readonly #directory: Directory;
  readonly #warmth: Warmth;

  constructor(options: {
    ports: Ports;
    directory: Directory;
    wakeAt: (ms: number) => void;
    onBuildEnded: (end: BuildEnd) => Promise<void>;
    bootGraceMs: number;
    place: Place;
    warmWants: WarmWants;
  }) {
    const { ports, directory } = options;
    const onBuildEnded = (end: BuildEnd) =>
      options.onBuildEnded(end).then(() => this.#warmth.refresh(end.project));
    this.#floor = createFloor(ports, options.wakeAt, onBuildEnded, options.place);
    this.#directory = directory;
    this.#offers = new Offers(this.#floor);
    this.#settlements = new Settlements(this.#floor, this.#offers);
    const { fleet } = this.#floor;
    this.#warmth = new Warmth(fleet, ports, options.warmWants, (one) => this.#offers.flush(one));
    this.#sessions = new Sessions(this.#floor, this.#offers, this.#settlements, directory, this.#warmth);
    this.#bodies = new Bodies(this.#floor, (session, held) => this.#askToStop(session, held, "disconnected"));
    this.#sweep = new Sweep(
      this.#floor,
      this.#offers,
      this.#settlements,
      directory,
      this.#warmth,
      ports.now() + options.bootGraceMs,
    );
  }

  /** Reads from the rows what runners held and what was queued when the last hub ended. */
  recover(): Promise<void> {
    return recover(this.#floor, this.#directory);
  }

  /** Does what is due; returns when to be called next (epoch ms), or null. */
  tick(): Promise<number | null> {
    return this.#sweep.run();
  }

  /** Hands out nothing new from now on. */
  drain(): void {
    this.#floor.draining = true;
  }

  /** Answers every parked poll, so that connections can close. */
  stop(): void {
    this.drain();
    for (const session of this.#floor.fleet.all()) {
      session.parked?.answer({ serverTimeMs: this.#floor.ports.now(), jobs: [], cancel: [], commands: [] });
    }
    this.#floor.logs.stop();
    this.#floor.news.stop();
  }

  /** Executions in runners' hands that a caller waits for. */
  get waitedFor(): number {
    let count = 0;
    for (const id of this.#floor.holders.keys()) if (this.#floor.room.has(id)) count += 1;
    return count;
  }

  async invoke(args: Parameters<Hub["invoke"]>[0], signal: AbortSignal): Promise<Invoked> {
    const { id } = args.execution;
    const { room } = this.#floor;
    // Parked before it is handed out, so that the fastest answer finds its caller.
    const options = { waitMs: args.waitMs, first: true, body: args.body, late: () => this.#late(id) };
    const parked = args.waitMs > 0 ? room.park(id, options, signal) : null;
    try {
      const holder = await this.#offers.accept(args.execution);
      if (holder !== null) {
        room.settle(id, { kind: "duplicate", ...holder });
        return { kind: "duplicate", ...holder };
      }
    } catch (error) {
      room.settle(id, this.#late(id));
      throw error;
    }
    return parked ?? this.#late(id);
  }

  async wait(args: Parameters<Hub["wait"]>[0], signal: AbortSignal): Promise<Invoked> {
    const { room, store } = this.#floor;
    const options = { waitMs: args.waitMs, first: false, body: null, late: () => this.#late(args.id) };
    const stop = new AbortController();
    const parked = room.park(args.id, options, AbortSignal.any([signal, stop.signal]));
    let waits = false;
    try {
      const row = await store.read(args.id);
      if (row === null) throw new ProblemError("not_found", `there is no execution ${args.id}`);
      waits = !isTerminal(String(row.status));
      return waits ? parked : { kind: "settled", execution: settledFromRow(row) };
    } finally {
      if (!waits) stop.abort();
    }
  }

  #late(id: string): Invoked {
    const held = this.#floor.holders.get(id)?.held.get(id);
    return { kind: "accepted", id, status: held?.state ?? "queued" };
  }

  async cancel(args: Parameters<Hub["cancel"]>[0]): ReturnType<Hub["cancel"]> {
    const found = await this.#floor.store.cancel(args.project, args.id, this.#floor.ports.now());
    if (found === null) throw new ProblemError("not_found", `there is no execution ${args.id}`);
    if (isTerminal(found.before)) {
      throw new ProblemError("already_finished", `execution ${args.id} has ended already: ${found.before}`);
    }
    const session = this.#floor.holders.get(args.id);
    const held = session?.held.get(args.id);
    if (session !== undefined && held !== undefined) {
      this.#askToStop(session, held, args.reason);
      return { status: held.state };
    }
    // It is on its way out of its runner's hands: what is written next ends it, or has ended it otherwise.
    if (found.before === "offered" || found.before === "running") return { status: found.before };
    const message = "cancelled before it started";
    const error = { code: "cancelled", message, source: "platform" } as const;
    this.#settlements.announce(found.held, "cancelled", "cancelled", error);
    this.#floor.traces.neverStarted(found.held, "cancelled", "cancelled");
    return { status: "cancelled" };
  }

  #askToStop(session: Session, held: Held, reason: "cancelled" | "disconnected"): void {
    held.cancelRequested = true;
    const { id: execution, fence } = held;
    session.cancels.set(execution, { execution, fence, graceMs: leaseNumbers.cancelGraceMs, reason });
    this.#offers.flush(session);
  }

  async watchLogs(args: Parameters<Hub["watchLogs"]>[0], signal: AbortSignal): ReturnType<Hub["watchLogs"]> {
    const ticket = await this.#floor.logs.next(args.id, args.ticket, args.waitMs, signal);
    if (this.#floor.holders.has(args.id)) return { ticket, ended: false };
    const row = await this.#floor.store.read(args.id);
    return { ticket, ended: row === null || isTerminal(String(row.status)) };
  }

  async watchEvents(
    args: Parameters<Hub["watchEvents"]>[0],
    signal: AbortSignal,
  ): ReturnType<Hub["watchEvents"]> {
    return { ticket: await this.#floor.news.next(args.project, args.ticket, args.waitMs, signal) };
  }

  async take({ project, takes }: Parameters<Hub["take"]>[0]): ReturnType<Hub["take"]> {
    return this.#floor.buckets.take(project, takes);
  }

  async changed({ project, quiet = false }: Parameters<Hub["changed"]>[0]): Promise<void> {
    this.#floor.told(project, quiet);
  }

  async warmChanged({ project }: Parameters<Hub["warmChanged"]>[0]): Promise<void> {
    this.#warmth.refresh(project);
  }

  async prewarm({ want, fromMs, untilMs }: Parameters<Hub["prewarm"]>[0]): Promise<void> {
    this.#warmth.plan({ want, fromMs, untilMs });
    this.#floor.wakeAt(Math.max(fromMs, this.#floor.ports.now()));
  }

  async logged(args: Parameters<Hub["logged"]>[0]): ReturnType<Hub["logged"]> {
    this.#floor.logs.touch(args.id);
    const held = this.#floor.holders.get(args.id)?.held.get(args.id);
    return { watched: this.#floor.logs.isWatched(args.id), cancelled: held?.cancelRequested ?? false };
  }

  async capChanged(args: Parameters<Hub["capChanged"]>[0]): Promise<void> {
    await this.#floor.store.setCap(args.key, args.max ?? Number.MAX_SAFE_INTEGER);
    const now = this.#floor.ports.now();
    for (const row of await this.#floor.store.backlog(now)) {
      this.#floor.backlog.note(poolKey(row.project, row.pool), row, row.runAt, now);
      this.#offers.pull(poolKey(row.project, row.pool));
    }
  }

  openSession(args: Parameters<Hub["openSession"]>[0]): ReturnType<Hub["openSession"]> {
    this.#floor.wakeAt(this.#floor.ports.now() + leaseNumbers.syncWaitMs);
    this.#floor.changed(args.runner.project);
    return this.#sessions.open(args);
  }

  async endSession({ holder }: Parameters<Hub["endSession"]>[0]): Promise<void> {
    await this.#sessions.current(holder);
    await this.#sessions.end(holder.runner, "the runner left");
  }

  sync(args: Parameters<Hub["sync"]>[0], signal: AbortSignal): ReturnType<Hub["sync"]> {
    return this.#sessions.sync(args.holder, args.request, signal);
  }

  renew(args: Parameters<Hub["renew"]>[0]): ReturnType<Hub["renew"]> {
    return this.#sessions.renew(args.holder, args.running);
  }

  start(args: Parameters<Hub["start"]>[0]): ReturnType<Hub["start"]> {
    return this.#sessions.start(args);
  }

  async request(args: Parameters<Hub["request"]>[0]): ReturnType<Hub["request"]> {
    const { held } = await this.#sessions.held(args.holder, args.execution, args.fence);
    if (held.cancelRequested) throw new ProblemError("cancelled", "the execution was cancelled");
    return this.#bodies.request(held);
  }

  async response(args: Parameters<Hub["response"]>[0], signal: AbortSignal): ReturnType<Hub["response"]> {
    const { session, held } = await this.#sessions.held(args.holder, args.execution, args.fence);
    return this.#bodies.response(session, held, args.head, args.body, signal);
  }

  async complete(args: Parameters<Hub["complete"]>[0]): ReturnType<Hub["complete"]> {
    const session = await this.#sessions.current(args.holder);
    const settling = args.outcomes.map(async (completion) => ({
      execution: completion.execution,
      fence: completion.fence,
      result: await this.#settlements.complete(session, completion),
    }));
    // The slots are free the moment the outcomes are here, so the claim goes to disk in the same commit as they do.
    const claiming = this.#offers.claimFor(session, Math.min(args.want, freeSlots(session)));
    const [results, next] = await Promise.all([Promise.all(settling), claiming]);
    const now = this.#floor.ports.now();
    for (const held of next) held.leftAt = now;
    if (next.length > 0) this.#floor.wakeAt(now + leaseNumbers.ackMs);
    return { results, jobs: next.map((held) => jobOf(held, this.#floor.traces.isOn)) };
  }

  release(args: Parameters<Hub["release"]>[0]): Promise<void> {
    return this.#sessions.release(args);
  }

  async holding(args: Parameters<Hub["holding"]>[0]): ReturnType<Hub["holding"]> {
    const { held } = await this.#sessions.held(args.holder, args.execution, args.fence);
    const depth = held.job.kind === "function" ? held.job.spec.depth : 0;
    const { traceparent } = jobOf(held, this.#floor.traces.isOn);
    return { project: held.project, attempt: held.attempt, depth, name: nameOfJob(held.job), traceparent };
  }

  runnerChanged(args: Parameters<Hub["runnerChanged"]>[0]): Promise<void> {
    return this.#sessions.changed(args);
  }

  async explain({ project, pool, requires: given, cap }: Parameters<Hub["explain"]>[0]): Promise<string> {
    const { fleet, ports, caps } = this.#floor;
    if (cap && caps.count(cap.key) >= cap.max)
      return `its function may run ${cap.max} at once, and as many run`;
    const requires = "route" in given ? requiresOf(given.route) : given;
    return whyNoRunner(fleet.candidates(poolKey(project, pool), ports.now()), requires, pool);
  }

  async measures(): ReturnType<Hub["measures"]> {
    return { parts: [measuresOf(this.#floor)], silent: 0 };
  }

  async runnersLive({ ids, inFull }: Parameters<Hub["runnersLive"]>[0]): ReturnType<Hub["runnersLive"]> {
    const { fleet, ports } = this.#floor;
    return livesOf(fleet, ids, ports.now(), inFull === true);
  }
}
