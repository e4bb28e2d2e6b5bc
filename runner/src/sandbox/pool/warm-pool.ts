import type { Conversation, Ending } from "../conversation.ts";
import type { CallError } from "../outcome.ts";
import type { Ready } from "../runtime-frames.ts";
import type { Cell, CellSpec, Sandbox } from "../sandbox.ts";
import { SharedLoad } from "./shared-load.ts";
import { StemCells } from "./stem-cells.ts";

const prepareMs = 120_000;
const recycleCalls = 1000;
const recycleMs = 3_600_000;

/** A cell that has loaded a version. */
export interface WarmCell {
  cell: Cell;
  conversation: Conversation;
  key: string;
  ready: Ready;
  concurrency: number;
  running: number;
  calls: number;
  bornAt: number;
  idleSince: number;
  keepAliveMs: number;
  isDead: boolean;
}

/** A slot of a warm cell, to be given back. */
export interface Lease {
  warm: WarmCell;
  start: "warm" | "stem" | "cold";
  startMs: number;
  initMs: number;
}

/** How a load ended. */
export type Loaded = Ready | { error: CallError } | { ending: Ending };
/** Loads code into a cell. */
export type Load = (cell: Cell, conversation: Conversation, signal: AbortSignal) => Promise<Loaded>;
/** What a call gets: a slot, or why there is none. */
export type Taken = Lease | { error: CallError } | { ending: Ending };

interface Options {
  concurrency: number;
  keepAliveMs: number;
  reuse: boolean;
}

/**
 * Started sandboxes. A cell is first a *stem cell*: started, warmed up, without code. Loading a version turns it *warm*; it then serves calls
 * of that version only, up to the version's concurrency, and is *idle* between them. An idle cell ends after its keep-alive, after 1,000 calls,
 * after an hour, or as the longest idle one when room is needed; a cell that crashed, timed out or ran out of memory is never used again.
 * A call takes a warm cell, else a seat in one that loads its version, else a stem cell, else a new one. Cells never move between projects,
 * and only a stem cell moves between versions.
 */
export class WarmPool {
  readonly #stems: StemCells;
  readonly #most: number;
  readonly #warm = new Map<string, Set<WarmCell>>();
  readonly #loads = new Map<string, Set<SharedLoad<Taken | { failure: unknown }>>>();
  readonly #timers = new Map<WarmCell, NodeJS.Timeout>();
  #onChange: () => void = () => undefined;
  #isStopped = false;

  /** `most` idle cells are kept at the most. */
  constructor(sandbox: Sandbox, most: number) {
    this.#stems = new StemCells(sandbox);
    this.#most = most;
  }

  /** Calls back when `keys` changed. */
  onChange(callback: () => void): void {
    this.#onChange = callback;
  }

