import { Conversation } from "../conversation.ts";
import { type Cell, type CellSpec, cellKey, type Sandbox } from "../sandbox.ts";
import { CreationGate } from "./creation-gate.ts";
import type { Resident } from "./evict.ts";
import { Frost } from "./frost.ts";
import type { Room } from "./room.ts";
import { stemsAhead } from "./stems-ahead.ts";

const prepareMs = 120_000;
const keepMs = 3_600_000;
/** After the last use of a kind, what a burst left beyond one stem cell ends. */
const surplusMs = 60_000;
const takesRemembered = 3;

/** A started runtime without code. */
export interface Stem {
  cell: Cell;
  conversation: Conversation;
  frost: Frost;
}

interface Parked extends Stem {
  since: number;
}

interface Waiter {
  isUrgent(): boolean;
  resolve(stem: Stem): void;
  reject(error: unknown): void;
}

interface Kind {
  spec: CellSpec;
  /** The one that came last is taken first: it is the least likely to be frozen. */
  ready: Parked[];
  /** In the order in which they came. */
  waiters: Set<Waiter>;
  /** Creations that wait for their turn, and those that have it. */
  queued: number;
  creating: number;
  /** When stem cells were last taken, newest last. */
  takes: number[];
  timers: NodeJS.Timeout[];
}

/** Whose the next one is: the first that a call waits for, else the first of all. */
function firstOf({ waiters }: Kind): Waiter | undefined {
  const all = [...waiters];
  return all.find((one) => one.isUrgent()) ?? all[0];
}

/** What stem cells are made with. */
export interface StemOptions {
  sandbox: Sandbox;
  room: Room;
  freezeAfterMs: number;
}

/**
 * Started runtimes without code: one of each kind that was used within the last hour, up to three while they are taken in quick succession.
 * One that is taken is replaced in the background. Calls that find none wait for what is being made, in order; two are made at a time.
 */
