import { Conversation } from "./conversation.ts";
import type { CallError } from "./outcome.ts";
import type { Ready } from "./runtime-frames.ts";
import { type Cell, type CellSpec, cellKey, type Sandbox } from "./sandbox.ts";

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
  dead: boolean;
}

export interface Lease {
  warm: WarmCell;
  start: "warm" | "stem" | "cold";
  startMs: number;
  initMs: number;
}

interface Stem {
  cell: Cell;
  conversation: Conversation;
}

/**
 * Started sandboxes. A cell is first a *stem cell*: started, warmed up, without code. Loading a version turns it *warm*; it then serves calls
 * of that version only, up to the version's concurrency, and is *idle* between them. An idle cell ends after its keep-alive, after 1,000 calls,
 * after an hour, or as the longest idle one when room is needed; a cell that crashed, timed out or ran out of memory ends at once.
 * A call takes a warm cell, else a stem cell (which is replaced in the background), else a new one. Cells never move between projects, and
 * only a stem cell moves between versions.
 */
export class WarmPool {
  readonly #sandbox: Sandbox;
  readonly #most: number;
  readonly #warm = new Map<string, Set<WarmCell>>();
  readonly #stems = new Map<string, Stem[]>();
  readonly #growing = new Set<string>();
  readonly #timers = new Map<WarmCell, NodeJS.Timeout>();
  #onChange: () => void = () => undefined;
  #stopped = false;

  /** `most` idle cells are kept at the most. */
  constructor(sandbox: Sandbox, most: number) {
    this.#sandbox = sandbox;
    this.#most = most;
  }

  onChange(callback: () => void): void {
    this.#onChange = callback;
  }

  /** Keys with an idle cell. */
  idleKeys(): string[] {
    return [...this.#warm].filter(([, cells]) => [...cells].some(hasRoom)).map(([key]) => key);
  }

  /** A cell with the version loaded, its slot taken; an error of the code; or null when the process ended while it loaded. */
  async take(
    key: string,
    spec: CellSpec,
    options: { concurrency: number; keepAliveMs: number; reuse: boolean },
    load: (
      cell: Cell,
      conversation: Conversation,
      signal: AbortSignal,
    ) => Promise<Ready | { error: CallError } | null>,
    signal: AbortSignal,
  ): Promise<Lease | { error: CallError } | null> {
    const begun = performance.now();
    for (const warm of options.reuse ? (this.#warm.get(key) ?? []) : []) {
      if (!hasRoom(warm)) continue;
      this.#hold(warm);
      return { warm, start: "warm", startMs: performance.now() - begun, initMs: 0 };
    }
    const limited = AbortSignal.any([signal, AbortSignal.timeout(prepareMs)]);
    const stem = this.#stems.get(cellKey(spec))?.shift();
    const fresh = stem ?? (await this.#start(spec, limited));
    if (options.reuse) this.#grow(spec);
    const startMs = performance.now() - begun;
    let ready: Ready | { error: CallError } | null;
    try {
      ready = await load(fresh.cell, fresh.conversation, limited);
    } catch (error) {
      await fresh.cell.destroy();
      throw error;
    }
    if (ready === null || "error" in ready) {
      await fresh.cell.destroy();
      return ready;
    }
    const warm: WarmCell = {
      ...fresh,
      key,
      ready,
      concurrency: options.reuse ? options.concurrency : 1,
      running: 0,
      calls: 0,
      bornAt: performance.now(),
      idleSince: 0,
      keepAliveMs: options.keepAliveMs,
      dead: !options.reuse,
    };
    if (options.reuse) this.#add(warm);
    this.#hold(warm);
    return { warm, start: stem === undefined ? "cold" : "stem", startMs, initMs: ready.initMs };
  }

  /** Gives a cell back after a call; one that is not `healthy` ends. */
  async giveBack(warm: WarmCell, healthy: boolean): Promise<void> {
    warm.running -= 1;
    const old = warm.calls >= recycleCalls || performance.now() - warm.bornAt > recycleMs;
    if (!healthy || warm.dead || old || this.#stopped) {
      this.#remove(warm);
      if (warm.running === 0 || !healthy) await warm.cell.destroy();
      return;
    }
    if (warm.running > 0) return;
    warm.idleSince = performance.now();
    this.#timers.set(
      warm,
      setTimeout(() => void this.#end(warm), warm.keepAliveMs),
    );
    this.#makeRoom();
    this.#onChange();
  }

  #hold(warm: WarmCell): void {
    clearTimeout(this.#timers.get(warm));
    this.#timers.delete(warm);
    warm.running += 1;
    warm.calls += 1;
  }

  #add(warm: WarmCell): void {
    const cells = this.#warm.get(warm.key) ?? new Set();
    cells.add(warm);
    this.#warm.set(warm.key, cells);
    void warm.cell.exited.then(() => this.#remove(warm));
  }

  #remove(warm: WarmCell): void {
    warm.dead = true;
    clearTimeout(this.#timers.get(warm));
    this.#timers.delete(warm);
    const cells = this.#warm.get(warm.key);
    if (cells?.delete(warm) && cells.size === 0) this.#warm.delete(warm.key);
  }

  async #end(warm: WarmCell): Promise<void> {
    if (warm.running > 0) return;
    this.#remove(warm);
    this.#onChange();
    await warm.cell.destroy();
  }

  /** Ends the longest idle cells above the limit. */
  #makeRoom(): void {
    const idle = [...this.#timers.keys()].sort((a, b) => a.idleSince - b.idleSince);
    for (const warm of idle.slice(0, Math.max(0, idle.length - this.#most))) void this.#end(warm);
  }

  async #start(spec: CellSpec, signal: AbortSignal): Promise<Stem> {
    const cell = await this.#sandbox.start(spec, signal);
    const conversation = new Conversation(cell, 2);
    try {
      await conversation.greeted(signal);
    } catch (error) {
      await cell.destroy();
      throw error;
    }
    return { cell, conversation };
  }

  /** Keeps one stem cell of a kind that was just used, made in the background, one at a time. */
  #grow(spec: CellSpec): void {
    const key = cellKey(spec);
    const stems = this.#stems.get(key) ?? [];
    this.#stems.set(key, stems);
    if (stems.length > 0 || this.#growing.has(key) || this.#stopped) return;
    this.#growing.add(key);
    void this.#start(spec, AbortSignal.timeout(prepareMs))
      .then(async (stem) => {
        if (this.#stopped) return stem.cell.destroy();
        stems.push(stem);
        void stem.cell.exited.then(() => {
          const at = stems.indexOf(stem);
          if (at >= 0) stems.splice(at, 1);
        });
      })
      .catch(() => undefined)
      .finally(() => this.#growing.delete(key));
  }

  /** Ends every cell. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const cells = [...this.#warm.values()].flatMap((set) => [...set]);
    for (const warm of cells) this.#remove(warm);
    const stems = [...this.#stems.values()].flat();
    await Promise.all([...cells, ...stems].map(({ cell }) => cell.destroy()));
  }
}

function hasRoom(warm: WarmCell): boolean {
  return !warm.dead && warm.running < warm.concurrency;
}
