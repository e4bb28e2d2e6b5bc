import { connect, type Socket } from "node:net";

/** Makes calls over kept connections, written by hand: a client that costs more than what it measures would measure itself. */
export class Caller {
  readonly #port: number;
  readonly #request: string;
  readonly #idle: Connection[] = [];

  /** Every call posts the same JSON to the same path. */
  constructor(url: string, headers: Readonly<Record<string, string>>, body = "{}") {
    const { port, host, pathname } = new URL(url);
    this.#port = Number(port);
    const all = {
      host,
      "content-type": "application/json",
      ...headers,
      "content-length": String(body.length),
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#request = `POST ${pathname} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
  }

  /** One call; throws for any other status. */
  async call(status: number): Promise<void> {
    let connection = this.#idle.pop();
    // A server closes what idles for long.
    while (connection !== undefined && !connection.isOpen) connection = this.#idle.pop();
    connection ??= new Connection(this.#port);
    const seen = await connection.exchange(this.#request);
    if (seen.status !== status) throw new Error(`expected ${status}, got ${seen.text.slice(0, 2000)}`);
    if (connection.isOpen) this.#idle.push(connection);
  }

  close(): void {
    for (const one of this.#idle.splice(0)) one.close();
  }
}

class Connection {
  readonly #socket: Socket;
  #text = "";
  #answered: ((text: string) => void) | null = null;
  #failed: ((error: Error) => void) | null = null;

  constructor(port: number) {
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (part: string) => {
      this.#text += part;
      if (isWhole(this.#text)) this.#answered?.(this.#text);
    });
    this.#socket.on("error", (error) => this.#failed?.(error));
    this.#socket.on("close", () => this.#failed?.(new Error(`the connection closed after "${this.#text}"`)));
  }

  get isOpen(): boolean {
    return this.#socket.writable;
  }

  exchange(request: string): Promise<{ status: number; text: string }> {
    this.#text = "";
    return new Promise((resolve, reject) => {
      this.#failed = reject;
      this.#answered = (text) => resolve({ status: Number(text.slice(9, 12)), text });
      this.#socket.write(request, "latin1");
    });
  }

  close(): void {
    this.#failed = null;
    this.#socket.destroy();
  }
}

function isWhole(text: string): boolean {
  const bodyAt = text.indexOf("\r\n\r\n") + 4;
  if (bodyAt < 4) return false;
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(text.slice(0, bodyAt))?.[1];
  return length === undefined ? text.endsWith("\r\n0\r\n\r\n") : text.length >= bodyAt + Number(length);
}
