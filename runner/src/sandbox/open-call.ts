import type * as z from "zod";
import type { FrameLine } from "../frames.ts";
import type { FunctionJob, JobLink } from "../work.ts";
import { newNonce } from "./nonce.ts";
import { firstCredit, ResponseBody } from "./response-body.ts";
import { type CallEnd, callError, head, invokeFrame, logFrame } from "./runtime-frames.ts";

const partBytes = 65_536;

/** One call from its `Q` to its `D`. Nothing of it reaches the job's link after it was stopped or closed. */
export class OpenCall {
  readonly nonce = newNonce();
  /** How the response ended; null: the process did first. */
  readonly ended: Promise<CallEnd | null>;
  /** `D` came, or the process ended. */
  readonly over: Promise<void>;
  readonly #number: number;
  readonly #line: FrameLine;
  readonly #link: JobLink;
  readonly #settle: (end: CallEnd | null) => void;
  readonly #finish: () => void;
  /** Stops the request's body; there is none while none is on its way. */
  #bodyStop: AbortController | null = null;
  readonly #signal: AbortSignal;
  readonly #leave: () => void;
  #credit = firstCredit;
  #paid: (() => void) | null = null;
  #response: ResponseBody | null = null;
  #state: "open" | "ended" | "over" = "open";
  #isForwarded = false;
  #isWhole = false;
  #isStopped = false;
  #isClosed = false;

