import type { CellSpec, Sandbox } from "../sandbox.ts";
import type { Resident } from "./evict.ts";
import { fillCell } from "./fill-cell.ts";
import { IdleTimes } from "./idle-times.ts";
import { Room, type RoomOptions } from "./room.ts";
import { SharedLoad } from "./shared-load.ts";
import { StemCells } from "./stem-cells.ts";
import { hasSlot, isOld, type Taken, type Version, type WarmCell } from "./warm-cell.ts";

const freezeAfterMs = 10_000;

/** What a pool keeps. */
export interface PoolOptions extends RoomOptions {
  /** An idle cell is frozen after so long. */
  freezeAfterMs?: number;
}

/** A load that is under way, and what it makes. */
interface Loading {
  shared: SharedLoad<Taken | { failure: unknown }>;
  made: Promise<Taken>;
}

/**
 * Started sandboxes. A cell goes through these states, and only forwards:
 *
 * A *stem* is started and warmed up, without code. It waits for a version; kept ready ahead of calls, it ends an hour after its kind was last used.
 * *Loading*, it belongs to one version for good. Calls of that version that come meanwhile wait for it, as many as it may serve at once; when
 * all of them leave it ends, unless it was made ahead. Code that does not load ends it.
 * *Warm and busy*, it runs calls of its version, up to the version's concurrency. A crash, a timeout, an out-of-memory, a call that cannot be
 * stopped or an engine that went away make it end with its last call; so do 1,000 calls, an hour, and `reuse: never`.
 * *Warm and idle* between calls, it ends when it was idle for as long as idle times of its version say, at most its `keepAlive`; as the longest
 * idle one where places or memory run short; and never when it is one of those that `keep` asks for, unless nothing else can make room.
 * *Frozen* is an idle cell (or a stem) of which nothing runs, ten seconds after it became idle. The next call thaws it. It ends like any idle one.
 * *Ending*, it is thawed, killed and removed. Nothing leads back.
 *
 * A call takes a warm cell that is awake, else a frozen one, else a seat in one that loads its version, else a stem, else a new one. Cells
 * never move between projects, and only a stem moves between versions.
 */
export class WarmPool {
  readonly #stems: StemCells;
  readonly #room: Room;
  readonly #idleTimes = new IdleTimes();
  readonly #warm = new Map<string, Set<WarmCell>>();
  /** Every cell that has loaded a version and has not ended, also those that serve no further call. */
  readonly #alive = new Set<WarmCell>();
  readonly #loads = new Map<string, Set<Loading>>();
  /** Cells that load now. */
  readonly #filling = new Set<CellSpec>();
  readonly #timers = new Map<WarmCell, NodeJS.Timeout>();
  readonly #kept = new Map<string, number>();
  #onChange: () => void = () => undefined;
  #onFewer: (key: string) => void = () => undefined;
  #isStopped = false;

  constructor(sandbox: Sandbox, options: PoolOptions) {
    this.#room = new Room(options, () => this.#residents());
    this.#stems = new StemCells({ freezeAfterMs, ...options, sandbox, room: this.#room });
  }

  /** Calls back when `keys` changed. */
  onChange(callback: () => void): void {
    this.#onChange = callback;
  }

  /** Calls back with a key of which there may be fewer cells than before. */
  onFewer(callback: (key: string) => void): void {
    this.#onFewer = callback;
  }