  /** Keys with a cell that is warm, also while it is busy: a version that serves call after call does not come and go. */
  keys(): string[] {
    return [...this.#warm.keys()];
  }

  /** A cell with the version loaded, its slot taken; an error of the code; or how the process ended while it loaded. */
  async take(key: string, spec: CellSpec, options: Options, load: Load, signal: AbortSignal): Promise<Taken> {
    const begun = performance.now();
    for (const warm of options.reuse ? (this.#warm.get(key) ?? []) : []) {
      if (!hasRoom(warm)) continue;
      this.#hold(warm);
      return { warm, start: "warm", startMs: performance.now() - begun, initMs: 0 };
    }
    signal.throwIfAborted();
    const concurrency = options.reuse ? options.concurrency : 1;
    const loads = [...(this.#loads.get(key) ?? [])];
    const shared =
      loads.find(({ waiting }) => waiting > 0 && waiting < concurrency) ??
      this.#begin(key, spec, { ...options, concurrency }, load);
    const taken = await shared.join(signal);
    if ("failure" in taken) throw taken.failure;
    return taken;
  }

  #begin(
    key: string,
    spec: CellSpec,
    options: Options,
    load: Load,
  ): SharedLoad<Taken | { failure: unknown }> {
    const shared = new SharedLoad<Taken | { failure: unknown }>();
    const loads = this.#loads.get(key) ?? new Set();
    this.#loads.set(key, loads.add(shared));
    const leave = () => {
      if (loads.delete(shared) && loads.size === 0) this.#loads.delete(key);
    };
    this.#make(key, spec, options, load, shared.signal).then(
      (made) => {
        leave();
        shared.settle(() => {
          if (!("warm" in made)) return made;
          this.#hold(made.warm);
          return { ...made };
        });
        if ("warm" in made && made.warm.running === 0) this.#rest(made.warm);
      },
      (failure: unknown) => {
        leave();
        shared.settle(() => ({ failure }));
      },
    );
    return shared;
  }

  async #make(
    key: string,
    spec: CellSpec,
    options: Options,
    load: Load,
    signal: AbortSignal,
  ): Promise<Taken> {
    const begun = performance.now();
    const limit = AbortSignal.timeout(prepareMs);
    const limited = AbortSignal.any([signal, limit]);
    const { start, ...fresh } = await this.#stems.take(spec, options.reuse, limited);
    const startMs = performance.now() - begun;
    let ready: Loaded;
    try {
      ready = await load(fresh.cell, fresh.conversation, limited);
    } catch (error) {
      await fresh.cell.destroy();
      if (!limit.aborted || signal.aborted) throw error;
      return { error: { code: "init_error", message: `did not load within ${prepareMs / 1000} s` } };
    }
    if ("error" in ready || "ending" in ready) {
      await fresh.cell.destroy();
      return ready;
    }
    const warm: WarmCell = {
      ...{ ...fresh, key, ready, concurrency: options.concurrency, running: 0, calls: 0 },
      ...{
        bornAt: performance.now(),
        idleSince: 0,
        keepAliveMs: options.keepAliveMs,
        isDead: !options.reuse,
      },
    };
    if (options.reuse) this.#add(warm);
    return { warm, start, startMs, initMs: ready.initMs };
  }

  /** Gives a slot back; a cell that is not `healthy` serves no further call and ends with its last one. Never rejects. */
  async giveBack(warm: WarmCell, healthy: boolean): Promise<void> {
    warm.running -= 1;
    const old = warm.calls >= recycleCalls || performance.now() - warm.bornAt > recycleMs;
    if (!healthy || old || this.#isStopped || warm.cell.isCut?.() === true) this.#remove(warm);
    if (warm.running > 0) return;
    if (warm.isDead) await warm.cell.destroy();
    else this.#rest(warm);
  }

  #rest(warm: WarmCell): void {
    warm.idleSince = performance.now();
    this.#timers.set(
      warm,
      setTimeout(() => void this.#end(warm), warm.keepAliveMs),
    );
    // The longest idle cells above the limit make room.
    const idle = [...this.#timers.keys()].sort((a, b) => a.idleSince - b.idleSince);
    for (const one of idle.slice(0, Math.max(0, idle.length - this.#most))) void this.#end(one);
  }

  #hold(warm: WarmCell): void {
    clearTimeout(this.#timers.get(warm));
    this.#timers.delete(warm);
    warm.running += 1;
    warm.calls += 1;
  }

  #add(warm: WarmCell): void {
    const cells = this.#warm.get(warm.key);
    if (cells !== undefined) cells.add(warm);
    else {
      this.#warm.set(warm.key, new Set([warm]));
      this.#onChange();
    }
    void warm.conversation.ended.then(() => this.#remove(warm));
  }

  #remove(warm: WarmCell): void {
    warm.isDead = true;
    clearTimeout(this.#timers.get(warm));
    this.#timers.delete(warm);
    const cells = this.#warm.get(warm.key);
    if (!cells?.delete(warm) || cells.size > 0) return;
    this.#warm.delete(warm.key);
    this.#onChange();
  }

  async #end(warm: WarmCell): Promise<void> {
    if (warm.running > 0) return;
    this.#remove(warm);
    await warm.cell.destroy();
  }

  /** Ends every cell. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const cells = [...this.#warm.values()].flatMap((set) => [...set]);
    for (const warm of cells) this.#remove(warm);
    await Promise.all([this.#stems.stop(), ...cells.map(({ cell }) => cell.destroy())]);
  }
}

function hasRoom(warm: WarmCell): boolean {
  return !warm.isDead && warm.running < warm.concurrency && warm.cell.isCut?.() !== true;
}
