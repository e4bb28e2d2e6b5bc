import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { stdioLine } from "../attach.ts";
import type { LineSocket } from "../line-socket.ts";
import type { CustomContainer } from "./custom-container.ts";

/**
 * Where a program speaks frames: on the socket when it connects there, else on its standard input and output. Frames begin with a zero byte and
 * lines of text do not, so that a program which prints before it connects is not mistaken. Rejects when nothing of it can come any more.
 */
export class SpokenTransport {
  readonly chosen: Promise<Duplex>;
  readonly #choose: (stream: Duplex) => void;
  readonly #socket: LineSocket | null;
  #stdio: ReturnType<typeof stdioLine> | null = null;
  #isChosen = false;

  constructor(socket: LineSocket | null) {
    const chosen = Promise.withResolvers<Duplex>();
    chosen.promise.catch(() => undefined);
    this.chosen = chosen.promise;
    this.#socket = socket;
    this.#choose = (stream) => {
      this.#isChosen = true;
      chosen.resolve(stream);
    };
    socket?.connected.then(
      (stream) => this.#choose(stream),
      () => undefined,
    );
  }

  /** Watches a container's standard output for frames; text in it stays its log. */
  watch(attached: Socket, container: CustomContainer): (part: Buffer) => boolean {
    for (const event of ["end", "close"]) attached.once(event, () => this.#stdio?.end());
    return (part) => {
      if (this.#stdio === null) {
        if (this.#isChosen || part[0] !== 0) return false;
        this.#stdio = stdioLine(attached);
        this.#socket?.close();
        container.endStdout();
        this.#choose(this.#stdio.stream);
      }
      this.#stdio.add(Buffer.from(part));
      return true;
    };
  }
}
