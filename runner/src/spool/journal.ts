import { randomBytes } from "node:crypto";
import { closeSync, fdatasync, openSync, readdirSync, readFileSync, rmSync, write } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Completion, completion } from "@pulse/schema/wire/runner-protocol";
import * as z from "zod";
import { recordOf, recordsIn, recordTypes } from "./records.ts";
import { isDiskTrouble, type SpoolSpace } from "./space.ts";

const writeAt = promisify(write);
const syncFile = promisify(fdatasync);
const segmentMostBytes = 8 * 2 ** 20;
/** An outcome that the gateway took within this time costs no fsync. */
const syncAfterMs = 20;
const triedAgainMs = 1000;
const settledShape = z.array(z.tuple([z.string(), z.number().int()]));

/** One file of the journal, and the outcomes in it that the gateway does not have yet. */
interface Segment {
  path: string;
  file: number;
  bytes: number;
  live: Set<string>;
  isSynced: boolean;
  /** Being fsynced: it cannot be closed now. */
  isBusy: boolean;
}

/** The name of an attempt in the spool. */
export const keyOf = (execution: string, fence: number): string => `${execution}.${fence}`;

/**
 * Finished outcomes on the disk until the gateway has them: records appended to files of 8 MiB, each gone when nothing in it is wanted any more.
 * A record is handed to the system at once, which outlives this process, and is fsynced (all of a time together) when the gateway has not
 * answered within 20 ms, which outlives the machine. That an outcome was settled is written with the next one: when it was not, the gateway
 * says so at the next start.
 */
export class Journal {
  readonly #folder: string;
  readonly #space: SpoolSpace;
  readonly #say: (line: string) => void;
  readonly #syncsBefore: (keys: readonly string[]) => Promise<void>;
  #segments: Segment[] = [];
  #active: Segment | null = null;
  #queue: { key: string; record: Buffer }[] = [];
  #settled: [string, number][] = [];
  readonly #places = new Map<string, Segment>();
  #writing: Promise<void> | null = null;
  #syncing: Promise<void> | null = null;
  #syncTimer: NodeJS.Timeout | null = null;
  #retryTimer: NodeJS.Timeout | null = null;

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
    const found = new Map<string, { completion: Completion; segment: Segment }>();
    let damagedBytes = 0;
    for (const name of readdirSync(this.#folder).sort()) {
      if (!name.endsWith(".journal")) continue;
      const path = join(this.#folder, name);
      const bytes = readFileSync(path);
      const segment: Segment = {
        ...{ path, file: -1, bytes: bytes.length, live: new Set<string>(), isSynced: true, isBusy: false },
      };
      this.#segments.push(segment);
      this.#space.use(bytes.length);
      const { records, damagedBytes: damaged } = recordsIn(bytes);
      damagedBytes += damaged;
      for (const { type, payload } of records) {
        const read = readRecord(type, payload);
        if (read === null) damagedBytes += payload.length;
        else if ("settled" in read) {
          for (const [execution, fence] of read.settled) found.delete(keyOf(execution, fence));
        } else {
          const { execution, fence } = read.completion;
          found.set(keyOf(execution, fence), { completion: read.completion, segment });
        }
      }
    }
    if (damagedBytes > 0) {
      this.#say(
        `${damagedBytes} bytes of the spooled outcomes are damaged, as after a power loss; the others are delivered`,
      );
    }
    for (const [key, { segment }] of found) {
      segment.live.add(key);
      this.#places.set(key, segment);
    }
    this.#dropUnused();
    return [...found.values()].map((one) => one.completion);
  }

  /** Keeps an outcome; returns before it is written. */
  add(outcome: Completion): void {
    const key = keyOf(outcome.execution, outcome.fence);
    this.#queue.push({ key, record: recordOf(recordTypes.outcome, Buffer.from(JSON.stringify(outcome))) });
    this.#kick();
  }

