import { gzipSync } from "node:zlib";
import { ProblemError } from "@pulse/schema/problem";
import { type Completion, logs } from "@pulse/schema/wire/runner-protocol";
import type { GatewayLink } from "./gateway.ts";
import type { CapturedLine } from "./work.ts";

const chunkMostBytes = 200 * 1024;
const inlineMostBytes = 32 * 1024;
const lineMostChars = 32_768;
const firstFlushMs = 500;
const headShare = 0.2;

interface Line {
  seq: number;
  text: string;
}

/**
 * Numbers the lines of one attempt and sends them in gzip chunks while it runs. What is left at the end rides with the completion when it
 * is small. Above `mostBytes` the first fifth and the last part are kept, with a marker between them.
 */
export class LogShipper {
  readonly #link: GatewayLink;
  readonly #job: { execution: string; fence: number };
  readonly #headBytes: number;
  readonly #tailBytes: number;
  readonly #signal: AbortSignal;
  #seq = 0;
  #bytes = 0;
  #pending: Line[] = [];
  #pendingBytes = 0;
  #tail: string[] = [];
  #tailSize = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | null = null;
  #flushMs = firstFlushMs;
  #sending: Promise<void> = Promise.resolve();
  #kept: Line[] = [];

  constructor(
    link: GatewayLink,
    job: { execution: string; fence: number },
    mostBytes: number,
    signal: AbortSignal,
  ) {
    this.#link = link;
    this.#job = job;
    this.#headBytes = Math.floor(mostBytes * headShare);
    this.#tailBytes = mostBytes - this.#headBytes;
    this.#signal = signal;
  }

  /** Takes one line. */
  add(line: CapturedLine): void {
    const cut =
      line.d.length > lineMostChars ? { ...line, d: `${line.d.slice(0, lineMostChars)}… (cut)` } : line;
    const size = cut.d.length + 1;
    if (this.#bytes + size <= this.#headBytes && this.#dropped === 0 && this.#tail.length === 0)
      this.#queue(cut, size);
    else {
      this.#tail.push(JSON.stringify(cut));
      this.#tailSize += size;
      while (this.#tailSize > this.#tailBytes) {
        const gone = this.#tail.shift();
        if (gone === undefined) break;
        this.#dropped += 1;
        this.#tailSize -= (JSON.parse(gone) as CapturedLine).d.length + 1;
      }
    }
  }

  #queue(line: CapturedLine, size: number): void {
    this.#bytes += size;
    const text = `${JSON.stringify({ seq: ++this.#seq, ...line })}\n`;
    this.#pending.push({ seq: this.#seq, text });
    this.#pendingBytes += text.length * 2;
    if (this.#pendingBytes >= chunkMostBytes) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), this.#flushMs);
  }

  #flush(): void {
    this.#stopTimer();
    const lines = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    if (lines.length > 0) this.#sending = this.#sending.then(() => this.#send(lines));
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** A chunk that does not arrive is kept: the completion says which lines there are, and the gateway asks for what it lacks. */
  async #send(lines: Line[]): Promise<void> {
    const all = [...this.#kept, ...lines];
    this.#kept = [];
    for (const part of chunksOf(all)) {
      try {
        await this.#upload(part);
      } catch (error) {
        if (error instanceof ProblemError && error.status < 500) return;
        this.#kept.push(...part);
      }
    }
  }

  async #upload(part: Line[]): Promise<void> {
    const { execution, fence } = this.#job;
    const first = part[0]?.seq ?? 1;
    const last = part.at(-1)?.seq ?? first;
    const answer = await this.#link.call(logs, {
      params: { id: execution },
      fence,
      raw: gzipSync(part.map((line) => line.text).join("")),
      headers: {
        "content-type": "application/x-ndjson",
        "pulse-first-seq": String(first),
        "pulse-last-seq": String(last),
      },
      signal: this.#signal,
    });
    this.#flushMs = answer.nextFlushMs;
  }

  /** Ends the log: sends what is left, or returns it for the completion when it is small. */
  async end(): Promise<{ lastSeq: number; bytes: number; inline: Completion["logs"] | null }> {
    this.#stopTimer();
    if (this.#dropped > 0) {
      const d = `… ${this.#dropped} lines left out: the log is over its limit …`;
      this.#queue({ t: Date.now(), s: "system", d }, d.length);
    }
    for (const text of this.#tail.splice(0)) {
      const line = JSON.parse(text) as CapturedLine;
      this.#queue(line, line.d.length + 1);
      // One chunk at a time, so that the tail is not held twice.
      if (this.#pending.length === 0) await this.#sending;
    }
    this.#stopTimer();
    const small = this.#pendingBytes <= inlineMostBytes;
    if (!small) this.#flush();
    await this.#sending;
    if (this.#kept.length > 0) await this.#send(this.#pending.splice(0));
    const [first] = this.#pending;
    const inline =
      first === undefined
        ? null
        : {
            firstSeq: first.seq,
            lastSeq: this.#seq,
            gzip: gzipSync(this.#pending.map((line) => line.text).join("")).toString("base64"),
          };
    return { lastSeq: this.#seq - this.#kept.length, bytes: this.#bytes, inline };
  }
}

function* chunksOf(lines: readonly Line[]): Generator<Line[]> {
  let part: Line[] = [];
  let bytes = 0;
  for (const line of lines) {
    const size = Buffer.byteLength(line.text);
    if (bytes + size > chunkMostBytes && part.length > 0) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(line);
    bytes += size;
  }
  if (part.length > 0) yield part;
}
