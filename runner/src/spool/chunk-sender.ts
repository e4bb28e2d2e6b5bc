import { ProblemError } from "@pulse/schema/problem";
import { logs } from "@pulse/schema/wire/runner-protocol";
import { mayPass } from "../backoff.ts";
import type { Link } from "../link.ts";
import type { Chunk, ChunkPlace, LogFile, LogOwner, StoredChunk } from "./log-file.ts";

/** Unsent chunks that are on the disk are also held in memory up to this many bytes: a gateway that answers needs no read. */
const heldMostBytes = 2 ** 20;
/** Unsent chunks that the disk did not take; above it no more lines should come. */
const unstoredMostBytes = 512 * 1024;

const fresh = { isSent: false, isRefusedByDisk: false };

interface Kept {
  firstSeq: number;
  lastSeq: number;
  bytes: number;
  /** Null: to be read from its place. */
  gzip: Buffer<ArrayBuffer> | null;
  place: ChunkPlace | null;
  isSent: boolean;
  /** It is in memory alone, until it is sent. */
  isRefusedByDisk: boolean;
}

/**
 * Sends the chunks of one attempt's log, one at a time, in order. They are on the disk until the attempt is settled, for the gateway asks for what
 * it lacks; what the disk does not take is in memory until it is sent.
 */
export class ChunkSender {
  readonly #link: Link;
  readonly #owner: LogOwner;
  readonly #file: LogFile;
  readonly #signal: AbortSignal;
  readonly #onAnswer: (answer: { nextFlushMs: number; cancelled?: boolean | undefined }) => void;
  readonly #chunks: Kept[] = [];
  #storing = new Set<Promise<void>>();
  #sending: Promise<void> | null = null;
  #isRefused = false;
  #unstoredBytes = 0;

  constructor(options: {
    link: Link;
    owner: LogOwner;
    file: LogFile;
    signal: AbortSignal;
    onAnswer: (answer: { nextFlushMs: number; cancelled?: boolean | undefined }) => void;
  }) {
    this.#link = options.link;
    this.#owner = options.owner;
    this.#file = options.file;
    this.#signal = options.signal;
    this.#onAnswer = options.onAnswer;
  }

  /** The gateway takes no more lines of this attempt. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** Neither the disk nor the gateway takes what comes. */
  get isCongested(): boolean {
    return this.#unstoredBytes > unstoredMostBytes;
  }

  /** The last line that the gateway can have. */
  get lastSent(): number {
    return this.#chunks.findLast(({ isSent }) => isSent)?.lastSeq ?? 0;
  }

  /** Writes a chunk to the disk and sends it. */
  add(chunk: Chunk): void {
    const kept = this.#keep(chunk, false);
    const storing = this.#file.append(chunk).then((place) => {
      this.#storing.delete(storing);
      kept.place = place;
      if (place === null && !kept.isSent) this.#unstoredBytes += kept.bytes;
      kept.isRefusedByDisk = place === null;
      this.#lighten();
    });
    this.#storing.add(storing);
    this.#kick();
  }

  /** Takes a chunk that goes out in another way, so that it can be sent again. */
  addSent(chunk: Chunk): void {
    this.#keep(chunk, true);
  }

  /** Takes chunks that are on the disk already. */
  addStored(chunks: readonly StoredChunk[]): void {
    for (const { place, firstSeq, lastSeq } of chunks) {
      this.#chunks.push({ firstSeq, lastSeq, bytes: place.length, gzip: null, place, ...fresh });
    }
  }

  /** Takes a chunk that is in memory alone. */
  addUnsent(chunk: Chunk): void {
    this.#keep(chunk, false);
  }

  #keep({ firstSeq, lastSeq, gzip }: Chunk, isSent: boolean): Kept {
    const kept = { firstSeq, lastSeq, bytes: gzip.length, gzip, place: null, ...fresh, isSent };
    this.#chunks.push(kept);
    return kept;
  }

  /** Forgets bytes that are on the disk: those that were sent, and of the others what is above the limit, newest first. */
  #lighten(): void {
    let held = 0;
    for (const one of this.#chunks) {
      if (one.gzip === null || one.place === null) continue;
      held += one.isSent ? 0 : one.bytes;
      if (one.isSent || held > heldMostBytes) one.gzip = null;
    }
  }

  #kick(): void {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = null;
    });
  }

  async #sendAll(): Promise<void> {
    for (let failures = 0; !this.#isRefused && !this.#signal.aborted; ) {
      const chunk = this.#chunks.find(({ isSent }) => !isSent);
      if (chunk === undefined) return;
      try {
        await this.#upload(chunk);
        failures = 0;
      } catch (error) {
        if (this.#signal.aborted) return;
        if (mayPass(error)) {
          failures += 1;
          await this.#link.pauses.after(failures, error, this.#signal);
        } else if (!this.#rewind(error)) this.#isRefused = true;
      }
    }
  }

  /** After a gap the chunks from the expected line on are sent again; false when there is no such chunk. */
  #rewind(error: unknown): boolean {
    if (!(error instanceof ProblemError) || error.code !== "log_gap") return false;
    const expected = Number(error.extras.members?.expectedSeq);
    const at = this.#chunks.findIndex(({ firstSeq }) => firstSeq === expected);
    const standing = this.#chunks.findIndex(({ isSent }) => !isSent);
    // Only backwards: a gateway that wants lines which do not exist is not asked twice.
    if (at < 0 || at >= standing) return false;
    for (const chunk of this.#chunks.slice(at)) chunk.isSent = false;
    return true;
  }

  async #upload(chunk: Kept): Promise<void> {
    const { execution, fence } = this.#owner;
    const gzip = chunk.gzip ?? (await this.#read(chunk));
    const headers = {
      "content-type": "application/x-ndjson",
      "pulse-first-seq": String(chunk.firstSeq),
      "pulse-last-seq": String(chunk.lastSeq),
    };
    const params = { id: execution };
    const answer = await this.#link.call(logs, { params, fence, raw: gzip, headers, signal: this.#signal });
    // What the gateway had already is not sent again.
    for (const one of this.#chunks) if (one === chunk || one.lastSeq <= answer.ackSeq) this.#sent(one);
    this.#lighten();
    this.#onAnswer(answer);
  }

  #sent(chunk: Kept): void {
    if (chunk.isSent) return;
    chunk.isSent = true;
    if (!chunk.isRefusedByDisk) return;
    this.#unstoredBytes -= chunk.bytes;
    chunk.isRefusedByDisk = false;
    chunk.gzip = null;
  }

  async #read({ place, firstSeq }: Kept): Promise<Buffer<ArrayBuffer>> {
    if (place === null)
      throw new ProblemError("gone", `the log lines from ${firstSeq} on are no longer kept`);
    return this.#file.read(place);
  }

  /** Resolves when all that was added is on the disk, or the disk refused it. */
  async stored(): Promise<void> {
    await Promise.all(this.#storing);
  }

  /** Resolves when everything is sent, or nothing more can be. */
  async idle(): Promise<void> {
    if (this.#sending === null && this.#chunks.every(({ isSent }) => isSent)) return;
    this.#kick();
    while (this.#sending !== null) await this.#sending;
  }

  /** Sends everything from the chunk with this line on again; resolves to the last line that the gateway can have. */
  async resend(seq: number): Promise<number> {
    for (const chunk of this.#chunks) if (chunk.lastSeq >= seq) chunk.isSent = false;
    await this.idle();
    return this.lastSent;
  }
}