  /** The gateway has it, or does not want it any more. */
  settle(execution: string, fence: number): void {
    const key = keyOf(execution, fence);
    const waiting = this.#queue.findIndex((one) => one.key === key);
    if (waiting >= 0) this.#queue.splice(waiting, 1);
    const segment = this.#places.get(key);
    if (segment === undefined) return;
    this.#places.delete(key);
    segment.live.delete(key);
    this.#settled.push([execution, fence]);
    if (segment.live.size === 0) this.#dropUnused();
  }

  /** Resolves when everything kept so far is written and durable, or the disk refuses. */
  async flush(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
    await this.#sync();
  }

  /** Writes no more, and leaves on the disk only what is still wanted. */
  async close(): Promise<void> {
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    if (this.#queue.length > 0 || (this.#settled.length > 0 && this.#places.size > 0)) this.#kick();
    await this.flush();
    for (const timer of [this.#syncTimer, this.#retryTimer]) if (timer !== null) clearTimeout(timer);
    this.#active = null;
    this.#dropUnused();
    for (const { file } of this.#segments) if (file >= 0) closeSync(file);
    this.#segments = [];
  }

  #kick(): void {
    if (this.#writing !== null || this.#retryTimer !== null) return;
    this.#writing = this.#writeAll().finally(() => {
      this.#writing = null;
      if (this.#queue.length > 0) this.#kick();
    });
  }

  async #writeAll(): Promise<void> {
    // What ends in the same turn is written together.
    await new Promise<void>((resolve) => setImmediate(resolve));
    const taken = this.#queue.splice(0);
    const settled = this.#settled.splice(0);
    const records = taken.map(({ record }) => record);
    if (settled.length > 0) {
      records.push(recordOf(recordTypes.settled, Buffer.from(JSON.stringify(settled))));
    }
    if (records.length === 0) return;
    const bytes = records.length === 1 && records[0] !== undefined ? records[0] : Buffer.concat(records);
    // Taken for written from now on, so that what is settled meanwhile is remembered as settled.
    try {
      const segment = this.#segmentFor();
      for (const { key } of taken) {
        segment.live.add(key);
        this.#places.set(key, segment);
      }
      await this.#append(segment, bytes);
      this.#syncSoon();
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      for (const { key } of taken) this.#places.get(key)?.live.delete(key);
      const wanted = taken.filter(({ key }) => this.#places.delete(key));
      this.#queue.unshift(...wanted);
      this.#space.tighten(`outcomes cannot be written to the disk (${String(error)})`);
      this.#retryTimer = setTimeout(() => {
        this.#retryTimer = null;
        this.#kick();
      }, triedAgainMs);
      this.#retryTimer.unref();
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
      ...{ path, file, bytes: 0, live: new Set<string>(), isSynced: false, isBusy: false },
    };
    this.#segments.push(segment);
    this.#active = segment;
    this.#dropUnused();
    return segment;
  }

  #syncSoon(): void {
    if (this.#syncTimer !== null) return;
    this.#syncTimer = setTimeout(() => {
      this.#syncTimer = null;
      void this.#sync();
    }, syncAfterMs);
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
        await this.#syncsBefore([...segment.live]);
        await syncFile(segment.file);
        await syncFolder(this.#folder);
      } catch (error) {
        if (!isDiskTrouble(error)) throw error;
        segment.isSynced = false;
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
      if (file >= 0) closeSync(file);
      rmSync(path, { force: true });
      this.#space.use(-bytes);
    }
  }
}

function readRecord(
  type: number,
  payload: Buffer,
): { completion: Completion } | { settled: [string, number][] } | null {
  try {
    const value: unknown = JSON.parse(payload.toString("utf8"));
    if (type === recordTypes.settled) return { settled: settledShape.parse(value) };
    return type === recordTypes.outcome ? { completion: completion.parse(value) } : null;
  } catch {
    // Whole by its checksum and yet not ours: another version wrote it.
    return null;
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
