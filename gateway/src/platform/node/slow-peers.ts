import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** So many bytes must come, or be taken, between two looks. */
const leastBytes = 15 * 1024;
/** So long a caller has to read its answer, and to send the rest of a body, before its connection is closed. */
const usualLingerMs = 2000;
/** A rest of a body that is read, so that the connection can be used again; of a longer one no more is. */
const readRest = 2 ** 20;
const lookAtRestMs = 10;

/** How often to look. */
export const lookEveryMs = 15_000;

/** Whether a body may come as slowly as it likes: those of callers and of runners stream while a function runs, whose timeout ends them. */
function mayStream({ headers, url = "" }: IncomingMessage): boolean {
  if (headers["content-length"] !== undefined) return false;
  return url.startsWith("/f/") || /^\/runner\/v1\/executions\/[^/]+\/response$/.test(url);
}

/**
 * Ends what another side is too slow for: requests whose body comes more slowly than 1 KiB/s, for each holds a socket and what has arrived;
 * answers that are taken more slowly than that, for each holds a slot of a runner; and requests whose body goes on after their answer, for
 * somebody has to read it.
 */
export class SlowPeers {
  readonly #open = new Map<IncomingMessage, number>();
  /** Bytes that each connection had taken when something was left to be sent to it. */
  readonly #taken = new Map<Socket, number | null>();
  readonly #onSlow: (socket: Socket) => void;
  readonly #lingerMs: number;

  /** `onSlow` answers and closes. */
  constructor(onSlow: (socket: Socket) => void, lingerMs = usualLingerMs) {
    this.#onSlow = onSlow;
    this.#lingerMs = lingerMs;
  }

  /** Looks at what a connection takes, until it is closed. */
  connected(socket: Socket): void {
    this.#taken.set(socket, null);
    socket.once("close", () => this.#taken.delete(socket));
  }

  /** Looks at a request until its body has come. */
  watch(request: IncomingMessage, response: ServerResponse): void {
    const { headers } = request;
    if (headers["transfer-encoding"] === undefined && (headers["content-length"] ?? "0") === "0") return;
    const { socket } = request;
    const before = socket.bytesRead;
    const announced = Number(headers["content-length"] ?? 0);
    const { writeHead } = response;
    let ends = false;
    // Whoever is answered in the middle of a long body must not send another request behind it.
    response.writeHead = (...args: never[]) => {
      const read = socket.bytesRead - before;
      if (!request.complete && Math.max(announced, read) > readRest) {
        response.setHeader("connection", "close");
        // Closing with bytes unread would reset the connection, and who is still sending would never read the answer: only our side ends at once.
        socket.destroySoon = () => void socket.end();
        ends = true;
      }
      return (writeHead as (...all: never[]) => ServerResponse).apply(response, args);
    };
    response.once("finish", () => {
      if (request.complete) return;
      readNoMore(request, socket, announced - (socket.bytesRead - before));
      const end = () => (request.complete && !ends) || socket.destroy();
      setTimeout(end, this.#lingerMs).unref();
    });
    if (mayStream(request)) return;
    this.#open.set(request, -1);
    request.once("close", () => this.#open.delete(request));
    request.once("end", () => this.#open.delete(request));
  }

  /** Ends those of which too little came, or which took too little, since the last look: called every `lookEveryMs`. */
  look(): void {
    this.#lookAtReaders();
    for (const [request, before] of this.#open) {
      const { socket } = request;
      const read = socket.bytesRead;
      // One that came within this interval has until the next look.
      if (request.complete) this.#open.delete(request);
      else if (before < 0 || read - before >= leastBytes) this.#open.set(request, read);
      // What has come and was not read yet waits for us, not for the other side.
      else if (request.readableLength === 0) {
        this.#open.delete(request);
        this.#onSlow(socket);
      }
    }
  }

  #lookAtReaders(): void {
    for (const [socket, before] of this.#taken) {
      const taken = socket.writableLength === 0 ? null : socket.bytesWritten - socket.writableLength;
      this.#taken.set(socket, taken);
      if (taken !== null && before !== null && taken - before < leastBytes) socket.destroy();
    }
  }
}

/** Stops reading from a connection once more of an answered body came than is read of it; at once, where that much was announced. */
function readNoMore(request: IncomingMessage, socket: Socket, announced: number): void {
  const most = socket.bytesRead + readRest;
  if (announced > readRest) {
    socket.pause();
    return;
  }
  // What comes is thrown away inside the server, without an event: only the socket's counter tells.
  const looking = setInterval(() => {
    if (request.complete || socket.destroyed) clearInterval(looking);
    else if (socket.bytesRead > most) {
      clearInterval(looking);
      socket.pause();
    }
  }, lookAtRestMs).unref();
}
