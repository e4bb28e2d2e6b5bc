import { ProblemError } from "@pulse/schema/problem";
import { joined } from "../http/gather.ts";
import { declaredLength, tooLarge } from "../http/read-body.ts";
import type { Ports } from "../ports.ts";

/** Bodies up to this ride in the job itself. */
export const inlineMost = 64 * 1024;
/** Bodies up to this are stored and can be read again. */
export const storedMost = 6 * 2 ** 20;
/** Bodies of work that nobody waits for. */
export const asyncMost = 2 ** 20;

/** The body of a call. A `stream` can be read once. */
export type CallBody =
  | { at: "none" }
  | { at: "bytes"; bytes: Uint8Array<ArrayBuffer> }
  | { at: "stream"; stream: ReadableStream<Uint8Array> };

/** How much of a body a call may have. */
export interface BodyLimits {
  /** The endpoint's own limit, bytes; null: none. */
  most: number | null;
  /** What is larger than this is passed on as a stream, or refused when it may not be. */
  wholeMost: number;
  mayPipe: boolean;
}

/** How long a body without a length may take to arrive before it is passed on as a stream. */
const patienceMs = 100;

/** Reads a caller's body; throws `payload_too_large` for one over its limits, and `bad_request` when it breaks off. */
export async function readBody(
  request: Request,
  limits: BodyLimits,
  ports: Pick<Ports, "timer">,
): Promise<CallBody> {
  if (request.method === "GET" || request.method === "HEAD") return { at: "none" };
  const declared = declaredLength(request.headers);
  if (declared === 0) return { at: "none" };
  if (declared !== null) {
    if (limits.most !== null && declared > limits.most) throw tooLarge(limits.most);
    if (declared <= limits.wholeMost) return whole(new Uint8Array(await arrived(request.arrayBuffer())));
    if (!limits.mayPipe) throw tooLarge(limits.wholeMost);
    return request.body === null ? { at: "none" } : { at: "stream", stream: request.body };
  }
  return request.body === null ? { at: "none" } : gather(request.body, limits, ports);
}

function whole(bytes: Uint8Array<ArrayBuffer>): CallBody {
  return bytes.length === 0 ? { at: "none" } : { at: "bytes", bytes };
}

async function arrived<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    throw new ProblemError("bad_request", "the body broke off before its end", { cause });
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Reading = ReturnType<Reader["read"]>;

async function gather(
  stream: ReadableStream<Uint8Array>,
  limits: BodyLimits,
  ports: Pick<Ports, "timer">,
): Promise<CallBody> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const late = Promise.withResolvers<null>();
  const stopTimer = limits.mayPipe ? ports.timer(patienceMs, () => late.resolve(null)) : () => {};
  try {
    for (;;) {
      const reading = reader.read();
      const got = await arrived(Promise.race([reading, late.promise]));
      if (got === null) return { at: "stream", stream: rest(chunks, reading, reader, limits.most) };
      if (got.done) return whole(joined(chunks, size));
      chunks.push(got.value);
      size += got.value.length;
      const most = limits.mayPipe ? limits.most : Math.min(limits.wholeMost, limits.most ?? limits.wholeMost);
      if (most !== null && size > most) {
        await reader.cancel().catch(() => {});
        throw tooLarge(most);
      }
      if (size > limits.wholeMost) return { at: "stream", stream: rest(chunks, null, reader, limits.most) };
    }
  } finally {
    stopTimer();
  }
}

/** What was read already, then what a read under way brings, then the rest; breaks with `payload_too_large` above `most`. */
function rest(
  read: Uint8Array[],
  underWay: Reading | null,
  reader: Reader,
  most: number | null,
): ReadableStream<Uint8Array> {
  const queue = [...read];
  let pending = underWay;
  let size = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let chunk = queue.shift();
        if (chunk === undefined) {
          const got = await (pending ?? reader.read());
          pending = null;
          if (got.done) return controller.close();
          chunk = got.value;
        }
        size += chunk.length;
        if (most !== null && size > most) {
          await reader.cancel().catch(() => {});
          throw tooLarge(most);
        }
        controller.enqueue(chunk);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
