import { ProblemError } from "@pulse/schema/problem";
import type { HeaderList } from "@pulse/schema/wire/job";
import type { Session } from "./fleet.ts";
import type { Floor, Streamed } from "./floor.ts";
import type { Held } from "./held.ts";

const keptMostBytes = 1024 * 1024;
const unheardMostBytes = 6 * 1024 * 1024;

/** Bodies that pass through the hub: a large request from its caller to the runner, a streamed response back. */
export class Bodies {
  readonly #floor: Floor;
  readonly #leave: (session: Session, held: Held) => void;

  /** `leave` is called when the caller of a streamed response went away. */
  constructor(floor: Floor, leave: (session: Session, held: Held) => void) {
    this.#floor = floor;
    this.#leave = leave;
  }

  /** Where the runner reads the request body. A piped one can be read once; from then on the attempt is final. */
  request(held: Held): { stream: ReadableStream<Uint8Array> } | "stored" {
    const place = held.job.kind === "function" ? held.job.spec.body.at : "none";
    if (place === "stored") return "stored";
    if (place !== "piped") throw new ProblemError("not_found", `the request body of this job is ${place}`);
    const stream = this.#floor.room.takeBody(held.id);
    if (stream === null) {
      throw new ProblemError(
        "request_consumed",
        "the caller's body was read already, or the caller has left",
      );
    }
    held.consumed = true;
    return { stream };
  }

  /** Pipes a response to the caller who waits, keeping a copy while it is small; with nobody waiting, up to 6 MiB are kept. */
  async response(
    session: Session,
    held: Held,
    head: { status: number; headers: HeaderList },
    body: ReadableStream<Uint8Array>,
    signal: AbortSignal,
  ): Promise<{ bytes: number }> {
    const kept: Streamed = {
      status: head.status,
      headers: head.headers,
      bytes: 0,
      copy: null,
      brokenOff: false,
    };
    const parts: Uint8Array[] = [];
    const { readable, writable, breakOff } = pipe();
    const heard = this.#floor.room.stream(held.id, {
      kind: "streaming",
      id: held.id,
      attempt: held.attempt,
      status: head.status,
      headers: head.headers,
      body: readable,
    });
    held.consumed = heard || held.consumed;
    if (heard) this.#floor.streamed.set(held.id, kept);
    const most = heard ? keptMostBytes : unheardMostBytes;
    const writer = heard ? writable.getWriter() : null;
    const reader = body.getReader();
    const broken = new AbortController();
    const ended = AbortSignal.any([signal, broken.signal]);
    const stop = () => {
      void reader.cancel(ended.reason).catch(() => undefined);
      breakOff(ended.reason);
    };
    ended.addEventListener("abort", stop, { once: true });
    this.#floor.pipes.set(held, (cause) => broken.abort(cause));
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        kept.bytes += value.length;
        if (kept.bytes <= most) parts.push(value);
        else {
          parts.length = 0;
          if (!heard)
            throw new ProblemError(
              "payload_too_large",
              "nobody waits for this response, and at most 6 MiB are kept",
            );
        }
        if (writer !== null) await this.#write(writer, value, ended, () => this.#leave(session, held));
      }
      ended.throwIfAborted();
      await writer?.close().catch(() => undefined);
    } catch (cause) {
      kept.brokenOff = true;
      breakOff(cause);
      await reader.cancel(cause).catch(() => undefined);
      throw cause;
    } finally {
      ended.removeEventListener("abort", stop);
      this.#floor.pipes.delete(held);
    }
    if (kept.bytes <= most) kept.copy = joined(parts, kept.bytes);
    this.#floor.streamed.set(held.id, kept);
    return { bytes: kept.bytes };
  }

  async #write(
    writer: WritableStreamDefaultWriter<Uint8Array>,
    chunk: Uint8Array,
    ended: AbortSignal,
    leave: () => void,
  ): Promise<void> {
    try {
      await writer.ready;
      await writer.write(chunk);
    } catch (cause) {
      ended.throwIfAborted();
      leave();
      throw new ProblemError("cancelled", "the caller left before the response ended", { cause });
    }
  }
}

/** A pipe, and what breaks it off for both ends: a write waits for as long as nobody reads, and an abort would wait for the write. */
function pipe() {
  let breakOff = (_cause: unknown): void => undefined;
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(
    {
      start(controller) {
        breakOff = (cause) => controller.error(cause);
      },
    },
    undefined,
    { highWaterMark: 1 },
  );
  return { readable, writable, breakOff };
}

function joined(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
