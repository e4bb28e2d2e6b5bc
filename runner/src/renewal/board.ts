/** Executions whose id is longer than this are listed by the main thread alone; ours have 30 characters. */
const idMostBytes = 48;
const slotBytes = 64;
const slotsMost = 4096;
/** Words of 8 bytes before the slots. */
const renewedAtWord = 0;
const selfFenceWord = 1;
const epochWord = 2;
const fencesAskedWord = 3;
const fencesDoneWord = 4;
/** How many slots were ever taken: those behind them are empty. */
const everTakenWord = 5;
const headBytes = 48;

/** What a slot holds: nothing, or a holding with these marks. */
const filled = 1;
const atMostOnce = 2;
const kept = 4;
const fenced = 8;

/** A holding as the board lists it. */
export interface Listed {
  execution: string;
  fence: number;
}

/**
 * What the renewal thread must know even while the main thread is busy, in memory that both see: what is held under which fence, when the lease
 * was last renewed. The main thread writes, without a message or a wake-up; only the time and the mark
 * *fenced* are written by both. A lease counts on the monotonic clock of the machine, which all threads share.
 */
export class RenewalBoard {
  /** To be handed to the thread. */
  readonly memory: SharedArrayBuffer;
  readonly #words: BigInt64Array;
  readonly #bytes: Buffer;
  readonly #marks: Int32Array;
  /** Milliseconds of the clock that every thread reads alike. */
  readonly now: () => number;
  #free = 0;

  constructor(memory = new SharedArrayBuffer(headBytes + slotsMost * slotBytes), now = sharedNow) {
    this.memory = memory;
    this.now = now;
    this.#words = new BigInt64Array(memory, 0, headBytes / 8);
    this.#marks = new Int32Array(memory, headBytes, (slotsMost * slotBytes) / 4);
    this.#bytes = Buffer.from(memory, headBytes, slotsMost * slotBytes);
  }

  #word(at: number): number {
    return Number(Atomics.load(this.#words, at));
  }

  get selfFenceMs(): number {
    return this.#word(selfFenceWord);
  }

  set selfFenceMs(ms: number) {
    Atomics.store(this.#words, selfFenceWord, BigInt(Math.round(ms)));
  }

  get epoch(): number {
    return this.#word(epochWord);
  }

  set epoch(epoch: number) {
    Atomics.store(this.#words, epochWord, BigInt(epoch));
  }

  /** A call that was sent at this time (`now()`) was answered. */
  heard(sentAt: number): void {
    const at = BigInt(Math.floor(sentAt));
    for (;;) {
      const known = Atomics.load(this.#words, renewedAtWord);
      if (known >= at || Atomics.compareExchange(this.#words, renewedAtWord, known, at) === known) return;
    }
  }

  /** Until the lease runs out; 0 or less: it has. */
  leftMs(): number {
    return this.#word(renewedAtWord) + this.selfFenceMs - this.now();
  }

  /** A thread found that the lease ran out, and the main thread has not stopped yet what that means. */
  get isFenceDue(): boolean {
    return this.#word(fencesAskedWord) !== this.#word(fencesDoneWord);
  }

  /** The main thread stops what is fenced by now. */
  noteFenced(): void {
    Atomics.store(this.#words, fencesDoneWord, Atomics.load(this.#words, fencesAskedWord));
  }

  /** Lists a holding; returns its slot, -1 when it cannot be listed here. */
  put({ execution, fence }: Listed, isAtMostOnce: boolean): number {
    const length = Buffer.byteLength(execution, "latin1");
    const slot = length > idMostBytes ? -1 : this.#freeSlot();
    if (slot < 0) return -1;
    if (slot >= this.#word(everTakenWord)) Atomics.store(this.#words, everTakenWord, BigInt(slot + 1));
    const at = slot * slotBytes;
    this.#bytes.writeUInt32LE(fence, at + 4);
    this.#bytes.writeUInt32LE(length, at + 8);
    this.#bytes.write(execution, at + 12, idMostBytes, "latin1");
    Atomics.store(this.#marks, at / 4, filled | (isAtMostOnce ? atMostOnce : 0));
    return slot;
  }

  #freeSlot(): number {
    for (let tried = 0; tried < slotsMost; tried++) {
      const slot = this.#free;
      this.#free = (slot + 1) % slotsMost;
      if (this.#markOf(slot) === 0) return slot;
    }
    return -1;
  }

  #markOf(slot: number): number {
    return Atomics.load(this.#marks, (slot * slotBytes) / 4);
  }

  /** It has ended and waits to be delivered: it is listed, and never stopped. */
  keep(slot: number): void {
    if (slot >= 0) Atomics.or(this.#marks, (slot * slotBytes) / 4, kept);
  }

  /** Takes a holding off the board. */
  clear(slot: number): void {
    if (slot >= 0) Atomics.store(this.#marks, (slot * slotBytes) / 4, 0);
  }

  /** Whether something is held that must be stopped when the lease runs out. */
  get isAtStake(): boolean {
    for (const { mark } of this.#filled()) if ((mark & (atMostOnce | kept | fenced)) === 0) return true;
    return false;
  }

  /** Whether at-most-once work is held, which is never stopped for a lease. */
  get hasAtMostOnce(): boolean {
    for (const { mark } of this.#filled()) if ((mark & (atMostOnce | kept)) === atMostOnce) return true;
    return false;
  }

  /** The lease ran out: what is in this slot must be stopped, and is renewed no more. */
  isFenced(slot: number): boolean {
    return slot >= 0 && (this.#markOf(slot) & fenced) !== 0;
  }

  /** Renews no more what must be stopped. */
  fence(): void {
    for (const { slot, mark } of this.#filled()) {
      if ((mark & (atMostOnce | kept)) === 0) Atomics.or(this.#marks, (slot * slotBytes) / 4, fenced);
    }
    Atomics.add(this.#words, fencesAskedWord, 1n);
  }

  /** What a renewal lists: what is held and was not stopped. */
  list(): Listed[] {
    const all: Listed[] = [];
    for (const { slot, mark } of this.#filled()) {
      const at = slot * slotBytes;
      const length = Math.min(idMostBytes, this.#bytes.readUInt32LE(at + 8));
      const one = {
        execution: this.#bytes.toString("latin1", at + 12, at + 12 + length),
        fence: this.#bytes.readUInt32LE(at + 4),
      };
      // Read while it was changed: it is not ours any more, or is listed next time.
      if (this.#markOf(slot) === mark && (mark & fenced) === 0) all.push(one);
    }
    return all;
  }

  *#filled(): Generator<{ slot: number; mark: number }> {
    const everTaken = this.#word(everTakenWord);
    for (let slot = 0; slot < everTaken; slot++) {
      const mark = this.#markOf(slot);
      if (mark !== 0) yield { slot, mark };
    }
  }
}

function sharedNow(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
