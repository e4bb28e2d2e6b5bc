import type { Duplex } from "node:stream";

/** The most bytes a frame's payload may have. */
export const payloadMostBytes = 65_536;
const headBytes = 9;

/** Takes one frame: its type (one ASCII letter), its call and its payload, good only until the callback returns. */
export type OnFrame = (type: string, call: number, payload: Buffer) => void;

/** Puts a frame together (`runtimes/PROTOCOL.md`). */
export function encodeFrame(type: string, call: number, payload: Uint8Array | string): Buffer {
  const length = typeof payload === "string" ? Buffer.byteLength(payload) : payload.length;
  if (length > payloadMostBytes)
    throw new RangeError(`a frame may carry ${payloadMostBytes} bytes, got ${length}`);
  const frame = Buffer.allocUnsafe(headBytes + length);
  frame.writeUInt32BE(length, 0);
  frame[4] = type.charCodeAt(0);
  frame.writeUInt32BE(call, 5);
  if (typeof payload === "string") frame.write(payload, headBytes);
  else frame.set(payload, headBytes);
  return frame;
}

/** Takes a stream of bytes apart into frames; returns false for a length over the limit, after which nothing more is read. */
export function createDecoder(onFrame: OnFrame): (chunk: Buffer) => boolean {
  // What has arrived of a frame is put together once, when all of it is there.
  let pieces: Buffer[] = [];
  let held = 0;
  let wanted = headBytes;
  return (chunk) => {
    pieces.push(chunk);
    held += chunk.length;
    if (held < wanted) return true;
    const bytes = pieces.length === 1 ? chunk : Buffer.concat(pieces, held);
    let at = 0;
    wanted = headBytes;
    while (bytes.length - at >= headBytes) {
      const length = bytes.readUInt32BE(at);
      if (length > payloadMostBytes) return false;
      wanted = headBytes + length;
      if (bytes.length - at < wanted) break;
      const payload = bytes.subarray(at + headBytes, at + wanted);
      onFrame(String.fromCharCode(bytes[at + 4] ?? 0), bytes.readUInt32BE(at + 5), payload);
      at += wanted;
      wanted = headBytes;
    }
    const rest = bytes.subarray(at);
    pieces = rest.length === 0 ? [] : [rest];
    held = rest.length;
    return true;
  };
}

/** A two-way line of frames over a stream. */
export class FrameLine {
  /** What carries the frames. */
  readonly stream: Duplex;
  #onFrame: OnFrame = () => undefined;
  #onClose: (broken: string | null) => void = () => undefined;
  #broken: string | null = null;

  constructor(stream: Duplex) {
    this.stream = stream;
    const decode = createDecoder((type, call, payload) => this.#onFrame(type, call, payload));
    stream.on("data", (chunk: Buffer) => {
      if (this.#broken !== null || decode(chunk)) return;
      this.#broken = `it sent a frame over ${payloadMostBytes} bytes`;
      stream.destroy();
    });
    // The process behind it says how it ended; a broken line says nothing more.
    stream.on("error", () => undefined);
    // A process that will say nothing more cannot be talked to.
    stream.on("end", () => stream.destroy());
    stream.on("close", () => this.#onClose(this.#broken));
  }

  /** Who takes the frames from now on. */
  listen(onFrame: OnFrame): void {
    this.#onFrame = onFrame;
  }

  /** Who hears that the line is gone, with what the other side did wrong, if anything. */
  onClose(onClose: (broken: string | null) => void): void {
    this.#onClose = onClose;
    if (this.stream.closed) onClose(this.#broken);
  }

  send(type: string, call: number, payload: Uint8Array | string): void {
    this.sendTogether([[type, call, payload]]);
  }

  /** Sends frames with one write. */
  sendTogether(
    frames: readonly (readonly [type: string, call: number, payload: Uint8Array | string])[],
  ): void {
    if (!this.stream.writable) return;
    const bytes = frames.map((frame) => encodeFrame(...frame));
    this.stream.write(bytes.length === 1 ? bytes[0] : Buffer.concat(bytes));
  }

  close(): void {
    this.stream.destroy();
  }
}
