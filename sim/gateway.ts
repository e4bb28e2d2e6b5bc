import { ProblemError } from "@pulse/schema/problem";
import { type Core, createCore } from "../gateway/src/core.ts";
import type { Hub, RunnerRecord } from "../gateway/src/hub.ts";
import type { Ports } from "../gateway/src/ports.ts";
import { DatabaseLink, type DatabaseWorld, type SimDatabase } from "./database.ts";
import type { Ledger } from "./ledger.ts";
import type { Trace } from "./trace.ts";
import { BrokenOff } from "./user-code.ts";

/** How a call of the gateway went. Silence: nothing was heard of it. */
export type Reply<T> =
  | { kind: "answer"; value: T }
  | { kind: "problem"; problem: ProblemError }
  | { kind: "silence" };

/** What the gateway's process needs of its seed. */
export interface GatewayWorld extends DatabaseWorld {
  trace: Trace;
  ledger: Ledger;
  /** Puts the hub behind a planted bug. */
  wrapHub: (hub: Hub, database: SimDatabase) => Hub;
}

/** The ports of one life: when it is over, nothing of it happens any more. */
class Life {
  isOver = false;
  readonly timers = new Set<object>();
  readonly link: DatabaseLink;
  readonly ports: Ports;

  constructor(database: SimDatabase, world: GatewayWorld, generation: number) {
    const { schedule, random, ledger } = world;
    this.link = new DatabaseLink(database.real, world, generation);
    const refuse = (): never => {
      throw new Error("the dispatcher needs no such port");
    };
    this.ports = {
      now: schedule.now,
      random: (count) => random.bytes(count),
      timer: (ms, callback) => {
        const timer = {};
        this.timers.add(timer);
        const cancel = schedule.after(ms, () => {
          if (this.isOver || !this.timers.delete(timer)) return;
          callback();
        });
        return () => {
          this.timers.delete(timer);
          cancel();
        };
      },
      soon: (callback) =>
        void schedule.after(0, () => {
          if (!this.isOver) callback();
        }),
      background: (work) => void work.catch((error: unknown) => checkKnown(ledger, error)),
      scrypt: refuse,
      gzip: refuse,
      gunzip: refuse,
      masterKeys: { known: refuse },
      outbound: { policy: { allowed: [], ports: [] }, send: refuse },
      database: {
        client: this.link,
        get orm(): never {
          return refuse();
        },
      },
      blobs: { put: refuse, get: refuse, list: refuse, delete: refuse },
      log: {
        info: () => undefined,
        warn: () => undefined,
        error: (_line, cause) => checkKnown(ledger, cause),
      },
    };
  }
}

/** The gateway's process: the shipped core over the simulated world, one life after another. */
export class Gateway {
  readonly #world: GatewayWorld;
  readonly #database: SimDatabase;
  /** The rows of runners, as the feature that owns them would keep them. */
  readonly runners = new Map<string, RunnerRecord>();
  readonly #inFlight = new Map<() => void, string>();
  #life: Life | null = null;
  #core: Core | null = null;
  #hub: Hub | null = null;
  generation = 0;

  constructor(world: GatewayWorld, database: SimDatabase) {
    this.#world = world;
    this.#database = database;
  }

  /** The hub of a life that is up, or null. */
  get hub(): Hub | null {
    return this.#hub;
  }

  /** A process runs, up or about to be. */
  get isStarted(): boolean {
    return this.#life !== null;
  }

  /** Timers that this life has running: what is left when all is done is a leak. */
  get timers(): number {
    return this.#life?.timers.size ?? 0;
  }

  /** Calls that have not ended. */
  get inFlight(): string[] {
    return [...this.#inFlight.values()];
  }

  /** Starts a new life over the same rows; one that cannot read them ends and is started again. */
  start(): void {
    const { schedule, trace, isRemote, ledger, wrapHub } = this.#world;
    this.generation += 1;
    const life = new Life(this.#database, this.#world, this.generation);
    const core = createCore({
      ports: life.ports,
      directory: {
        loadRunner: async (id) => {
          await life.link.execute("SELECT 1");
          const record = this.runners.get(id);
          return record === undefined ? null : { ...record };
        },
        savePresence: async () => undefined,
      },
      onBuildEnded: async () => undefined,
      ...(isRemote ? { bootGraceMs: 0 } : {}),
    });
    this.#life = life;
    this.#core = core;
    core.start().then(
      () => {
        if (life.isOver) return;
        this.#hub = wrapHub(core.hub, this.#database);
        trace.note(`gateway ${this.generation} is up`);
      },
      (error: unknown) => {
        if (life.isOver) return;
        checkKnown(ledger, error);
        trace.note(`gateway ${this.generation} could not start`);
        void this.crash().then(() =>
          schedule.after(1000, () => {
            if (!this.isStarted) this.start();
          }),
        );
      },
    );
  }

  /** Ends the process as `kill -9` would: what was not committed is lost, or committed and nobody hears of it. */
  async crash(): Promise<void> {
    const life = this.#life;
    if (life === null) return;
    this.#world.trace.note(`gateway ${this.generation} crashes`);
    life.isOver = true;
    this.#life = null;
    this.#core = null;
    this.#hub = null;
    for (const reset of [...this.#inFlight.keys()]) reset();
    this.#inFlight.clear();
    await life.link.crash();
  }

  /** Ends the process as a deploy would: parked polls are answered, what is under way has a moment, then it ends. */
  async restart(graceMs: number): Promise<void> {
    const core = this.#core;
    if (core === null) return;
    this.#world.trace.note(`gateway ${this.generation} is told to end`);
    await core.drain(AbortSignal.abort());
    core.stop();
    await new Promise<void>((resolve) => {
      this.#world.schedule.after(graceMs, resolve);
    });
    if (this.#core === core) await this.crash();
  }

  /** Lets the hub serve a call; `onEnd` hears how it went, at most once. */
  serve<T>(label: string, work: (hub: Hub) => Promise<T>, onEnd: (reply: Reply<T>) => void): void {
    const hub = this.#hub;
    if (hub === null) {
      onEnd({ kind: "silence" });
      return;
    }
    const reset = () => onEnd({ kind: "silence" });
    const end = (reply: Reply<T>) => {
      if (this.#inFlight.delete(reset)) onEnd(reply);
    };
    this.#inFlight.set(reset, label);
    work(hub).then(
      (value) => end({ kind: "answer", value }),
      (error: unknown) => {
        if (!(error instanceof ProblemError)) {
          if (this.#inFlight.has(reset)) checkKnown(this.#world.ledger, error);
          end({ kind: "silence" });
        } else end({ kind: "problem", problem: error });
      },
    );
  }
}

/** The database's refusals are what this is about; every other error is a bug. */
export function checkKnown(ledger: Ledger, error: unknown): void {
  const isKnown =
    (error instanceof ProblemError && error.code !== "internal") ||
    error instanceof BrokenOff ||
    (error instanceof DOMException && error.name === "AbortError") ||
    String(error).includes("SQLITE_BUSY");
  if (!isKnown)
    ledger.violate("no error of its own", error instanceof Error ? String(error.stack) : String(error));
}
