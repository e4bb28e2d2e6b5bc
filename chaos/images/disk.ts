import { dirname } from "node:path";
import type { Random } from "../../sim/random.ts";
import type { DiskEvent } from "./trace.ts";

const sectorBytes = 512;

/** What of the writes that were not synced has reached the disk when the power goes. */
export const powerLosses = ["none", "all", "some", "torn", "sectors"] as const;
export type PowerLoss = (typeof powerLosses)[number];

/** The files that a power loss left, by their path. */
export type Image = Map<string, Buffer>;

type Change = { at: number } & (
  | { kind: "write"; offset: number; bytes: Buffer }
  | { kind: "truncate"; size: number }
);

/** A file itself, whatever it is called: what is certainly on the disk, and what is on its way there. */
class Inode {
  certain = Buffer.alloc(0);
  pending: Change[] = [];

  /** Everything before event `from` is on the disk. */
  sync(from: number): void {
    const later = this.pending.findIndex(({ at }) => at >= from);
    const done = later < 0 ? this.pending : this.pending.slice(0, later);
    this.pending = later < 0 ? [] : this.pending.slice(later);
    this.certain = withChanges(this.certain, done);
  }
}

/** A change of a folder: `path` gets (or loses) its name. */
interface Naming {
  at: number;
  path: string;
  inode: Inode | null;
  /** The name that it had before. */
  before: string | null;
  isCertain: boolean;
}

/**
 * A disk as a recording left it at some event, of which only what was synced is certain. A sync of a file makes its bytes certain and the name
 * that it was made under, as ext4, XFS and btrfs do; other names only with a sync of their folder. Names reach the disk in order (all three keep a
 * journal of them), bytes in any.
 */
export class RecordedDisk {
  readonly #events: readonly DiskEvent[];
  #at = 0;
  readonly #certain = new Map<string, Inode>();
  #namings: Naming[] = [];
  /** As a process sees it. */
  readonly #seen = new Map<string, Inode>();

  constructor(events: readonly DiskEvent[]) {
    this.#events = events;
  }

  /** Plays the recording up to event `to`, which is not played. Only forwards. */
  playTo(to: number): void {
    for (; this.#at < to; this.#at++) {
      const event = this.#events[this.#at];
      if (event !== undefined) this.#play(event);
    }
  }

  #play(event: DiskEvent): void {
    switch (event.kind) {
      case "said":
        break;
      case "sync":
        this.#sync(event.path, event.from);
        break;
      case "unlink":
        this.#name(event.path, null, null);
        break;
      case "rename":
        this.#name(event.to, this.#seen.get(event.path) ?? null, event.path);
        break;
      case "open":
        if (!this.#seen.has(event.path) && event.creates) this.#name(event.path, new Inode(), null);
        if (event.empties) this.#change(event.path, { at: this.#at, kind: "truncate", size: 0 });
        break;
      default:
        this.#change(event.path, { ...event, at: this.#at });
    }
  }

  #change(path: string, change: Change): void {
    this.#seen.get(path)?.pending.push(change);
  }

  #name(path: string, inode: Inode | null, before: string | null): void {
    if (before !== null) this.#seen.delete(before);
    if (inode === null) this.#seen.delete(path);
    else this.#seen.set(path, inode);
    this.#namings.push({ at: this.#at, path, inode, before, isCertain: false });
  }

  #sync(path: string, from: number): void {
    const inode = this.#seen.get(path);
    inode?.sync(from);
    for (const naming of this.#namings) {
      const isMade = naming.inode === inode && inode !== undefined && naming.before === null;
      if (naming.at < from && (isMade || dirname(naming.path) === path)) naming.isCertain = true;
    }
    const open = this.#namings.findIndex(({ isCertain }) => !isCertain);
    const done = open < 0 ? this.#namings.splice(0) : this.#namings.splice(0, open);
    for (const one of done) rename(this.#certain, one);
  }

  /** What is there without a power loss. */
  whole(): Image {
    return new Map(
      [...this.#seen].map(([path, { certain, pending }]) => [path, withChanges(certain, pending)]),
    );
  }

  /** What is there when the power goes now. */
  imageAfter(loss: PowerLoss, dice: Random): Image {
    const names = new Map(this.#certain);
    const known =
      loss === "all" ? Number.POSITIVE_INFINITY : loss === "none" ? 0 : dice.below(this.#namings.length + 1);
    this.#namings.forEach((one, place) => {
      if (one.isCertain || place < known) rename(names, one);
    });
    const pending = [...new Set(names.values())].flatMap((inode) =>
      inode.pending.map((change) => ({ inode, change })),
    );
    pending.sort((a, b) => a.change.at - b.change.at);
    const reached = Map.groupBy(reachedOf(pending, loss, dice), ({ inode }) => inode);
    return new Map(
      [...names].map(([path, inode]) => {
        const changes = (reached.get(inode) ?? []).map(({ change }) => change);
        return [path, withChanges(inode.certain, changes)];
      }),
    );
  }
}

function rename(names: Map<string, Inode>, { path, inode, before }: Naming): void {
  if (before !== null) names.delete(before);
  if (inode === null) names.delete(path);
  else names.set(path, inode);
}

type Pending = { inode: Inode; change: Change };

/** Which of the changes under way have reached the disk. */
function reachedOf(pending: readonly Pending[], loss: PowerLoss, dice: Random): Pending[] {
  if (loss === "all") return [...pending];
  if (loss === "none") return [];
  const share = dice.next();
  if (loss === "some") return pending.filter(() => dice.next() < share);
  if (loss === "torn") {
    const last = dice.below(pending.length + 1);
    return pending.slice(0, last + 1).map((one, i) => (i === last ? torn(one, dice) : one));
  }
  return pending.flatMap((one) => sectorsOf(one).filter(() => dice.next() < share));
}

/** The first sectors of a write. */
function torn(one: Pending, dice: Random): Pending {
  const { change } = one;
  if (change.kind === "truncate") return one;
  const bytes = change.bytes.subarray(
    0,
    sectorBytes * dice.below(Math.ceil(change.bytes.length / sectorBytes)),
  );
  return { ...one, change: { ...change, bytes } };
}

/** A write as the writes of its sectors, which lie where the disk's do. */
function sectorsOf(one: Pending): Pending[] {
  const { inode, change } = one;
  if (change.kind === "truncate") return [one];
  const parts: Pending[] = [];
  for (let done = 0; done < change.bytes.length; ) {
    const offset = change.offset + done;
    const bytes = change.bytes.subarray(done, done + sectorBytes - (offset % sectorBytes));
    parts.push({ inode, change: { ...change, offset, bytes } });
    done += bytes.length;
  }
  return parts;
}

function withChanges(before: Buffer, changes: readonly Change[]): Buffer<ArrayBuffer> {
  const ends = changes.map((one) => (one.kind === "write" ? one.offset + one.bytes.length : one.size));
  const bytes = Buffer.alloc(Math.max(before.length, ...ends));
  before.copy(bytes);
  let size = before.length;
  for (const one of changes) {
    if (one.kind === "truncate") {
      // What is cut off reads as zeros when the file grows again.
      bytes.fill(0, Math.min(one.size, size), size);
      size = one.size;
    } else if (one.bytes.length > 0) {
      one.bytes.copy(bytes, one.offset);
      size = Math.max(size, one.offset + one.bytes.length);
    }
  }
  return bytes.subarray(0, size);
}
