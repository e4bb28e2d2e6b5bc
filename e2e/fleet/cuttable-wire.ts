import { connect, createServer, type Server, type Socket } from "node:net";
import { freePort } from "../platforms/node.ts";

/** A wire to a server on loopback that can be cut: nothing is closed, what is sent just does not arrive until it is mended. */
export class CuttableWire {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** A wire to the server at an address such as `http://localhost:8787`. */
  static async to(url: string): Promise<CuttableWire> {
    const { hostname, port: far } = new URL(url);
    const port = await freePort();
    const server = createServer();
    const wire = new CuttableWire(server, port);
    server.on("connection", (near) => {
      const upstream = connect(Number(far), hostname);
      for (const [from, to] of [
        [near, upstream],
        [upstream, near],
      ] as const) {
        wire.#sockets.add(from);
        from.on("data", (chunk) => {
          if (!to.write(chunk)) from.pause();
        });
        to.on("drain", () => {
          if (!wire.#isCut) from.resume();
        });
        from.on("error", () => to.destroy());
        from.on("close", () => {
          wire.#sockets.delete(from);
          to.destroy();
        });
        if (wire.#isCut) from.pause();
      }
    });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return wire;
  }

  /** Lets nothing through, in either direction, of old connections and of new ones. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** Lets through what was sent meanwhile, and what follows. */
  mend(): void {
    this.#isCut = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
