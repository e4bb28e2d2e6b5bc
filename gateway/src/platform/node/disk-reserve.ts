import { closeSync, existsSync, openSync, rmSync, statfsSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

const pageBytes = 2 ** 20;

/** What the disk of the data folder has left. */
export interface DiskState {
  /** `ok`; `low`: nothing new is taken; `spent`: nothing new is taken and the reserve is being used up by what was taken before. */
  state: "ok" | "low" | "spent";
  /** Bytes that can still be written, the reserve not counted. */
  freeBytes: number;
  reserveBytes: number;
}

/**
 * A file beside the database that holds room for when the disk is full: a database cannot even delete without writing. It is given up when a write
 * fails for want of room, so that what was taken before is finished and old rows can go, and taken again when there is room.
 * States: ok → low when less than the reserve is free besides it; low → spent when a write failed; both → ok when twice as much is free again,
 * room within the database counted.
 */
export class DiskReserve {
  readonly #folder: string;
  readonly #path: string;
  readonly #bytes: number;
  #state: DiskState["state"] = "ok";

  /** `bytes` 0: none is kept and nothing is refused before the disk is full. */
  constructor(folder: string, bytes: number) {
    this.#folder = folder;
    this.#path = join(folder, "disk-reserve");
    this.#bytes = bytes;
  }

  get state(): DiskState["state"] {
    return this.#state;
  }

  /** Gives the reserve up; false when it was given up before, or there is none. */
  release(): boolean {
    const had = existsSync(this.#path);
    rmSync(this.#path, { force: true });
    if (this.#bytes > 0) this.#state = "spent";
    return had;
  }

  /** Looks at the disk; `roomInside` are the bytes that the database can reuse. Takes the reserve where there is room for it. */
  look(roomInside: number): DiskState {
    const held = existsSync(this.#path) ? statSync(this.#path).size : 0;
    const { bavail, bsize } = statfsSync(this.#folder);
    const freeBytes = bavail * bsize;
    if (this.#bytes === 0) return { state: "ok", freeBytes, reserveBytes: 0 };
    const room = freeBytes + held + roomInside;
    // What has to stay free for the state not to be tight.
    const leastFree = Math.max(this.#bytes - roomInside, this.#bytes / 4);
    const isTight = freeBytes < leastFree;
    const isAmple = room >= 2.5 * this.#bytes && freeBytes + held >= this.#bytes / 2;
    if (this.#state === "ok" && isTight) this.#state = "low";
    else if (this.#state !== "ok" && isAmple) this.#state = "ok";
    const wanted = Math.min(this.#bytes, freeBytes + held - leastFree);
    if (this.#state === "ok" && held < this.#bytes && wanted >= held + pageBytes) this.#take(wanted);
    const reserveBytes = existsSync(this.#path) ? statSync(this.#path).size : 0;
    return { state: this.#state, freeBytes, reserveBytes };
  }

  /** Writes real bytes: a file with holes would hold no room. */
  #take(bytes: number): void {
    const file = openSync(this.#path, "w", 0o600);
    try {
      const page = Buffer.alloc(pageBytes);
      for (let at = 0; at + pageBytes <= bytes; at += pageBytes) writeSync(file, page);
    } catch (error) {
      rmSync(this.#path, { force: true });
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    } finally {
      closeSync(file);
    }
  }
}
