import { request } from "node:http";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type Docker from "dockerode";
import { engineAddress } from "./engine-address.ts";

const headBytes = 8;
const attachMostMs = 30_000;

/** Takes a part of what a container writes. */
export type TakePart = (stream: "stdout" | "stderr", part: Buffer) => void;

/**
 * The two-way stream of a container without a terminal: what it writes comes in parts (`takeParts`), what is written reaches its standard input
 * when `stdin` asks for that. Not dockerode's own attach, which some engines pass the request's body of as input. Throws when the engine refuses.
 */
export function attachTo(docker: Docker, id: string, { stdin }: { stdin: boolean }): Promise<Socket> {
  const query = `stream=1&stdout=1&stderr=1${stdin ? "&stdin=1" : ""}`;
  return new Promise((resolve, reject) => {
    const asked = request({
      ...engineAddress(docker),
      method: "POST",
      path: `/containers/${id}/attach?${query}`,
      headers: { connection: "Upgrade", upgrade: "tcp", "content-length": "0" },
      signal: AbortSignal.timeout(attachMostMs),
    });
    asked.on("upgrade", (_, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      resolve(socket as Socket); // A local engine's connection is a socket of its own.
    });
    asked.on("response", (answer) => {
      answer.resume();
      const refused = new Error(`the engine does not attach to a container: ${answer.statusCode}`);
      reject(Object.assign(refused, { statusCode: answer.statusCode }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

/** Takes the parts of an engine's stream apart: 8 bytes before each say which output it is and how long. */
export function createPartReader(take: TakePart): (chunk: Buffer) => void {
  let head = Buffer.alloc(0);
  let left = 0;
  let stream: "stdout" | "stderr" = "stdout";
  return (chunk) => {
    let rest = chunk;
    while (rest.length > 0) {
      if (left === 0) {
        const missing = headBytes - head.length;
        head = Buffer.concat([head, rest.subarray(0, missing)]);
        rest = rest.subarray(missing);
        if (head.length < headBytes) return;
        stream = head[0] === 2 ? "stderr" : "stdout";
        left = head.readUInt32BE(4);
        head = Buffer.alloc(0);
        continue;
      }
      const part = rest.subarray(0, left);
      rest = rest.subarray(part.length);
      left -= part.length;
      take(stream, part);
    }
  };
}

/** The line of frames over a container's standard input and output. */
export interface StdioLine {
  stream: Duplex;
  /** What the container wrote to its standard output. */
  add(part: Buffer): void;
  /** The container, or its engine, will write nothing more. */
  end(): void;
}

/** Makes the line of a container whose standard input `attached` reaches. Closing it closes that input, on which a runtime ends. */
export function stdioLine(attached: Socket): StdioLine {
  const stream = new Duplex({
    // Frames are taken as they come: credit, not this stream, holds a sender back.
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      if (attached.writable) attached.write(chunk, () => done());
      else done();
    },
    destroy(error, done) {
      attached.end();
      done(error);
    },
  });
  return {
    stream,
    add(part) {
      if (!stream.readableEnded && !stream.destroyed) stream.push(part);
    },
    end() {
      if (!stream.destroyed) stream.push(null);
    },
  };
}
