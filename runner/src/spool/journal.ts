import { randomBytes } from "node:crypto";
import { closeSync, fdatasync, openSync, rmSync, write } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Completion } from "@pulse/schema/wire/runner-protocol";
import { keyOf, readJournal } from "./read-journal.ts";
import { recordOf, recordTypes } from "./records.ts";
import { isDiskTrouble, type SpoolSpace } from "./space.ts";

const writeAt = promisify(write);
const syncFile = promisify(fdatasync);
const segmentMostBytes = 8 * 2 ** 20;
/** An outcome that the gateway takes within this time costs no write, and within the next no fsync. */
const writeAfterMs = 5;
const syncAfterMs = 20;
const triedAgainMs = 1000;

/** One file of the journal, and the outcomes in it that the gateway does not have yet, with when they were written. */
interface Segment {
  path: string;
  file: number;
  bytes: number;
  live: Map<string, number>;
  isSynced: boolean;
  /** Being fsynced: it cannot be closed now. */
  isBusy: boolean;
}

/**
 * Finished outcomes on the disk until the gateway has them: records appended to files of 8 MiB, each gone when nothing in it is wanted any more.
 * A record is handed to the system when the gateway has not answered within 5 ms, which outlives this process, and is fsynced (all of a time
 * together) when it has not 20 ms later, which outlives the machine. That an outcome was settled is written with the next one: when it was not, the gateway
 * says so at the next start.
 */
export class Journal {
  readonly #folder: string;
  readonly #space: SpoolSpace;
  readonly #say: (line: string) => void;
  readonly #syncsBefore: (keys: readonly string[]) => Promise<void>;
  #segments: Segment[] = [];
  #active: Segment | null = null;
  /** To be written, by key: what is settled before costs nothing. */
  #queue = new Map<string, { outcome: Completion; at: number }>();
  #settled: [string, number][] = [];
  readonly #places = new Map<string, Segment>();
  #writing: Promise<void> | null = null;
  #syncing: Promise<void> | null = null;
  #syncTimer: NodeJS.Timeout | null = null;
  #writeTimer: NodeJS.Timeout | null = null;

  /** `syncsBefore` makes durable what these outcomes count on: it is awaited before they are. */
  constructor(options: {
    folder: string;
    space: SpoolSpace;
    say: (line: string) => void;
    syncsBefore: (keys: readonly string[]) => Promise<void>;
  }) {
    this.#folder = options.folder;
    this.#space = options.space;
    this.#say = options.say;
    this.#syncsBefore = options.syncsBefore;
  }

  /** Reads what earlier processes left: the outcomes that nobody has settled. Damage is skipped and said in one line. */
  recover(): Completion[] {
    const { files, left, damagedBytes } = readJournal(this.#folder);
    const known = new Map<string, Segment>();
    for (const { path, bytes } of files) {
      known.set(path, { path, bytes, file: -1, live: new Map(), isSynced: true, isBusy: false });
      this.#space.use(bytes);
    }
    if (damagedBytes > 0) {
      this.#say(
        `${damagedBytes} bytes of the spooled outcomes are damaged, as after a power loss; the others are delivered`,
      );
    }
    for (const [key, { path }] of left) {
      const segment = known.get(path);
      if (segment === undefined) continue;
      segment.live.set(key, 0);
      this.#places.set(key, segment);
    }
    this.#segments = [...known.values()];
    this.#dropUnused();
    return [...left.values()].map((one) => one.completion);
  }

  /** Keeps an outcome; returns before it is written, which is at once when it is urgent. */
  add(outcome: Completion, isUrgent: boolean): void {
    this.#queue.set(keyOf(outcome.execution, outcome.fence), { outcome, at: performance.now() });
    if (isUrgent) this.#kick();
    else this.#writeSoon(writeAfterMs);
  }

  /** The gateway has it, or does not want it any more. */
  settle(execution: string, fence: number): void {
    const key = keyOf(execution, fence);
    this.#queue.delete(key);
    const segment = this.#places.get(key);
    if (segment === undefined) return;
    this.#places.delete(key);
    segment.live.delete(key);
    this.#settled.push([execution, fence]);
    if (segment.live.size === 0) this.#dropUnused();
  }

