import { setTimeout as pause } from "node:timers/promises";
import { ProblemError } from "@pulse/schema/problem";
import { followEvents } from "@pulse/schema/wire/events";
import { linesOf } from "../lines.ts";
import type { Session } from "../session.ts";

/** How long to wait between two looks where nobody tells what changes, where somebody does, and before the stream is opened again. */
export interface ChangeTimes {
  pollMs: number;
  quietMs: number;
  againMs: number;
}

const usual: ChangeTimes = { pollMs: 400, quietMs: 30_000, againMs: 1000 };
/** Whatever changes in between is seen at one look. */
const leastMs = 150;

/** Says when to look at an execution again: when the gateway's stream tells of it, or every so often while there is no stream. */
export class RunChanges {
  readonly #session: Pick<Session, "client">;
  readonly #id: string;
  readonly #times: ChangeTimes;
  readonly #closing = new AbortController();
  #isOpen = false;
  #isTold = false;
  #wake: () => void = () => undefined;
  #after: string | null = null;

  constructor(session: Pick<Session, "client">, id: string, times: ChangeTimes = usual) {
    this.#session = session;
    this.#id = id;
    this.#times = times;
    void this.#follow();
  }

  /** Whether the stream is open now. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Has the next look come at once. */
  tell(): void {
    this.#isTold = true;
    this.#wake();
  }

  /** Resolves when it is time to look again, or the signal fires. */
  async next(signal: AbortSignal): Promise<void> {
    await pause(leastMs, undefined, { signal }).catch(() => undefined);
    if (!this.#isTold && !signal.aborted) {
      const waiting = new AbortController();
      this.#wake = () => waiting.abort();
      const ms = this.#isOpen ? this.#times.quietMs : this.#times.pollMs;
      const until = AbortSignal.any([waiting.signal, signal]);
      await pause(ms, undefined, { signal: until }).catch(() => undefined);
    }
    this.#isTold = false;
  }

  /** Leaves the stream. */
  close(): void {
    this.#closing.abort();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#read(signal);
      } catch (error) {
        // Who may not follow it, or asks a gateway that has no stream, looks by itself.
        if (error instanceof ProblemError && error.status < 500 && error.status !== 429) break;
      }
      this.#isOpen = false;
      this.tell();
      await pause(this.#times.againMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
    this.#isOpen = false;
  }

  async #read(signal: AbortSignal): Promise<void> {
    const since = this.#after === null ? {} : { "last-event-id": this.#after };
    const response = await this.#session.client.open(followEvents, {
      query: { topics: [`execution:${this.#id}`] },
      headers: { accept: "text/event-stream", ...since },
      signal,
    });
    const bytes = response.body;
    if (bytes === null || !response.headers.get("content-type")?.startsWith("text/event-stream")) return;
    for await (const line of linesOf(bytes)) {
      if (line.startsWith("id: ")) this.#after = line.slice(4);
      if (!line.startsWith("event: ")) continue;
      // What changed before the stream began is seen at the look that this asks for.
      this.#isOpen = true;
      this.tell();
    }
  }
}
