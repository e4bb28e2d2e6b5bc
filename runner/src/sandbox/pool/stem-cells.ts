import { Conversation } from "../conversation.ts";
import { type Cell, type CellSpec, cellKey, type Sandbox } from "../sandbox.ts";
import { CreationGate } from "./creation-gate.ts";

const prepareMs = 120_000;
const keepMs = 3_600_000;

/** A started runtime without code. */
export interface Stem {
  cell: Cell;
  conversation: Conversation;
}

interface Kind {
  stem: Stem | null;
  isGrowing: boolean;
  expiry: NodeJS.Timeout;
}

/** Started runtimes without code: one of each kind that was used within the last hour, replaced in the background when it is taken. */
export class StemCells {
  readonly #sandbox: Sandbox;
  readonly #gate = new CreationGate();
  readonly #kinds = new Map<string, Kind>();
  readonly #growing = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** The stem cell of this kind, else a new one. `isKept`: another is made for the next call. */
  async take(
    spec: CellSpec,
    isKept: boolean,
    signal: AbortSignal,
  ): Promise<Stem & { start: "stem" | "cold" }> {
    const kind = this.#kinds.get(cellKey(spec));
    const ready = kind?.stem ?? null;
    if (kind !== undefined) kind.stem = null;
    const taken =
      ready === null
        ? { ...(await this.#create(spec, true, signal)), start: "cold" as const }
        : { ...ready, start: "stem" as const };
    if (isKept) this.#grow(spec);
    return taken;
  }

  async #create(spec: CellSpec, isUrgent: boolean, signal: AbortSignal): Promise<Stem> {
    return this.#gate.run(
      async () => {
        const cell = await this.#sandbox.start(spec, signal);
        const conversation = new Conversation(cell);
        try {
          await conversation.greeted(signal);
        } catch (error) {
          await cell.destroy();
          throw error;
        }
        return { cell, conversation };
      },
      isUrgent,
      signal,
    );
  }

  #grow(spec: CellSpec): void {
    if (this.#stop.signal.aborted) return;
    const key = cellKey(spec);
    const kind = this.#kinds.get(key) ?? this.#add(key);
    kind.expiry.refresh();
    if (kind.stem !== null || kind.isGrowing) return;
    kind.isGrowing = true;
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(prepareMs)]);
    const growing = this.#create(spec, false, signal)
      .then((stem) => this.#park(key, kind, stem))
      // The next call makes its own, and tells why it cannot.
      .catch(() => undefined)
      .finally(() => {
        kind.isGrowing = false;
        this.#growing.delete(growing);
      });
    this.#growing.add(growing);
  }

  #add(key: string): Kind {
    const expiry = setTimeout(() => {
      const kind = this.#kinds.get(key);
      this.#kinds.delete(key);
      void kind?.stem?.cell.destroy();
    }, keepMs).unref();
    const kind: Kind = { stem: null, isGrowing: false, expiry };
    this.#kinds.set(key, kind);
    return kind;
  }

  async #park(key: string, kind: Kind, stem: Stem): Promise<void> {
    if (this.#stop.signal.aborted || this.#kinds.get(key) !== kind) return stem.cell.destroy();
    kind.stem = stem;
    void stem.conversation.ended.then(() => {
      if (kind.stem === stem) kind.stem = null;
    });
  }

  /** Ends every stem cell. */
  async stop(): Promise<void> {
    this.#stop.abort();
    const kinds = [...this.#kinds.values()];
    this.#kinds.clear();
    for (const { expiry } of kinds) clearTimeout(expiry);
    await Promise.all([...kinds.map(({ stem }) => stem?.cell.destroy()), ...this.#growing]);
  }
}
