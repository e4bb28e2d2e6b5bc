import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a receiver was sent. */
export interface Got {
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
}

/** A receiver of messages on this machine: what it got, and how it answers, which a test may change at any time. */
export class Receiver {
  readonly got: Got[] = [];
  /** Called once what was sent is here whole. */
  answer: (response: ServerResponse, got: Got) => void = (response) => void response.end("ok");
  readonly #server;

  private constructor() {
    const listener: RequestListener = async (incoming, response) => {
      let body = "";
      for await (const chunk of incoming) body += String(chunk);
      const got = { url: incoming.url ?? "", headers: incoming.headers, body };
      this.got.push(got);
      this.answer(response, got);
    };
    this.#server = createServer(listener);
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.#server.listen(0, "127.0.0.1");
    await new Promise((resolve) => receiver.#server.once("listening", resolve));
    return receiver;
  }

  get host(): string {
    // A listening server of TCP has an address and a port.
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get origin(): string {
    return `http://${this.host}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