  constructor(options: {
    number: number;
    line: FrameLine;
    link: JobLink;
    signal: AbortSignal;
    /** The response's reader went away. */
    onLeave: () => void;
  }) {
    this.#number = options.number;
    this.#line = options.line;
    this.#link = options.link;
    this.#signal = options.signal;
    this.#leave = options.onLeave;
    const ended = Promise.withResolvers<CallEnd | null>();
    const over = Promise.withResolvers<void>();
    [this.ended, this.over] = [ended.promise, over.promise];
    [this.#settle, this.#finish] = [ended.resolve, over.resolve];
  }

  /** Whether the response has ended, in whatever way. */
  get hasEnded(): boolean {
    return this.#state !== "open";
  }

  get isOver(): boolean {
    return this.#state === "over";
  }

  /** The response's head reached the link, its end did not. */
  get isTruncated(): boolean {
    return this.#isForwarded && !this.#isWhole;
  }

  /** Sends the request. */
  start(job: FunctionJob): void {
    const { spec } = job;
    const hasBody = spec.body.at !== "none";
    const request = {
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
      depth: spec.depth,
      nonce: this.nonce,
    };
    const head = ["Q", this.#number, JSON.stringify(request)] as const;
    if (spec.body.at !== "inline") {
      this.#line.send(...head);
      if (hasBody) void this.#sendBody();
      return;
    }
    // A body that came with the job goes with its head, for it is smaller than the first credit.
    const bytes = Buffer.from(spec.body.base64, "base64");
    const parts = Array.from({ length: Math.ceil(bytes.length / partBytes) }, (_, at) => {
      return ["B", this.#number, bytes.subarray(at * partBytes, (at + 1) * partBytes)] as const;
    });
    this.#credit -= bytes.length;
    this.#line.sendTogether([head, ...parts, ["E", this.#number, ""]]);
  }

  /** Tells the process to stop; the caller gets nothing more, whatever the process still sends. */
  stop(reason: string): void {
    this.#isStopped = true;
    this.#response?.drop(new Error(`the call ended before the response did: ${reason}`));
    this.#line.send("C", this.#number, JSON.stringify({ reason }));
  }

  /** No line may reach the link any more: the call is over, with what it went on with after its response. */
  close(): void {
    this.#isClosed = true;
  }

  /** The process is gone. */
  lose(): void {
    if (this.#state === "open") this.#end(null, new Error("the process ended before the response did"));
    this.#over();
  }

  /** A line of the call's log. */
  log(stream: "stdout" | "stderr" | "log", level: string, text: string, more: Partial<LogMore> = {}): void {
    if (this.#isClosed) return;
    const { time = Date.now(), fields } = more;
    this.#link.log({ t: time, s: stream, l: level, d: text, ...(fields === undefined ? {} : { f: fields }) });
  }

  /** Takes a frame of the process. Throws when it breaks the protocol. */
  receive(type: string, payload: Buffer): void {
    if ("HBEX".includes(type) && this.#state !== "open")
      throw new Error(`it sent ${type} after a response had ended`);
    switch (type) {
      case "H":
        this.#respond(head.parse(jsonOf(payload)));
        break;
      case "B":
        if (this.#response === null) throw new Error("it sent a response's body before its head");
        this.#response.add(payload);
        break;
      case "E":
        if (this.#response === null) throw new Error("it ended a response that had no head");
        this.#isWhole = !this.#isStopped;
        this.#end({ answered: true }, null);
        break;
      case "X": {
        const error = callError.parse(jsonOf(payload));
        this.#end({ error }, new Error(error.message));
        break;
      }
      case "D":
        if (this.#state === "open") throw new Error("it finished a call without a response");
        this.#over();
        break;
      case "W":
        this.#credit += payload.readUInt32BE(0);
        this.#paid?.();
        break;
      case "L": {
        if (this.isOver) break;
        const { stream, level, text, ...more } = logFrame.parse(jsonOf(payload));
        this.log(stream, level, text, more);
        break;
      }
      case "V":
        void this.#answerAsked(invokeFrame.parse(jsonOf(payload)));
        break;
    }
  }

  #respond(given: z.output<typeof head>): void {
    if (this.#response !== null) throw new Error("it sent a second head");
    this.#response = new ResponseBody(
      (bytes) => this.#giveCredit(bytes),
      () => {
        this.#isStopped = true;
        this.#leave();
      },
    );
    if (this.#isStopped) this.#response.drop(new Error("the call was stopped"));
    else {
      this.#isForwarded = true;
      this.#link.respond(given, this.#response.stream);
    }
  }

  #end(end: CallEnd | null, broken: Error | null): void {
    this.#state = "ended";
    this.#response?.end(broken);
    this.#settle(end);
  }

  #over(): void {
    this.#state = "over";
    this.#bodyStop?.abort();
    this.#paid?.();
    this.#finish();
  }

  #giveCredit(bytes: number): void {
    const payload = Buffer.allocUnsafe(4);
    payload.writeUInt32BE(bytes);
    this.#line.send("W", this.#number, payload);
  }

  /** Sends the request's body within the credit that the process gives, until the call is over. A body that breaks off aborts the call. */
  async #sendBody(): Promise<void> {
    const stop = new AbortController();
    this.#bodyStop = stop;
    try {
      const body = await this.#link.openBody(AbortSignal.any([this.#signal, stop.signal]));
      for await (const chunk of body ?? []) {
        for (let at = 0; at < chunk.length; ) {
          while (this.#credit <= 0 && !this.isOver) {
            await new Promise<void>((resolve) => {
              this.#paid = resolve;
            });
          }
          if (this.isOver) return;
          const part = chunk.subarray(at, at + Math.min(partBytes, this.#credit));
          this.#credit -= part.length;
          at += part.length;
          this.#line.send("B", this.#number, part);
        }
      }
    } catch (error) {
      if (this.isOver) return;
      if (!this.#isClosed) {
        const text = `the request body broke off: ${String(error)}`;
        this.#link.log({ t: Date.now(), s: "system", l: "error", d: text });
      }
      this.#line.send("C", this.#number, JSON.stringify({ reason: "disconnected" }));
      // No `E`: it would make a whole body of it for a function that reads on.
      return;
    }
    if (!this.isOver) this.#line.send("E", this.#number, "");
  }

  /** `ctx.invoke`, `ctx.emit` and `ctx.kv`: asks the gateway and answers the process. */
  async #answerAsked(asked: z.output<typeof invokeFrame>): Promise<void> {
    const { id } = asked;
    let answer: Record<string, unknown>;
    try {
      const { status, value } = await this.#ask(asked);
      answer = { id, ok: true, status, value };
    } catch (error) {
      const known = typeof error === "object" && error !== null && "code" in error;
      const message = error instanceof Error ? error.message : String(error);
      answer = { id, ok: false, code: known ? String(error.code) : "infrastructure", message };
    }
    if (this.isOver) return;
    const text = JSON.stringify(answer);
    const message = "the answer is over 64 KiB of JSON";
    const fits = Buffer.byteLength(text) <= partBytes;
    const tooLarge = { id, ok: false, code: "payload_too_large", message };
    this.#line.send("A", this.#number, fits ? text : JSON.stringify(tooLarge));
  }

  async #ask({ id, name, input, emits, kv }: z.output<typeof invokeFrame>) {
    if (kv !== undefined) {
      const asked = { ...kv, key: name, value: input };
      return { status: 200, value: await this.#link.kv(asked, this.#signal) };
    }
    if (emits) return { status: 202, value: await this.#link.emit(name, input, String(id), this.#signal) };
    return await this.#link.invoke(name, input, this.#signal);
  }
}

interface LogMore {
  time: number;
  fields: Record<string, unknown> | undefined;
}

function jsonOf(payload: Buffer): unknown {
  return JSON.parse(payload.toString("utf8"));
}
