// The line to the runner: frames out (PROTOCOL.md, Frames), at once and in order.
import { once } from "node:events";
import { writeSync } from "node:fs";
import { connect, Socket } from "node:net";

/** The most bytes of a payload. */
export const frameMost = 65_536;
export const isSocket = process.env.PULSE_TRANSPORT === "socket";
// With stdio the launcher has moved the original stdin and stdout to 3 and 4, for Node cannot.
export const line = isSocket ? connect(process.env.PULSE_SOCKET) : new Socket({ fd: 3, writable: false });
if (isSocket) await once(line, "connect");
const lineFd = isSocket ? line._handle.fd : 4;
for (const name of ["PULSE_TRANSPORT", "PULSE_SOCKET"]) delete process.env[name];
// Writes block on purpose: prints go at the pace of their reader, and what was said before an exit is not lost.
const nap = new Int32Array(new SharedArrayBuffer(4));
export function write(fd, bytes, patienceMs) {
  for (let at = 0, waited = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN" || waited++ >= patienceMs) return false;
      Atomics.wait(nap, 0, 0, 1);
    }
  }
  return true;
}
const queue = [];

/** Writes what is queued, now. */
export function flush() {
  const frames = queue.splice(0);
  if (frames.length > 0 && !write(lineFd, Buffer.concat(frames), Number.POSITIVE_INFINITY)) process.exit(0);
}

/** Queues a frame; false when the payload does not fit one. */
export function send(type, call, payload) {
  const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
  if (bytes.length > frameMost) return false;
  const head = Buffer.allocUnsafe(9);
  head.writeUInt32BE(bytes.length);
  head[4] = type.charCodeAt(0);
  head.writeUInt32BE(call, 5);
  if (queue.push(head, bytes) === 2) setImmediate(flush);
  return true;
}

/** Sends a log line or an error, its texts shortened until it fits. */
export function sendCut(type, call, value) {
  for (let most = 32_768; most > 0; most >>= 1) {
    const plain = (key, one) => {
      const limit = key === "stack" ? most / 2 : most;
      if (typeof one === "string") return one.length > limit ? `${one.slice(0, limit - 1)}…` : one;
      if (key === "fields" && most < 4096) return undefined;
      if (one instanceof Error) return { name: one.name, message: one.message, stack: one.stack };
      return typeof one === "bigint" ? String(one) : one;
    };
    if (send(type, call, JSON.stringify(value, plain))) return;
  }
}