export class StemCells {
  readonly #options: StemOptions;
  readonly #gate = new CreationGate();
  readonly #kinds = new Map<string, Kind>();
  readonly #growing = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(options: StemOptions) {
    this.#options = options;
  }

  /** A stem cell of this kind: one that is ready, else the next that is made. What is not urgent goes after everything that is. */
  async take(
    spec: CellSpec,
    isUrgent: () => boolean,
    signal: AbortSignal,
  ): Promise<Stem & { start: "stem" | "cold" }> {
    signal.throwIfAborted();
    const kind = this.#kindOf(spec);
    if (isUrgent()) kind.takes = [...kind.takes, performance.now()].slice(-takesRemembered);
    this.#refresh(kind);
    for (let stem = kind.ready.pop(); stem !== undefined; stem = kind.ready.pop()) {
      this.#fill(kind);
      try {
        await stem.frost.wake();
        return { ...stem, start: "stem" };
      } catch {
        // The engine has lost it.
        void stem.cell.destroy();
      }
    }
    return { ...(await this.#wait(kind, isUrgent, signal)), start: "cold" };
  }

  /** Every stem cell, and those that are being made for nobody yet, for eviction. */
  residents(): Resident<() => void>[] {
    return [...this.#kinds].flatMap(([key, kind]) => {
      const { memory } = kind.spec;
      const making = Array.from({ length: Math.max(0, kind.creating - kind.waiters.size) }, () => ({
        ...{ of: () => undefined, memory, idleSince: null },
        ...{ key, isKept: true },
      }));
      const parked = kind.ready.map((stem) => ({
        ...{ of: () => this.#drop(kind, stem), memory, idleSince: stem.since },
        ...{ key, isKept: false },
      }));
      return [...making, ...parked];
    });
  }

  #kindOf(spec: CellSpec): Kind {
    const key = cellKey(spec);
    const known = this.#kinds.get(key);
    if (known !== undefined) return known;
    const kind: Kind = {
      ...{ spec, ready: [], waiters: new Set() },
      ...{ queued: 0, creating: 0, takes: [], timers: [] },
    };
    const surplus = setTimeout(() => {
      for (const stem of kind.ready.slice(stemsAhead([], 0))) this.#drop(kind, stem);
    }, surplusMs);
    const expiry = setTimeout(() => {
      this.#kinds.delete(key);
      for (const stem of [...kind.ready]) this.#drop(kind, stem);
    }, keepMs);
    kind.timers = [surplus.unref(), expiry.unref()];
    this.#kinds.set(key, kind);
    return kind;
  }

  #refresh(kind: Kind): void {
    for (const timer of kind.timers) timer.refresh();
  }

  #wait(kind: Kind, isUrgent: () => boolean, signal: AbortSignal): Promise<Stem> {
    const { promise, resolve, reject } = Promise.withResolvers<Stem>();
    const leave = () => {
      kind.waiters.delete(waiter);
      reject(signal.reason);
    };
    const settle = <Value>(end: (value: Value) => void) => {
      return (value: Value) => {
        signal.removeEventListener("abort", leave);
        kind.waiters.delete(waiter);
        end(value);
      };
    };
    const waiter: Waiter = { isUrgent, resolve: settle(resolve), reject: settle(reject) };
    kind.waiters.add(waiter);
    signal.addEventListener("abort", leave, { once: true });
    this.#fill(kind);
    return promise;
  }

  /** How many more are wanted than are ready. A call that waits comes first: nothing is made ahead beside it, unless calls come in a burst. */
  #wanted(kind: Kind): number {
    // A custom image's program starts with its container, for its version alone: a second one is of use where each call takes one.
    if (kind.spec.custom?.isUsedOnce === false) return kind.waiters.size - kind.ready.length;
    const ahead = stemsAhead(kind.takes, performance.now());
    const isAlone = kind.waiters.size > 0 && ahead === 1;
    return kind.waiters.size + (isAlone ? 0 : ahead - kind.ready.length);
  }

  #fill(kind: Kind): void {
    if (this.#stop.signal.aborted || this.#kinds.get(cellKey(kind.spec)) !== kind) return;
    for (let missing = this.#wanted(kind) - kind.queued - kind.creating; missing > 0; missing -= 1) {
      const growing = this.#grow(kind).finally(() => this.#growing.delete(growing));
      this.#growing.add(growing);
    }
  }

  async #grow(kind: Kind): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(prepareMs)]);
    const isUrgent = () => [...kind.waiters].filter((one) => one.isUrgent()).length > kind.creating;
    kind.queued += 1;
    let isQueued = true;
    try {
      const stem = await this.#gate.run(
        async (started) => {
          isQueued = false;
          kind.queued -= 1;
          return this.#isStillWanted(kind) ? await this.#create(kind, started, signal) : null;
        },
        isUrgent,
        signal,
      );
      if (stem !== null) this.#deliver(kind, stem);
    } catch (error) {
      if (isQueued) kind.queued -= 1;
      // What was made ahead for nobody: the next call makes its own, and tells why it cannot.
      firstOf(kind)?.reject(error);
      if (kind.waiters.size > 0) this.#fill(kind);
    }
  }

  #isStillWanted(kind: Kind): boolean {
    if (this.#wanted(kind) <= kind.creating) return false;
    const key = cellKey(kind.spec);
    if (kind.waiters.size <= kind.creating) return this.#options.room.has({ bytes: kind.spec.memory, key });
    // Who waits for it has its place already.
    this.#options.room.make({ bytes: 0, key });
    return true;
  }

  async #create(kind: Kind, started: () => void, signal: AbortSignal): Promise<Stem> {
    kind.creating += 1;
    try {
      const cell = await this.#options.sandbox.start(kind.spec, signal, started);
      const conversation = new Conversation(cell);
      try {
        await conversation.greeted(signal);
      } catch (error) {
        await cell.destroy();
        throw error;
      }
      return { cell, conversation, frost: new Frost(cell, this.#options.freezeAfterMs) };
    } finally {
      kind.creating -= 1;
    }
  }

  #deliver(kind: Kind, stem: Stem): void {
    const first = firstOf(kind);
    if (first !== undefined) first.resolve(stem);
    else this.#park(kind, stem);
    this.#fill(kind);
  }

  #park(kind: Kind, stem: Stem): void {
    const isKnown = this.#kinds.get(cellKey(kind.spec)) === kind;
    if (this.#stop.signal.aborted || !isKnown) {
      void stem.cell.destroy();
      return;
    }
    const parked = { ...stem, since: performance.now() };
    kind.ready.push(parked);
    parked.frost.rest();
    void parked.conversation.ended.then(() => {
      kind.ready = kind.ready.filter((one) => one !== parked);
    });
    // What a call prints in it would be lost.
    stem.cell.onCut?.(() => {
      if (kind.ready.includes(parked)) this.#drop(kind, parked);
    });
    this.#options.room.watch(0);
  }

  #drop(kind: Kind, stem: Parked): void {
    kind.ready = kind.ready.filter((one) => one !== stem);
    stem.frost.stop();
    void stem.cell.destroy();
  }

  /** Ends every stem cell. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("the runner stops"));
    const kinds = [...this.#kinds.values()];
    this.#kinds.clear();
    for (const { timers } of kinds) for (const timer of timers) clearTimeout(timer);
    const ready = kinds.flatMap((kind) => kind.ready);
    await Promise.all([...ready.map(({ cell }) => cell.destroy()), ...this.#growing]);
  }
}
