import type { Ports } from "../ports.ts";
import { findDue } from "./find-due.ts";
import { type StartDeps, startTick } from "./start-tick.ts";
import { createScheduleStore } from "./store.ts";
import { createTickStore } from "./tick-store.ts";
import { aheadMs, WarmAhead } from "./warm-ahead.ts";

const startedAtOnce = 100;
const goesMost = 50;
/** Schedules whose ticks are started side by side. */
const sideBySide = 16;
/** A wall clock that jumps moves no timer: so often it is asked anew. */
const clockLookMs = 30_000;
const retryMs = 1000;
/** Changes that come at once are looked at together. */
const gatherMs = 20;

/** Sees to the schedules of a project, or of all: one look at a time. */
export class ScheduleKeeper {
  readonly #deps: StartDeps;
  readonly #warm: WarmAhead;
  readonly #wakeAt: (ms: number) => void;
  readonly #onWritten: (project: string) => void;
  readonly #project: string | null;
  readonly #watchesClock: boolean;
  #looking: Promise<number | null> | null = null;
  #cancelTimer: (() => void) | null = null;
  #isStale = false;
  #isStopped = false;
  /** When there is something to do next, epoch milliseconds. */
  #dueAt = 0;

  constructor(options: {
    ports: Ports;
    /** Its address may become known later: it is read at each start. */
    starting: Pick<StartDeps, "hub" | "publicUrl">;
    /** Asks for a tick at this time at the latest. */
    wakeAt: (ms: number) => void;
    /** Hears of each project whose schedules or ticks it has written. */
    onWritten: (project: string) => void;
    /** The only project whose schedules it sees to; null: those of all. */
    project: string | null;
    /** Whether it looks at the clock now and then, where nothing else wakes it. */
    watchesClock: boolean;
  }) {
    const { ports, starting, wakeAt, onWritten, project, watchesClock } = options;
    this.#deps = {
      ports,
      hub: starting.hub,
      get publicUrl() {
        return starting.publicUrl;
      },
    };
    this.#warm = new WarmAhead(this.#deps);
    this.#wakeAt = wakeAt;
    this.#onWritten = onWritten;
    this.#project = project;
    this.#watchesClock = watchesClock;
  }

  /** Somebody changed something, perhaps a schedule. */
  look(): void {
    this.#cancelTimer ??= this.#deps.ports.timer(gatherMs, () => {
      this.#cancelTimer = null;
      this.#lookBehind();
    });
  }

  #lookBehind(): void {
    const { ports } = this.#deps;
    const look = async () => {
      try {
        const next = await this.#lookNow();
        if (next !== null) this.#wakeAt(next);
      } catch (error) {
        this.#wakeAt(ports.now() + retryMs);
        throw error;
      }
    };
    ports.background(look());
  }

  /** Does what is due; returns when the next thing is (epoch ms), or null. */
  async tick(): Promise<number | null> {
    if (this.#deps.ports.now() >= this.#dueAt) return await this.#lookNow();
    return this.#dueAt === Number.POSITIVE_INFINITY ? null : this.#dueAt;
  }

  /** Starts nothing more. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer?.();
  }

  /** What changes while it looks is looked at again. */
  async #lookNow(): Promise<number | null> {
    this.#isStale = true;
    this.#looking ??= this.#run().finally(() => {
      this.#looking = null;
    });
    return await this.#looking;
  }

  async #run(): Promise<number | null> {
    const { ports } = this.#deps;
    this.#dueAt = 0;
    while (this.#isStale && !this.#isStopped) {
      this.#isStale = false;
      for (const project of await findDue(ports, this.#project)) this.#onWritten(project);
      await this.#startDue();
      await this.#warm.look(this.#project);
    }
    const next = await this.#nextAt();
    this.#dueAt = next ?? Number.POSITIVE_INFINITY;
    return next;
  }

  async #startDue(): Promise<void> {
    const { ports } = this.#deps;
    const store = createTickStore(ports.database);
    for (let go = 0; go < goesMost && !this.#isStopped; go++) {
      const due = await store.due(this.#project, ports.now(), startedAtOnce);
      const lines = [...Map.groupBy(due, ({ schedule }) => schedule.id).values()];
      const work = lines.values();
      await Promise.all(
        Array.from({ length: Math.min(sideBySide, lines.length) }, async () => {
          for (const line of work) {
            for (const { schedule, tick } of line) {
              if (!this.#isStopped) await startTick(this.#deps, schedule, tick);
            }
            for (const { tick } of line.slice(0, 1)) this.#onWritten(tick.project);
          }
        }),
      );
      if (due.length < startedAtOnce) return;
    }
  }

  async #nextAt(): Promise<number | null> {
    const { ports } = this.#deps;
    const now = ports.now();
    const store = createScheduleStore(ports.database);
    const horizon = now + aheadMs;
    const [near, far, tick] = await Promise.all([
      store.nextAfter(this.#project, Number.MIN_SAFE_INTEGER),
      store.nextAfter(this.#project, horizon),
      createTickStore(ports.database).nextAt(this.#project),
    ]);
    const times = [
      ...(near !== null && near <= horizon ? [near] : []),
      // In time to make it warm.
      ...(far === null ? [] : [far - aheadMs]),
      ...(tick === null ? [] : [tick]),
    ];
    if (times.length === 0) return null;
    const next = Math.min(...times);
    return this.#watchesClock ? Math.min(next, now + clockLookMs) : next;
  }
}