  /** Keys with a cell that is warm, also while it is busy: a version that serves call after call does not come and go. */
  keys(): string[] {
    return [...this.#warm.keys()];
  }

  /** How many cells serve this key. */
  warmCount(key: string): number {
    return this.#warm.get(key)?.size ?? 0;
  }

  /** How many cells serve this key, or will when they have loaded it. */
  count(key: string): number {
    return this.warmCount(key) + (this.#loads.get(key)?.size ?? 0);
  }

  /** Whether `add` would find room where idle cells end that nobody asked to keep. */
  couldAdd({ key, spec }: Version): boolean {
    return this.#room.couldHave({ bytes: spec.memory, key });
  }

  /** So many cells of the key do not end for being idle. They are made with `add`. */
  keep(key: string, count: number): void {
    if (count > 0) this.#kept.set(key, count);
    else this.#kept.delete(key);
  }

  /** Makes one more warm cell ahead of calls, after everything that calls wait for. */
  add(version: Version): Promise<Taken> {
    return this.#begin(version, true).made;
  }

  /** A cell with the version loaded, its slot taken; an error of the code; or how the process ended while it loaded. */
  async take(version: Version, signal: AbortSignal): Promise<Taken> {
    const begun = performance.now();
    const { key, use } = version;
    for (let warm = this.#pick(key); warm !== undefined; warm = this.#pick(key)) {
      if (warm.idleSince !== null) this.#idleTimes.called(key, warm.idleSince, begun);
      this.#hold(warm);
      warm.keepAliveMs = use.keepAliveMs;
      const waking = warm.frost.wake();
      if (waking === null || (await waking.then(() => true).catch(() => false))) {
        return { warm, start: "warm", startMs: performance.now() - begun, initMs: 0 };
      }
      // Its engine has lost it.
      await this.giveBack(warm, false);
    }
    signal.throwIfAborted();
    this.#idleTimes.missed(key, begun);
    const seats = use.reuse ? use.concurrency : 1;
    const loads = [...(this.#loads.get(key) ?? [])];
    const known = loads.find(({ shared }) => shared.isWanted && shared.waiting < seats);
    const { shared } = known ?? this.#begin(version, false);
    const taken = await shared.join(signal);
    if ("failure" in taken) throw taken.failure;
    return taken;
  }

  /** One that is awake, else one that is frozen. */
  #pick(key: string): WarmCell | undefined {
    let frozen: WarmCell | undefined;
    for (const warm of this.#warm.get(key) ?? []) {
      if (!hasSlot(warm)) continue;
      if (!warm.frost.isFrozen) return warm;
      frozen ??= warm;
    }
    return frozen;
  }

  #begin(version: Version, isAhead: boolean): Loading {
    const { key } = version;
    const shared: Loading["shared"] = new SharedLoad(isAhead);
    const made = this.#make(version, shared, isAhead);
    const loading = { shared, made };
    const loads = this.#loads.get(key) ?? new Set();
    this.#loads.set(key, loads.add(loading));
    const leave = () => {
      if (loads.delete(loading) && loads.size === 0) this.#loads.delete(key);
    };
    made.then(
      (done) => {
        leave();
        shared.settle(() => {
          if (!("warm" in done)) return done;
          this.#hold(done.warm);
          return { ...done };
        });
        if ("warm" in done && done.warm.running === 0) this.#rest(done.warm);
        this.#onFewer(key);
      },
      (failure: unknown) => {
        leave();
        shared.settle(() => ({ failure }));
        this.#onFewer(key);
      },
    );
    return loading;
  }

  async #make(
    { key, spec, use, load }: Version,
    shared: Loading["shared"],
    isAhead: boolean,
  ): Promise<Taken> {
    // Not before the caller has joined, by which it is urgent.
    await Promise.resolve();
    const isUrgent = () => shared.waiting > 0;
    const filled = await fillCell(this.#stems, { spec, load, isUrgent }, this.#filling, shared.signal);
    if (!("fresh" in filled)) return filled;
    const { fresh, ready, start, startMs } = filled;
    // What serves one call and was made for one is never seen by others.
    const isDead = this.#isStopped || (!use.reuse && !isAhead);
    const warm: WarmCell = {
      ...{ ...fresh, key, ready, memory: spec.memory, isDead },
      ...{ concurrency: use.concurrency, keepAliveMs: use.keepAliveMs, isSingle: !use.reuse },
      ...{ running: 0, calls: 0, bornAt: performance.now(), idleSince: null },
    };
    this.#add(warm);
    return { warm, start, startMs, initMs: ready.initMs };
  }

  /** Gives a slot back; a cell that is not `healthy` serves no further call and ends with its last one. Never rejects. */
  async giveBack(warm: WarmCell, healthy: boolean): Promise<void> {
    warm.running -= 1;
    if (!healthy || isOld(warm) || this.#isStopped || warm.cell.isCut?.() === true) this.#remove(warm);
    if (warm.running > 0) return;
    if (warm.isDead) await warm.cell.destroy();
    else this.#rest(warm);
  }

  #rest(warm: WarmCell): void {
    if (warm.isDead) return void warm.cell.destroy();
    warm.idleSince = performance.now();
    warm.frost.rest();
    this.#expire(warm);
    this.#room.watch(this.#timers.size);
  }

  /** Ends an idle cell in due time; one that is kept is looked at again, unless it is too old. */
  #expire(warm: WarmCell): void {
    const staysMs = this.#idleTimes.keepAlive(warm.key, warm.keepAliveMs);
    const timer = setTimeout(
      () => {
        const isKept = this.#rankOf(warm) < (this.#kept.get(warm.key) ?? 0);
        if (isKept && !isOld(warm)) this.#expire(warm);
        else this.#end(warm);
      },
      Math.max(staysMs, this.#kept.has(warm.key) ? 1000 : 0),
    );
    this.#timers.set(warm, timer);
  }

  /** Its place among the cells of its key, the oldest first. */
  #rankOf(warm: WarmCell): number {
    return [...(this.#warm.get(warm.key) ?? [])].indexOf(warm);
  }

  #hold(warm: WarmCell): void {
    clearTimeout(this.#timers.get(warm));
    this.#timers.delete(warm);
    warm.idleSince = null;
    warm.running += 1;
    warm.calls += 1;
    if (warm.isSingle) this.#remove(warm);
  }

  #add(warm: WarmCell): void {
    this.#alive.add(warm);
    void warm.conversation.ended.then(() => {
      this.#remove(warm);
      this.#alive.delete(warm);
    });
    // What it prints from now on would be lost.
    warm.cell.onCut?.(() => (warm.running > 0 ? this.#remove(warm) : this.#end(warm)));
    if (warm.isDead) return;
    const cells = this.#warm.get(warm.key);
    if (cells !== undefined) cells.add(warm);
    else {
      this.#warm.set(warm.key, new Set([warm]));
      this.#onChange();
    }
  }

  /** It serves no further call. */
  #remove(warm: WarmCell): void {
    warm.isDead = true;
    warm.frost.stop();
    clearTimeout(this.#timers.get(warm));
    this.#timers.delete(warm);
    const cells = this.#warm.get(warm.key);
    if (!cells?.delete(warm)) return;
    if (cells.size === 0) {
      this.#warm.delete(warm.key);
      this.#onChange();
    }
    this.#onFewer(warm.key);
  }

  #end(warm: WarmCell): void {
    if (warm.running > 0) return;
    if (warm.idleSince !== null) this.#idleTimes.ended(warm.key, warm.idleSince);
    this.#remove(warm);
    void warm.cell.destroy();
  }

  #residents(): Resident<() => void>[] {
    const warm = [...this.#alive].map((one) => ({
      of: () => this.#end(one),
      memory: one.memory,
      idleSince: one.isDead ? null : one.idleSince,
      key: one.key,
      isKept: this.#rankOf(one) < (this.#kept.get(one.key) ?? 0),
    }));
    const filling = [...this.#filling].map(({ memory }) => ({
      ...{ of: () => undefined, memory, idleSince: null, key: "", isKept: false },
    }));
    return [...warm, ...filling, ...this.#stems.residents()];
  }

  /** Ends every cell. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#room.stop();
    for (const loads of this.#loads.values())
      for (const { shared } of loads) if (shared.waiting === 0) shared.abandon(new Error("the runner stops"));
    const cells = [...this.#alive];
    for (const warm of cells) this.#remove(warm);
    await Promise.all([this.#stems.stop(), ...cells.map(({ cell }) => cell.destroy())]);
  }
}
