import { randomBytes } from "node:crypto";
import type * as z from "zod";
import type { FunctionJob, JobLink } from "../work.ts";
import { answerInvoke, type Call, sendBody } from "./open-call.ts";
import type { CallError } from "./outcome.ts";
import {
  type CallEnd,
  callError,
  greeting,
  head,
  invokeFrame,
  logFrame,
  type Ready,
  ready,
} from "./runtime-frames.ts";
import type { Cell } from "./sandbox.ts";

const firstCredit = 262_144;
const sentinelMs = 500;

/** Speaks the frames with one cell: load once, then calls, as many at a time as the version allows. */
export class Conversation {
  readonly #cell: Cell;
  readonly #calls = new Map<number, Call>();
  readonly #outputs: number;
  #number = 0;
  #greeted: ((value: z.output<typeof greeting>) => void) | null = null;
  #loaded: ((value: Ready | { error: CallError }) => void) | null = null;
  /** Lines that belong to no call: of the load, or of code that runs between calls. */
  #stray: (stream: "stdout" | "stderr" | "log", level: string, text: string) => void = () => undefined;

  /** `outputs` is how many raw streams carry the sentinel: 2 over a socket, 1 over stdio. */
  constructor(cell: Cell, outputs: number) {
    this.#cell = cell;
    this.#outputs = outputs;
    cell.line.listen((type, call, payload) => this.#receive(type, call, payload));
    cell.onOutput((stream, line) => this.#rawLine(stream, line));
  }

  /** Resolves when the process has greeted; rejects with the signal. */
  greeted(signal: AbortSignal): Promise<z.output<typeof greeting>> {
    return new Promise((resolve, reject) => {
      this.#greeted = resolve;
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      void this.#cell.exited.then(() => reject(new Error("the process ended before it was ready")));
    });
  }

  /** Loads a version's code. Null: the process ended instead. */
  async load(
    init: Record<string, unknown>,
    stray: (stream: "stdout" | "stderr" | "log", level: string, text: string) => void,
    signal: AbortSignal,
  ): Promise<Ready | { error: CallError } | null> {
    this.#stray = stray;
    const answered = new Promise<Ready | { error: CallError } | null>((resolve, reject) => {
      this.#loaded = resolve;
      void this.#cell.exited.then(() => resolve(null));
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    this.#cell.line.send("I", 0, JSON.stringify({ protocol: 1, ...init }));
    return answered;
  }

  /** Runs one call to its `D`. Null: the process ended first. `stop` sends `C`. */
  call(
    job: FunctionJob,
    link: JobLink,
    signal: AbortSignal,
  ): { ended: Promise<CallEnd | null>; stop(reason: string): void } {
    const number = ++this.#number;
    const nonce = randomBytes(8).toString("hex");
    const { spec } = job;
    const settled = Promise.withResolvers<CallEnd | null>();
    const finished = Promise.withResolvers<void>();
    const call: Call = {
      number,
      link,
      credit: firstCredit,
      pay: null,
      response: null,
      wantsMore: null,
      sentinels: new Set(),
      nonce,
      onSentinel: null,
      settle: settled.resolve,
      finish: finished.resolve,
      signal,
    };
    this.#calls.set(number, call);
    const hasBody = spec.body.at !== "none";
    this.#cell.line.send(
      "Q",
      number,
      JSON.stringify({
        executionId: job.execution,
        attempt: job.attempt,
        idempotencyKey: spec.idempotencyKey,
        alias: spec.function.alias,
        trigger: spec.trigger,
        deadline: Date.now() + job.timeoutMs,
        timeoutMs: job.timeoutMs,
        ...spec.request,
        body: hasBody,
        traceparent: job.traceparent,
        nonce,
      }),
    );
    if (hasBody) void sendBody(call, this.#cell.line);
    const gone = this.#cell.exited.then(() => {
      call.response?.error(new Error("the process ended before the response did"));
      call.response = null;
      settled.resolve(null);
      finished.resolve();
    });
    void gone;
    const ended = (async () => {
      const end = await settled.promise;
      await finished.promise;
      if (end !== null) await this.#awaitSentinel(call);
      this.#calls.delete(number);
      return end;
    })();
    return { ended, stop: (reason) => this.#cell.line.send("C", number, JSON.stringify({ reason })) };
  }

  async #awaitSentinel(call: Call): Promise<void> {
    if (call.sentinels.size >= this.#outputs) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, sentinelMs);
      call.onSentinel = () => {
        if (call.sentinels.size < this.#outputs) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #rawLine(stream: "stdout" | "stderr", line: string): void {
    const at = line.indexOf("\0pulse:");
    if (at >= 0) {
      const nonce = line.slice(at + 7);
      for (const call of this.#calls.values()) {
        if (call.nonce !== nonce) continue;
        if (at > 0) this.#log(call, stream, line.slice(0, at));
        call.sentinels.add(stream);
        call.onSentinel?.();
        return;
      }
      return;
    }
    // With one call in flight plain output is its own; with several it belongs to the sandbox.
    const [only] = this.#calls.values();
    if (only !== undefined && this.#calls.size === 1) this.#log(only, stream, line);
    else this.#stray(stream, stream === "stderr" ? "error" : "info", line);
  }

  #log(call: Call, stream: "stdout" | "stderr", text: string): void {
    call.link.log({ t: Date.now(), s: stream, l: stream === "stderr" ? "error" : "info", d: text });
  }

  #receive(type: string, number: number, payload: Buffer): void {
    try {
      if (number === 0) this.#receiveProcess(type, payload);
      else {
        const call = this.#calls.get(number);
        if (call !== undefined) this.#receiveCall(type, call, payload);
      }
    } catch (error) {
      // A frame that breaks the protocol: nothing of this process can be trusted any more.
      this.#stray("stderr", "error", `the runtime broke the protocol: ${String(error)}`);
      this.#cell.line.close();
      void this.#cell.destroy();
    }
  }

  #receiveProcess(type: string, payload: Buffer): void {
    const value: unknown =
      type === "R" || type === "X" || type === "L" ? JSON.parse(payload.toString("utf8")) : null;
    if (type === "R" && this.#loaded === null) this.#greeted?.(greeting.parse(value));
    else if (type === "R") this.#loaded?.(ready.parse(value));
    else if (type === "X") this.#loaded?.({ error: callError.parse(value) });
    else if (type === "L") {
      const { stream, level, text } = logFrame.parse(value);
      this.#stray(stream, level, text);
    }
  }

  #receiveCall(type: string, call: Call, payload: Buffer): void {
    switch (type) {
      case "H":
        this.#head(call, head.parse(JSON.parse(payload.toString("utf8"))));
        break;
      case "B":
        call.response?.enqueue(new Uint8Array(payload));
        if ((call.response?.desiredSize ?? 1) > 0) this.#giveCredit(call, payload.length);
        else this.#owe(call, payload.length);
        break;
      case "E":
        call.response?.close();
        call.response = null;
        call.settle({ answered: true });
        break;
      case "X": {
        const error = callError.parse(JSON.parse(payload.toString("utf8")));
        call.response?.error(new Error(error.message));
        call.response = null;
        call.settle({ error });
        break;
      }
      case "D":
        call.finish();
        break;
      case "W":
        call.credit += payload.readUInt32BE(0);
        call.pay?.();
        break;
      case "L": {
        const { stream, level, text, fields, time } = logFrame.parse(JSON.parse(payload.toString("utf8")));
        call.link.log({
          t: time,
          s: stream,
          l: level,
          d: text,
          ...(fields === undefined ? {} : { f: fields }),
        });
        break;
      }
      case "V":
        void answerInvoke(call, this.#cell.line, invokeFrame.parse(JSON.parse(payload.toString("utf8"))));
        break;
    }
  }

  #owed = new Map<Call, number>();

  #owe(call: Call, bytes: number): void {
    this.#owed.set(call, (this.#owed.get(call) ?? 0) + bytes);
  }

  #giveCredit(call: Call, bytes: number): void {
    const payload = Buffer.allocUnsafe(4);
    payload.writeUInt32BE(bytes);
    this.#cell.line.send("W", call.number, payload);
  }

  #head(call: Call, given: z.output<typeof head>): void {
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          call.response = controller;
        },
        pull: () => {
          const bytes = this.#owed.get(call) ?? 0;
          this.#owed.delete(call);
          if (bytes > 0) this.#giveCredit(call, bytes);
        },
        cancel: () => {
          call.response = null;
          this.#cell.line.send("C", call.number, JSON.stringify({ reason: "disconnected" }));
          this.#giveCredit(call, firstCredit);
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: firstCredit }),
    );
    call.link.respond(given, body);
  }
}
