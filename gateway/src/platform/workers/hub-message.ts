import { ProblemError } from "@pulse/schema/problem";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const jsonMostBytes = 64 * 2 ** 20;
const lengthBytes = 4;
/** The runtime's own reads give 4 KiB: a body of 200 MB would wake the script 50,000 times at each hop. */
const chunkBytes = 64 * 2 ** 10;

/** A call of the hub or its answer: JSON, and the one stream that may go along. */
export interface Message {
  value: unknown;
  stream: ReadableStream<Uint8Array> | null;
}

/**
 * How a stream goes along. `framed`: in pieces with their lengths and an end of length 0, for where the end of a broken body looks
 * like the end of a whole one; workerd shows the receiver of a request no error of a stream made by script. `plain`: as it is, so that the
 * runtime may pass it on without waking a script.
 */
export type StreamForm = "framed" | "plain";

/** A message as bytes: 4 bytes of length (big-endian), that much JSON, then the stream. */
export function encodeMessage(
  { value, stream }: Message,
  form: StreamForm,
): ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> {
  const json = encoder.encode(JSON.stringify({ value: value ?? null, stream: stream !== null }));
  const head = new Uint8Array(lengthBytes + json.length);
  head.set(lengthOf(json.length));
  head.set(json, lengthBytes);
  if (stream === null) return head;
  const source = new ByteSource(stream);
  let first = true;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (first) {
        first = false;
        controller.enqueue(head);
        return;
      }
      const chunk = await source.next(chunkBytes);
      if (chunk === null) {
        if (form === "framed") controller.enqueue(lengthOf(0));
        controller.close();
        return;
      }
      if (form === "framed" && chunk.length > 0) controller.enqueue(lengthOf(chunk.length));
      controller.enqueue(chunk);
    },
    cancel: (reason) => source.cancel(reason),
  });
}

/** Reads a message back. Throws `unavailable` when it breaks off; its stream fails with the same when that does. */
export async function decodeMessage(
  body: ReadableStream<Uint8Array> | null,
  form: StreamForm,
): Promise<Message> {
  if (body === null) throw new ProblemError("bad_request", "a hub message has no body");
  const incoming = new ByteSource(body);
  const length = new DataView((await incoming.read(lengthBytes)).buffer).getUint32(0);
  if (length > jsonMostBytes) throw new ProblemError("payload_too_large", `a hub message of ${length} bytes`);
  // The other end is this same file.
  const head = JSON.parse(decoder.decode(await incoming.read(length))) as { value: unknown; stream: boolean };
  if (!head.stream) {
    await incoming.cancel();
    return { value: head.value, stream: null };
  }
  return { value: head.value, stream: form === "plain" ? incoming.rest() : incoming.frames() };
}

function lengthOf(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(lengthBytes);
  new DataView(bytes.buffer).setUint32(0, length);
  return bytes;
}

/** The other side went away: what was asked of it may have happened or not. */
export class HubLost extends ProblemError {
  constructor(detail: string, cause?: unknown) {
    super("unavailable", detail, { cause, retryAfter: 1 });
  }
}

function brokeOff(): ProblemError {
  return new HubLost("a hub message broke off");
}

/** A pipe that moves bytes without script where the runtime has one (workerd). */
const Through: new () => TransformStream<Uint8Array, Uint8Array> =
  (globalThis as { IdentityTransformStream?: typeof TransformStream }).IdentityTransformStream ??
  TransformStream;

/** The bytes of a stream, as many at a time as are asked for. */
class ByteSource {
  readonly #body: ReadableStream<Uint8Array>;
  /** Where the body can be read into our own memory, no byte too many is taken, and its rest can be passed on as it is. */
  readonly #exact: ReadableStreamBYOBReader | null;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | null;
  #left = new Uint8Array(0);

  constructor(body: ReadableStream<Uint8Array>) {
    this.#body = body;
    this.#exact = byobReader(body);
    this.#reader = this.#exact === null ? body.getReader() : null;
  }

  /** Up to `most` bytes, at least one; null: the body ended. */
  async next(most: number): Promise<Uint8Array | null> {
    if (this.#exact !== null) {
      const { done, value } = await this.#exact.read(new Uint8Array(most));
      return done || value === undefined ? null : value;
    }
    while (this.#left.length === 0) {
      const { done, value } = (await this.#reader?.read()) ?? { done: true, value: undefined };
      if (done || value === undefined) return null;
      this.#left = value as Uint8Array<ArrayBuffer>;
    }
    const taken = this.#left.subarray(0, most);
    this.#left = this.#left.subarray(taken.length);
    return taken;
  }

  /** Exactly so many bytes; throws `unavailable` when the body ends before. */
  async read(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const chunk = await this.next(length - at);
      if (chunk === null) throw brokeOff();
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  /** What follows, as it is. */
  rest(): ReadableStream<Uint8Array> {
    if (this.#exact !== null) {
      this.#exact.releaseLock();
      // A body that was read from cannot become another body; through a pipe of the runtime's own it can.
      return this.#body.pipeThrough(new Through());
    }
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const chunk = await this.next(Number.POSITIVE_INFINITY);
        if (chunk === null) controller.close();
        else controller.enqueue(chunk);
      },
      cancel: (reason) => this.cancel(reason),
    });
  }

  /** The pieces that follow, up to their end; fails when there is none. */
  frames(): ReadableStream<Uint8Array> {
    let remaining = 0;
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        if (remaining === 0) {
          remaining = new DataView((await this.read(lengthBytes)).buffer).getUint32(0);
          if (remaining === 0) {
            controller.close();
            await this.cancel();
            return;
          }
        }
        const chunk = await this.next(Math.min(remaining, chunkBytes));
        if (chunk === null) throw brokeOff();
        remaining -= chunk.length;
        controller.enqueue(chunk);
      },
      cancel: (reason) => this.cancel(reason),
    });
  }

  async cancel(reason?: unknown): Promise<void> {
    await (this.#exact ?? this.#reader)?.cancel(reason);
  }
}

function byobReader(body: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | null {
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    // A stream that script made of chunks cannot be read so.
    return null;
  }
}
