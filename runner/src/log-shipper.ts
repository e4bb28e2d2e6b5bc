import { gzipSync } from "node:zlib";
import type { Completion } from "@pulse/schema/wire/runner-protocol";
import type { Link } from "./link.ts";
import { LogKeeper } from "./log-keeper.ts";
import { ChunkSender } from "./spool/chunk-sender.ts";
import type { EarlierLog } from "./spool/earlier-log.ts";
import type { Chunk, LogFile, LogOwner } from "./spool/log-file.ts";
import type { CapturedLine } from "./work.ts";

const chunkMostBytes = 200 * 1024;
const inlineMostBytes = 32 * 1024;
const firstFlushMs = 500;

/** What the outcome says of its log, and the end of it that rides along when it is small. */
export interface EndedLog {
  lastSeq: number;
  bytes: number;
  inline: Completion["logs"] | null;
}

/** Numbers the lines of one attempt and cuts them into gzip chunks, which go to the disk and to the gateway while it runs. */
export class LogShipper {
  readonly #sender: ChunkSender;
  readonly #keeper: LogKeeper;
  readonly #signal: AbortSignal;
  #seq = 0;
  #bytes = 0;
  #pending: string[] = [];
  #pendingBytes = 0;
  #timer: NodeJS.Timeout | null = null;
  #flushMs = firstFlushMs;
  /** Bytes of text that nobody could take: neither the disk nor the gateway. */
  #lostBytes = 0;

  constructor(options: {
    link: Link;
    job: LogOwner;
    file: LogFile;
    /** Bytes of text that are kept; above it the first fifth and the last part are. */
    mostBytes: number;
    signal: AbortSignal;
    /** What an earlier process has logged of this attempt. */
    earlier?: EarlierLog | null;
    /** An answer said that the execution was cancelled. */
    onCancelled: () => void;
  }) {
    this.#sender = new ChunkSender({
      ...{ link: options.link, owner: options.job, file: options.file, signal: options.signal },
      onAnswer: ({ nextFlushMs, cancelled }) => {
        this.#flushMs = nextFlushMs;
        if (cancelled === true) options.onCancelled();
      },
    });
    for (const one of options.earlier?.chunks ?? []) {
      if ("place" in one) this.#sender.addStored([one]);
      else this.#sender.addUnsent(one);
      this.#seq = one.lastSeq;
    }
    this.#bytes = options.earlier?.bytes ?? 0;
    this.#signal = options.signal;
    this.#keeper = new LogKeeper(options.mostBytes, options.file);
  }

  /** Takes one line. */
  add(line: CapturedLine): void {
    const now = this.#keeper.keep(line);
    if (now !== null) this.#pass(now);
  }

  #pass(line: CapturedLine): void {
    if (this.#sender.isCongested) this.#lostBytes += Buffer.byteLength(line.d) + 1;
    else {
      this.#tellLoss(line.t);
      this.#number(line);
    }
  }

  #tellLoss(t: number): void {
    if (this.#lostBytes === 0) return;
    const d = `… ${this.#lostBytes} bytes of the log were not kept: the runner's disk was full and the gateway away …`;
    this.#lostBytes = 0;
    this.#number({ t, s: "system", d });
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
    if (!this.#signal.aborted) this.#sender.add(this.#pendingChunk());
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  #pendingChunk(): Chunk {
    const firstSeq = this.#seq - this.#pending.length + 1;
    return { firstSeq, lastSeq: this.#seq, gzip: gzipSync(this.#pending.join("")) };
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Ends the log: all of it is on the disk, or in what rides along. It may still have to be sent. */
  async end(): Promise<EndedLog> {
    if (this.#signal.aborted) await this.#keeper.forget();
    for await (const lines of this.#keeper.rest()) {
      for (const line of lines) this.#pass(line);
      // A part at a time, so that the tail is not held twice.
      await this.#sender.stored();
    }
    this.#tellLoss(Date.now());
    this.#stopTimer();
    if (this.#pendingBytes > inlineMostBytes) this.#cut();
    const rest = this.#pending.length === 0 || this.#sender.isRefused ? null : this.#pendingChunk();
    await this.#sender.stored();
    const bytes = this.#bytes;
    if (this.#sender.isRefused) return { lastSeq: this.#sender.lastSent, bytes, inline: null };
    if (rest === null) return { lastSeq: this.#seq, bytes, inline: null };
    this.#sender.addSent(rest);
    this.#pending = [];
    const { firstSeq, lastSeq, gzip } = rest;
    return { lastSeq, bytes, inline: { firstSeq, lastSeq, gzip: gzip.toString("base64") } };
  }

  /** What came so far is on the disk, for the next process. */
  async pause(): Promise<void> {
    this.#cut();
    await this.#sender.stored();
  }

  /** Resolves when what does not ride along is with the gateway, or it takes no more. */
  sent(): Promise<void> {
    return this.#sender.idle();
  }

  /** Sends everything from the chunk with this line on again; resolves to the last line that the gateway can have. */
  resend(seq: number): Promise<number> {
    return this.#sender.resend(seq);
  }
}
