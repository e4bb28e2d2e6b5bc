import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { ProblemError } from "@pulse/schema/problem";
import { type Completion, logs } from "@pulse/schema/wire/runner-protocol";
import { mayPass, pauseMs } from "./backoff.ts";
import type { GatewayLink } from "./gateway.ts";
import { LogKeeper } from "./log-keeper.ts";
import type { CapturedLine } from "./work.ts";

const chunkMostBytes = 200 * 1024;
const inlineMostBytes = 32 * 1024;
const firstFlushMs = 500;

/** Lines that go together. Its borders never change, so sent again it is the same chunk. */
interface Chunk {
  firstSeq: number;
  lastSeq: number;
  gzip: Buffer<ArrayBuffer>;
  sent: boolean;
}

/**
 * Numbers the lines of one attempt and sends them in gzip chunks while it runs, one at a time, in order. Chunks are kept until the outcome has
 * settled, for the gateway asks for what it lacks. What is left at the end rides with the completion when it is small.
 */
export class LogShipper {
  readonly #link: GatewayLink;
  readonly #job: { execution: string; fence: number };
  readonly #signal: AbortSignal;
  readonly #onCancelled: () => void;
  readonly #keeper: LogKeeper;
  readonly #chunks: Chunk[] = [];
  #seq = 0;
  #bytes = 0;
  #pending: string[] = [];
  #pendingBytes = 0;
  #timer: NodeJS.Timeout | null = null;
  #flushMs = firstFlushMs;
  #sending: Promise<void> | null = null;
  /** The gateway takes no more lines of this attempt. */
  #refused = false;

  constructor(options: {
    link: GatewayLink;
    job: { execution: string; fence: number };
    /** Bytes of text that are kept; above it the first fifth and the last part are. */
    mostBytes: number;
    signal: AbortSignal;
    /** An answer said that the execution was cancelled. */
    onCancelled: () => void;
  }) {
    this.#link = options.link;
    this.#job = options.job;
    this.#signal = options.signal;
    this.#onCancelled = options.onCancelled;
    this.#keeper = new LogKeeper(options.mostBytes);
  }

  /** Takes one line. */
  add(line: CapturedLine): void {
    const now = this.#keeper.keep(line);
    if (now !== null) this.#number(now);
  }

  #number(line: CapturedLine): void {
    const text = `${JSON.stringify({ seq: this.#seq + 1, ...line })}\n`;
    const size = Buffer.byteLength(text);
    if (this.#pendingBytes + size > chunkMostBytes) this.#cut();
    this.#seq += 1;
    this.#bytes += line.d.length;
    this.#pending.push(text);
    this.#pendingBytes += size;
    this.#timer ??= setTimeout(() => this.#cut(), this.#flushMs);
  }

  /** Closes the chunk under way and sees that it is sent. */
  #cut(): void {
    this.#stopTimer();
    if (this.#pending.length === 0) return;
    this.#chunks.push(this.#pendingChunk());
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#kick();
  }

  #pendingChunk(): Chunk {
    const firstSeq = this.#seq - this.#pending.length + 1;
    return { firstSeq, lastSeq: this.#seq, gzip: gzipSync(this.#pending.join("")), sent: false };
  }

  #kick(): void {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = null;
    });
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #sendAll(): Promise<void> {
    for (let failures = 0; !this.#refused && !this.#signal.aborted; ) {
      const chunk = this.#chunks.find(({ sent }) => !sent);
      if (chunk === undefined) return;
      try {
        await this.#upload(chunk);
        chunk.sent = true;
        failures = 0;
      } catch (error) {
        if (this.#signal.aborted) return;
        if (mayPass(error)) {
          failures += 1;
          const pause = sleep(pauseMs(failures, error, Math.random()), undefined, { signal: this.#signal });
          await pause.catch(() => undefined);
        } else if (!this.#rewind(error)) this.#refused = true;
      }
    }
  }

  /** After a gap the chunks from the expected line on are sent again; false when there is no such chunk. */
  #rewind(error: unknown): boolean {
    if (!(error instanceof ProblemError) || error.code !== "log_gap") return false;
    const expected = Number(error.extras.members?.expectedSeq);
    const at = this.#chunks.findIndex(({ firstSeq }) => firstSeq === expected);
    const standing = this.#chunks.findIndex(({ sent }) => !sent);
    // Only backwards: a gateway that wants lines which do not exist is not asked twice.
    if (at < 0 || at >= standing) return false;
    for (const chunk of this.#chunks.slice(at)) chunk.sent = false;
    return true;
  }

  async #upload({ firstSeq, lastSeq, gzip }: Chunk): Promise<void> {
    const { execution, fence } = this.#job;
    const headers = {
      "content-type": "application/x-ndjson",
      "pulse-first-seq": String(firstSeq),
      "pulse-last-seq": String(lastSeq),
    };
    const params = { id: execution };
    const answer = await this.#link.call(logs, { params, fence, raw: gzip, headers, signal: this.#signal });
    this.#flushMs = answer.nextFlushMs;
    if (answer.cancelled === true) this.#onCancelled();
  }

  /** Ends the log: sends what is left, or returns it for the completion when it is small. */
  async end(): Promise<{ lastSeq: number; bytes: number; inline: Completion["logs"] | null }> {
    for (const line of this.#keeper.rest()) {
      this.#number(line);
      // One chunk at a time, so that the tail is not held twice.
      await this.#sending;
    }
    this.#stopTimer();
    if (this.#pendingBytes > inlineMostBytes) this.#cut();
    const rest = this.#pending.length === 0 ? null : this.#pendingChunk();
    while (this.#sending !== null) await this.#sending;
    const lastSent = this.#chunks.findLast(({ sent }) => sent)?.lastSeq ?? 0;
    if (rest === null || this.#refused) return { lastSeq: lastSent, bytes: this.#bytes, inline: null };
    this.#chunks.push({ ...rest, sent: true });
    this.#pending = [];
    const { firstSeq, lastSeq, gzip } = rest;
    const inline = { firstSeq, lastSeq, gzip: gzip.toString("base64") };
    return { lastSeq, bytes: this.#bytes, inline };
  }

  /** Sends everything from the chunk with this line on again; resolves to the last line that the gateway can have. */
  async resend(seq: number): Promise<number> {
    for (const chunk of this.#chunks) if (chunk.lastSeq >= seq) chunk.sent = false;
    this.#kick();
    while (this.#sending !== null) await this.#sending;
    return this.#chunks.findLast(({ sent }) => sent)?.lastSeq ?? 0;
  }
}
