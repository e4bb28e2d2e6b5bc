import { readFileSync } from "node:fs";
import { freemem, totalmem } from "node:os";
import { footprint, hasRoomFor, type Limits, type Need, type Resident, victimsOf } from "./evict.ts";

const lookEveryMs = 5000;
const leastReserveBytes = 256 * 2 ** 20;
const reserveShare = 0.05;

/** What a pool may take of its machine. */
export interface RoomOptions {
  /** The memory limits of all sandboxes together, bytes; null: what the machine has free decides. */
  budgetBytes: number | null;
  /** Idle cells that nobody asked to keep. */
  idleMost: number;
  /** What the machine has free, bytes. */
  availableBytes?: () => number;
}

/** Ends idle sandboxes where memory or places run short: when one more is wanted, and every five seconds while any is idle. */
export class Room {
  readonly #options: RoomOptions;
  readonly #residents: () => Resident<() => void>[];
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;

  /** `residents` tells of every sandbox and how it is ended. */
  constructor(options: RoomOptions, residents: () => Resident<() => void>[]) {
    this.#options = options;
    this.#residents = residents;
  }

  /** Ends what must end for this need. */
  make(need: Need = { bytes: 0, key: null }): void {
    const victims = victimsOf(this.#residents(), need, this.#limits());
    for (const { of } of victims) of();
  }

  /** Something is idle, `idle` cells that a call may come to: looks within five seconds, and at once when those are too many. Costs a call nothing. */
  watch(idle: number): void {
    if (idle > this.#options.idleMost) this.make();
    if (this.#isStopped) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.make();
      if (this.#residents().some(({ idleSince }) => idleSince !== null)) this.watch(0);
    }, lookEveryMs).unref();
  }

  /** Whether one more can be made ahead, without the end of any other. */
  has(need: Need): boolean {
    return hasRoomFor(this.#residents(), need, this.#limits());
  }

  /** Whether one more can be made ahead where idle ones end that nobody asked to keep. */
  couldHave(need: Need): boolean {
    const all = this.#residents();
    const stay = all.filter(({ idleSince, isKept }) => idleSince === null || isKept);
    const limits = this.#limits();
    const gone = all.filter((one) => !stay.includes(one)).map(({ memory }) => footprint(memory));
    const availableBytes = gone.reduce((sum, bytes) => sum + bytes, limits.availableBytes);
    return hasRoomFor(stay, need, { ...limits, availableBytes });
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #limits(): Limits {
    const { budgetBytes, idleMost, availableBytes = freeBytes } = this.#options;
    return {
      ...{ budgetBytes, idleMost, availableBytes: availableBytes() },
      reserveBytes: Math.max(leastReserveBytes, reserveShare * totalmem()),
    };
  }
}

/** What the machine could give to a new process, caches that it would drop included. */
function freeBytes(): number {
  try {
    const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
    return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024;
  } catch {
    return freemem();
  }
}
