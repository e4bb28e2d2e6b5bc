import { randomBytes } from "node:crypto";
import { closeSync, openSync, rmSync, statfsSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

const reserveMostBytes = 8 * 2 ** 20;
const blockBytes = 2 ** 18;
const triedAgainMs = 1000;

/** Whether an error is the system's answer about a file: the disk is full, over quota, read-only, broken, or its folder was taken away. */
export function isDiskTrouble(error: unknown): boolean {
  return error instanceof Error && "errno" in error && "syscall" in error;
}

/**
 * The room that the spool may take. *Roomy*: logs and outcomes are written. *Tight*, when the disk is full or the spool's own limit is reached:
 * logs are no longer kept, and a file that was written in advance is given up so that outcomes still fit. *Roomy* again once that file could be
 * written anew, looked at every second.
 */
export class SpoolSpace {
  readonly #folder: string;
  readonly #path: string;
  readonly #mostBytes: number;
  readonly #reserveBytes: number;
  readonly #say: (line: string) => void;
  #usedBytes = 0;
  #isTight = false;
  #hasReserve = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | null = null;
  #onChange: () => void = () => undefined;

  constructor(folder: string, mostBytes: number, say: (line: string) => void) {
    this.#folder = folder;
    this.#path = join(folder, "reserve");
    this.#mostBytes = mostBytes;
    this.#reserveBytes = Math.min(reserveMostBytes, Math.floor(mostBytes / 4));
    this.#say = say;
    if (!this.#makeReserve()) this.tighten("the disk has no room for the spool's reserve");
  }

  /** Calls back when it became tight or roomy. */
  onChange(callback: () => void): void {
    this.#onChange = callback;
  }

  /** No log is kept and no work should be taken now. */
  get isTight(): boolean {
    return this.#isTight;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Whether so many bytes of a log may be written; what is refused for the limit makes it tight. */
  hasRoomFor(bytes: number): boolean {
    if (this.#isTight) return false;
    if (this.#usedBytes + bytes <= this.#mostBytes - this.#reserveBytes) return true;
    this.tighten(`the spool has reached its limit of ${Math.round(this.#mostBytes / 2 ** 20)} MiB`);
    return false;
  }

  /** So many bytes were written, or, below zero, given back. */
  use(bytes: number): void {
    this.#usedBytes += bytes;
  }

  /** Gives up the reserve, says why, and looks every second whether there is room again. */
  tighten(why: string): void {
    this.#dropReserve();
    if (this.#isTight || this.#isClosed) return;
    this.#isTight = true;
    this.#say(
      `${why}: no new work is taken and logs that the gateway does not take at once are left out; outcomes are kept`,
    );
    this.#timer = setInterval(() => this.#lookAgain(), triedAgainMs);
    this.#timer.unref();
    this.#onChange();
  }

  #lookAgain(): void {
    // Half a reserve more than it needs, so that it does not come and go.
    const wantedBytes = 1.5 * this.#reserveBytes;
    const fits = this.#usedBytes + wantedBytes <= this.#mostBytes && this.#diskFreeBytes() >= wantedBytes;
    if (!fits || !this.#makeReserve()) return;
    this.#stopLooking();
    this.#isTight = false;
    this.#say("the spool has room again: work is taken");
    this.#onChange();
  }

  #diskFreeBytes(): number {
    try {
      const { bavail, bsize } = statfsSync(this.#folder);
      return bavail * bsize;
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      return 0;
    }
  }

  /** Blocks that are really taken on the disk: a file with a hole would reserve nothing, nor would one that the file system compresses. */
  #makeReserve(): boolean {
    if (this.#hasReserve) return true;
    try {
      const kept = statSync(this.#path, { throwIfNoEntry: false });
      if (kept?.size === this.#reserveBytes && kept.blocks * 512 >= kept.size) {
        this.#hasReserve = true;
        return true;
      }
      const file = openSync(this.#path, "w", 0o600);
      try {
        const block = randomBytes(blockBytes);
        for (let at = 0; at < this.#reserveBytes; ) {
          at += writeSync(file, block, 0, Math.min(blockBytes, this.#reserveBytes - at), at);
        }
      } finally {
        closeSync(file);
      }
      this.#hasReserve = true;
      return true;
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      this.#dropReserve();
      return false;
    }
  }

  #dropReserve(): void {
    this.#hasReserve = false;
    try {
      rmSync(this.#path, { force: true });
    } catch (error) {
      // A disk that is read-only has no reserve to give.
      if (!isDiskTrouble(error)) throw error;
    }
  }

  /** Looks no more. */
  close(): void {
    this.#isClosed = true;
    this.#stopLooking();
  }

  #stopLooking(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
