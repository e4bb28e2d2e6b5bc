import { randomUUID } from "node:crypto";
import { lstat, readdir, rename, rm, stat, statfs, utimes } from "node:fs/promises";
import { join } from "node:path";

const gibibyte = 2 ** 30;
const freshMs = 300_000;
const sweepEveryMs = 300_000;
const markEveryMs = 60_000;
const leftover = /(^\.gone-|\.[0-9a-f]{8}-[0-9a-f-]{27}(\.tmp)?$)/;

/** What a cache is made of. */
export interface CacheOptions {
  /** Folders, each entry of which may be removed for itself and made again. */
  shelves: readonly string[];
  mostBytes: number;
  /** An entry that was used within this time stays, whatever it takes; milliseconds. */
  freshMs?: number;
  /** Whether a live sandbox, or another entry, reads an entry of a shelf where it stands; `names` are those of all entries. */
  isInUse(name: string, shelf: string, names: readonly string[]): boolean;
  /** An entry is gone. */
  onRemoved(name: string): void;
  log: (line: string) => void;
}

interface Entry {
  shelf: string;
  name: string;
  bytes: number;
  usedAt: number;
}

/**
 * Keeps what a runner fetched, unpacked and installed within a total of bytes: what was unused for longest goes first, and never what something
 * uses. An entry is renamed before it is removed, so that a runner that is killed meanwhile leaves no half of one.
 */
export class CacheRoom {
  readonly #options: CacheOptions;
  /** Bytes of entries that have been measured; an entry does not change. */
  readonly #bytes = new Map<string, number>();
  readonly #used = new Map<string, { at: number; marked: number }>();
  #sweeping: Promise<void> | null = null;
  #isAskedAgain = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: CacheOptions) {
    this.#options = options;
  }

  /** Removes what a killed runner left half-made, then what is too much, and looks again every five minutes until `stop`. */
  async start(): Promise<void> {
    for (const shelf of this.#options.shelves) {
      for (const name of await namesIn(shelf))
        if (leftover.test(name)) await rm(join(shelf, name), { recursive: true, force: true });
    }
    await this.sweep();
    this.#timer = setInterval(() => void this.sweep(), sweepEveryMs).unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** An entry is used now, from before this returns. Its file time, by which a later process knows, follows within a minute. */
  use(path: string): void {
    const now = Date.now();
    const known = this.#used.get(path);
    if (known !== undefined && now - known.marked < markEveryMs) {
      known.at = now;
      return;
    }
    this.#used.set(path, { at: now, marked: now });
    const time = new Date(now);
    // Not there yet: it gets its time when it is made.
    utimes(path, time, time).catch(() => undefined);
  }

  /** Removes what is too much. Calls at the same time share a run, and what came meanwhile is looked at in the next. Never rejects. */
  sweep(): Promise<void> {
    if (this.#sweeping !== null) {
      this.#isAskedAgain = true;
      return this.#sweeping;
    }
    this.#sweeping = (async () => {
      do {
        this.#isAskedAgain = false;
        await this.#sweepOnce();
      } while (this.#isAskedAgain);
    })()
      .catch((error: unknown) => this.#options.log(`the cache could not be swept: ${String(error)}`))
      .finally(() => {
        this.#sweeping = null;
      });
    return this.#sweeping;
  }

  async #sweepOnce(): Promise<void> {
    const entries = (await Promise.all(this.#options.shelves.map((shelf) => this.#entriesOf(shelf)))).flat();
    let bytes = entries.reduce((sum, one) => sum + one.bytes, 0);
    const left = entries.sort((a, b) => a.usedAt - b.usedAt);
    while (bytes > this.#options.mostBytes) {
      const names = left.map(({ name }) => name);
      const at = left.findIndex((one) => this.#mayGo(one, names));
      const [entry] = at < 0 ? [] : left.splice(at, 1);
      if (entry === undefined) return;
      await this.#remove(entry);
      bytes -= entry.bytes;
    }
  }

  #mayGo({ shelf, name, usedAt }: Entry, names: readonly string[]): boolean {
    const last = Math.max(usedAt, this.#used.get(join(shelf, name))?.at ?? 0);
    return (
      Date.now() - last >= (this.#options.freshMs ?? freshMs) && !this.#options.isInUse(name, shelf, names)
    );
  }

  async #remove({ shelf, name }: Entry): Promise<void> {
    const path = join(shelf, name);
    const gone = join(shelf, `.gone-${randomUUID()}`);
    await rename(path, gone);
    this.#bytes.delete(path);
    this.#used.delete(path);
    this.#options.onRemoved(name);
    await rm(gone, { recursive: true, force: true });
  }

  async #entriesOf(shelf: string): Promise<Entry[]> {
    const found: Entry[] = [];
    for (const name of await namesIn(shelf)) {
      const path = join(shelf, name);
      if (leftover.test(name) || this.#options.shelves.includes(path)) continue;
      const facts = await stat(path).catch(() => null);
      if (facts === null) continue;
      const bytes = this.#bytes.get(path) ?? (await bytesOf(path));
      this.#bytes.set(path, bytes);
      found.push({ shelf, name, bytes, usedAt: facts.mtimeMs });
    }
    return found;
  }
}

/** The default of a cache's size: 10 GiB, or a tenth of a disk that is smaller than ten times that. */
export async function usualCacheBytes(folder: string): Promise<number> {
  const { blocks, bsize } = await statfs(folder);
  return Math.min(10 * gibibyte, Math.floor((blocks * bsize) / 10));
}

/** Bytes on the disk; a file with several links counts for each with its share. */
async function bytesOf(path: string): Promise<number> {
  const facts = await lstat(path).catch(() => null);
  if (facts === null) return 0;
  const own = (facts.blocks * 512) / (facts.isDirectory() ? 1 : Math.max(1, facts.nlink));
  if (!facts.isDirectory()) return own;
  let sum = own;
  for (const name of await namesIn(path)) sum += await bytesOf(join(path, name));
  return sum;
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