  /** Resolves when everything kept so far is written and durable, or the disk refuses. */
  async flush(): Promise<void> {
    if (this.#queue.size > 0) this.#kick();
    while (this.#writing !== null) await this.#writing;
    await this.#sync();
  }

  /** Writes no more, and leaves on the disk only what is still wanted. */
  async close(): Promise<void> {
    if (this.#settled.length > 0 && this.#places.size > 0) this.#kick();
    await this.flush();
    for (const timer of [this.#syncTimer, this.#writeTimer]) if (timer !== null) clearTimeout(timer);
    this.#active = null;
    this.#dropUnused();
    for (const { file } of this.#segments) if (file >= 0) closeSync(file);
    this.#segments = [];
  }

  #writeSoon(afterMs: number): void {
    if (this.#writeTimer !== null || this.#writing !== null) return;
    this.#writeTimer = setTimeout(() => {
      this.#writeTimer = null;
      const [oldest] = this.#queue.values();
      const leftMs = (oldest?.at ?? 0) + writeAfterMs - performance.now();
      if (oldest !== undefined && leftMs > 0) this.#writeSoon(leftMs);
      else this.#kick();
    }, afterMs);
    this.#writeTimer.unref();
  }

  #kick(): void {
    if (this.#writing !== null) return;
    this.#writing = this.#writeAll().then((pauseMs) => {
      this.#writing = null;
      if (this.#queue.size > 0) this.#writeSoon(pauseMs);
    });
  }

  /** Writes what waits; resolves to when to look again. */
  async #writeAll(): Promise<number> {
    const taken = [...this.#queue];
    const settled = this.#settled.splice(0);
    this.#queue.clear();
    const records = taken.map(([, one]) =>
      recordOf(recordTypes.outcome, Buffer.from(JSON.stringify(one.outcome))),
    );
    if (settled.length > 0) {
      records.push(recordOf(recordTypes.settled, Buffer.from(JSON.stringify(settled))));
    }
    if (records.length === 0) return writeAfterMs;
    // Taken for written from now on, so that what is settled meanwhile is remembered as settled.
    try {
      const segment = this.#segmentFor();
      for (const [key] of taken) {
        segment.live.set(key, performance.now());
        this.#places.set(key, segment);
      }
      await this.#append(segment, Buffer.concat(records));
      this.#syncSoon(syncAfterMs);
      return writeAfterMs;
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      for (const [key, one] of taken) {
        this.#places.get(key)?.live.delete(key);
        if (this.#places.delete(key)) this.#queue.set(key, one);
      }
      this.#space.tighten(`outcomes cannot be written to the disk (${String(error)})`);
      return triedAgainMs;
    }
  }

  /** Written at the segment's end as this process knows it, so that a write that was cut short is written over. */
  async #append(segment: Segment, bytes: Buffer): Promise<void> {
    const once = async () => {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await writeAt(
          segment.file,
          bytes,
          done,
          bytes.length - done,
          segment.bytes + done,
        );
        done += bytesWritten;
      }
    };
    try {
      await once();
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      this.#space.tighten("the disk is full");
      await once();
    }
    segment.bytes += bytes.length;
    segment.isSynced = false;
    this.#space.use(bytes.length);
  }

  #segmentFor(): Segment {
    const active = this.#active;
    if (active !== null && active.bytes < segmentMostBytes) return active;
    // Named by time, so that they are read in order; of one process each, so that two never write into the same.
    const name = `${String(Date.now()).padStart(15, "0")}-${randomBytes(4).toString("hex")}.journal`;
    const path = join(this.#folder, name);
    const file = openSync(path, "wx", 0o600);
    const segment = {
      ...{ path, file, bytes: 0, live: new Map<string, number>(), isSynced: false, isBusy: false },
    };
    this.#segments.push(segment);
    this.#active = segment;
    this.#dropUnused();
    return segment;
  }

  #syncSoon(afterMs: number): void {
    if (this.#syncTimer !== null) return;
    this.#syncTimer = setTimeout(() => {
      this.#syncTimer = null;
      const unsynced = this.#segments.filter((one) => !one.isSynced).flatMap((one) => [...one.live.values()]);
      if (unsynced.length === 0) return;
      const leftMs = Math.min(...unsynced) + syncAfterMs - performance.now();
      if (leftMs > 0) this.#syncSoon(leftMs);
      else void this.#sync();
    }, afterMs);
    this.#syncTimer.unref();
  }

  /** One at a time; who asks while one is under way waits for the next. */
  async #sync(): Promise<void> {
    while (this.#syncing !== null) await this.#syncing;
    this.#syncing = this.#syncAll();
    await this.#syncing.finally(() => {
      this.#syncing = null;
    });
  }

  async #syncAll(): Promise<void> {
    for (const segment of this.#segments) {
      if (segment.isSynced || segment.live.size === 0 || segment.file < 0) continue;
      segment.isSynced = true;
      segment.isBusy = true;
      try {
        await this.#syncsBefore([...segment.live.keys()]);
        await syncFile(segment.file);
        await syncFolder(this.#folder);
      } catch (error) {
        if (!isDiskTrouble(error)) throw error;
        segment.isSynced = false;
        this.#syncSoon(triedAgainMs);
        this.#space.tighten(`outcomes cannot be made durable (${String(error)})`);
      } finally {
        segment.isBusy = false;
      }
    }
    this.#dropUnused();
  }

  #dropUnused(): void {
    const isUnused = (one: Segment) => one.live.size === 0 && one !== this.#active && !one.isBusy;
    const unused = this.#segments.filter(isUnused);
    if (unused.length === 0) return;
    this.#segments = this.#segments.filter((one) => !unused.includes(one));
    for (const { path, file, bytes } of unused) {
      this.#space.use(-bytes);
      try {
        if (file >= 0) closeSync(file);
        rmSync(path, { force: true });
      } catch (error) {
        // A disk that broke keeps the file; the next process learns from the gateway what of it is settled.
        if (!isDiskTrouble(error)) throw error;
      }
    }
  }
}

/** A new file's name is durable only when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder, "r");
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}
