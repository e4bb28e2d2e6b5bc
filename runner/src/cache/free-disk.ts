import { statfs } from "node:fs/promises";

const lookEveryMs = 15_000;
const mebibyte = 2 ** 20;

/** What is watched. */
export interface FreeDiskOptions {
  /** Folders on the disks that jobs fill. */
  folders: readonly string[];
  /** With less free than this on any of them the runner takes no work. */
  leastBytes: number;
  log: (line: string) => void;
}

/** Whether there is room to work on a runner's disks: below the least it takes no work, until there is a quarter more than that. */
export class FreeDisk {
  readonly #options: FreeDiskOptions;
  #words: string | null = null;
  #timer: NodeJS.Timeout | null = null;
  #onChange: () => void = () => undefined;

  constructor(options: FreeDiskOptions) {
    this.#options = options;
  }

  /** Why there is no room, and what to do; null when there is. */
  get lack(): string | null {
    return this.#words;
  }

  /** Calls back when `lack` came, changed or went. */
  onChange(callback: () => void): void {
    this.#onChange = callback;
  }

  /** Looks now, and every 15 s until `stop`. */
  async start(): Promise<void> {
    await this.look();
    this.#timer = setInterval(() => void this.look(), lookEveryMs).unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Looks once. */
  async look(): Promise<void> {
    const { folders, leastBytes, log } = this.#options;
    const enough = this.#words === null ? leastBytes : leastBytes * 1.25;
    let words: string | null = null;
    for (const folder of folders) {
      // One that cannot be looked at is no reason to stop working.
      const found = await statfs(folder).catch(() => null);
      const free = found === null ? Number.POSITIVE_INFINITY : found.bavail * found.bsize;
      if (free >= enough) continue;
      words = `waiting for free disk: ${Math.floor(free / mebibyte)} MB are left in ${folder}, ${Math.ceil(leastBytes / mebibyte)} MB are needed (PULSE_DISK_FREE_MB)`;
      break;
    }
    if (words === this.#words) return;
    const isNews = words === null || this.#words === null;
    this.#words = words;
    if (isNews) log(words ?? "there is room on the disk again");
    this.#onChange();
  }
}
