import type { WarmOrders } from "@pulse/schema/wire/warm-order";
import type { WarmWant } from "../hub.ts";
import type { Ports } from "../ports.ts";
import { type Fleet, isOnline, type Session } from "./fleet.ts";
import { spreadWarm, tagged } from "./spread.ts";

/** Reads what a project's functions want to have warm at any time (`minWarm`). */
export type WarmWants = (project: string) => Promise<WarmWant[]>;

const lookEveryMs = 20_000;
const gatherMs = 50;
/** A runner that was told and does not follow was not reached, or cannot: it is told again after so long. */
const tellAgainMs = 25_000;
const plannedMost = 1000;

interface Planned {
  want: WarmWant;
  fromMs: number;
  untilMs: number;
}

/** Tells runners what to keep warm: what `minWarm` asks for, and what is needed soon. It lives in memory; rows and callers tell it again. */
export class Warmth {
  readonly #fleet: Fleet;
  readonly #ports: Ports;
  readonly #read: WarmWants;
  readonly #flush: (session: Session) => void;
  readonly #lasting = new Map<string, WarmWant[]>();
  readonly #reading = new Map<string, "once" | "again">();
  #planned: Planned[] = [];
  readonly #wanted = new WeakMap<Session, WarmOrders>();
  readonly #told = new WeakMap<Session, { tag: string; at: number }>();
  #lookAt = 0;
  #isDue = false;
  /** Somebody keeps something warm, as far as they were told. */
  #hasDealt = false;

  /** `flush` answers a runner's parked poll. */
  constructor(fleet: Fleet, ports: Ports, read: WarmWants, flush: (session: Session) => void) {
    this.#fleet = fleet;
    this.#ports = ports;
    this.#read = read;
    this.#flush = flush;
  }

  /** A session began: it was told nothing. */
  opened(session: Session): void {
    this.#told.delete(session);
    if (this.#lasting.has(session.record.project)) this.changed();
    else this.refresh(session.record.project);
  }

  /** Runners came, went or changed: deals anew in a moment, so that many at once are one. */
  changed(): void {
    if (this.#isDue || this.#isIdle()) return;
    this.#isDue = true;
    this.#ports.timer(gatherMs, () => this.#spread());
  }

  #isIdle(): boolean {
    if (this.#planned.length > 0 || this.#hasDealt) return false;
    return [...this.#lasting.values()].every((wants) => wants.length === 0);
  }

  /** What the project wants may have changed: reads it, and tells whom it concerns. */
  refresh(project: string): void {
    if (this.#reading.has(project)) {
      this.#reading.set(project, "again");
      return;
    }
    this.#reading.set(project, "once");
    this.#ports.background(this.#refresh(project));
  }

  async #refresh(project: string): Promise<void> {
    try {
      this.#lasting.set(project, await this.#read(project));
    } finally {
      const isAgain = this.#reading.get(project) === "again";
      this.#reading.delete(project);
      if (isAgain) this.refresh(project);
    }
    this.changed();
  }

  /** A version is needed at a known time: warm from `fromMs` until `untilMs`, epoch milliseconds. At most 1,000 are remembered, the soonest. */
  plan(planned: Planned): void {
    this.#planned = [...this.#planned, planned].sort((a, b) => a.fromMs - b.fromMs).slice(0, plannedMost);
    this.#lookAt = Math.min(this.#lookAt, planned.fromMs);
    this.changed();
  }

  /** A runner's poll says which orders it follows. */
  heard(session: Session, tag: string): void {
    // A hub that has just started has told nobody, and yet they follow.
    if (!this.#told.has(session)) this.#told.set(session, { tag, at: Number.NEGATIVE_INFINITY });
    if (!this.#lasting.has(session.record.project)) this.refresh(session.record.project);
    const wanted = this.#wanted.get(session);
    if (wanted === undefined || wanted.tag === tag) return;
    const told = this.#told.get(session);
    const isToldNow = told?.tag === wanted.tag && this.#ports.now() - told.at < tellAgainMs;
    if (!isToldNow) this.#tell(session, wanted);
  }

  #tell(session: Session, orders: WarmOrders): void {
    this.#told.set(session, { tag: orders.tag, at: this.#ports.now() });
    session.prewarm = orders;
    this.#flush(session);
  }

  /** Deals anew where runners came, went or changed, or a time has come. */
  tick(now: number): void {
    if (now < this.#lookAt) return;
    this.#lookAt = now + lookEveryMs;
    this.#planned = this.#planned.filter(({ untilMs }) => untilMs > now);
    this.changed();
  }

  /** When `tick` has something to do, epoch milliseconds; null: nothing is planned. Runners that go are looked at with their presence. */
  nextAt(now: number): number | null {
    const times = this.#planned.flatMap(({ fromMs, untilMs }) => [fromMs, untilMs]).filter((at) => at > now);
    if (times.length === 0) return null;
    const soonest = Math.min(...times);
    this.#lookAt = Math.min(this.#lookAt, soonest);
    return soonest;
  }

  /** Deals everything that is wanted to the runners that are there, and tells those for whom that changes something. */
  #spread(): void {
    this.#isDue = false;
    this.#hasDealt = false;
    const now = this.#ports.now();
    const soon = this.#planned
      .filter(({ fromMs, untilMs }) => fromMs <= now && now < untilMs)
      .map(({ want }) => want);
    const pools = Map.groupBy(this.#fleet.all(), ({ record }) => `${record.project}/${record.pool}`);
    for (const sessions of pools.values()) {
      const { project, pool } = sessions[0]?.record ?? { project: "", pool: "" };
      const all = [...(this.#lasting.get(project) ?? []), ...soon];
      const wants = all.filter((want) => want.order.project === project && want.pool === pool);
      const able = sessions.filter(
        (one) => one.record.state === "active" && one.reported === "active" && isOnline(one, now),
      );
      const dealt = spreadWarm(
        wants,
        able.map(({ record }) => record),
      );
      for (const session of sessions) {
        const orders = tagged(dealt.get(session.record.id) ?? []);
        const before = this.#told.get(session)?.tag ?? "";
        this.#wanted.set(session, orders);
        if (orders.orders.length > 0) this.#hasDealt = true;
        if (orders.tag !== before) this.#tell(session, orders);
      }
    }
  }
}
