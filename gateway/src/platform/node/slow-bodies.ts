import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** So many bytes must arrive between two looks. */
const leastBytes = 15 * 1024;
/** So long a caller has to read its answer before the rest of its body is refused. */
const lingerMs = 1000;

/** How often to look. */
export const lookEveryMs = 15_000;

/** Whether a body may come as slowly as it likes: those of callers and of runners stream while a function runs, whose timeout ends them. */
function mayStream({ headers, url = "" }: IncomingMessage): boolean {
  if (headers["content-length"] !== undefined) return false;
  return url.startsWith("/f/") || /^\/runner\/v1\/executions\/[^/]+\/response$/.test(url);
}

/**
 * Ends requests whose body comes more slowly than 1 KiB/s: each of them holds a socket and what has arrived; and those whose body goes on after
 * their answer, for somebody has to read it. A request whose body is complete costs nothing.
 */
export class SlowBodies {
  readonly #open = new Map<IncomingMessage, number>();
  readonly #onSlow: (socket: Socket) => void;

  /** `onSlow` answers and closes. */
  constructor(onSlow: (socket: Socket) => void) {
    this.#onSlow = onSlow;
  }

  /** Looks at a request until its body has come. */
  watch(request: IncomingMessage, response: ServerResponse): void {
    const { headers } = request;
    if (headers["transfer-encoding"] === undefined && (headers["content-length"] ?? "0") === "0") return;
    response.once("finish", () => {
      if (!request.complete) setTimeout(() => request.socket.destroy(), lingerMs).unref();
    });
    if (mayStream(request)) return;
    this.#open.set(request, -1);
    request.once("close", () => this.#open.delete(request));
    request.once("end", () => this.#open.delete(request));
  }

  /** Ends those of which too little came since the last look: called every `lookEveryMs`. */
  look(): void {
    for (const [request, before] of this.#open) {
      const { socket } = request;
      const read = socket.bytesRead;
      // One that came within this interval has until the next look.
      if (before < 0 || read - before >= leastBytes) this.#open.set(request, read);
      else if (!request.isPaused() || request.readableLength === 0) {
        this.#open.delete(request);
        this.#onSlow(socket);
      }
    }
  }
}
