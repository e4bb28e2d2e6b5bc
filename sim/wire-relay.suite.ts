import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestGateway } from "../gateway/src/runners/gateway.suite.ts";

/** A call of the runner protocol, as it was made and answered. */
export interface Exchange {
  method: string;
  /** As its endpoint has it: `:id` for what differs. */
  path: string;
  /** Those of the protocol. */
  headers: Record<string, string>;
  /** The body, when it is JSON; otherwise null. */
  request: unknown;
  /** A small body that is no JSON. */
  bytes?: string;
  status: number;
  answer: unknown;
}

/** Makes another message of a message of the call. */
export type Change = (message: unknown, path: string) => unknown;

const renewEveryMs = 40;
const bytesMost = 4096;

/** Stands on a real port between a real runner and a gateway without a socket: writes down what they say, and changes it on its way. */
export class WireRelay {
  readonly exchanges: Exchange[] = [];
  readonly #gateway: TestGateway;
  readonly #change: Change;
  readonly #server: Server;
  readonly #watching = new Set<() => void>();

  private constructor(gateway: TestGateway, change: Change) {
    this.#gateway = gateway;
    this.#change = change;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  static async start(gateway: TestGateway, change: Change): Promise<WireRelay> {
    const relay = new WireRelay(gateway, change);
    await new Promise<void>((resolve) => relay.#server.listen(0, "127.0.0.1", resolve));
    return relay;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves when there is such a call. */
  async until(wanted: (exchange: Exchange) => boolean): Promise<void> {
    while (!this.exchanges.some(wanted)) {
      await new Promise<void>((resolve) => this.#watching.add(resolve));
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(asked: IncomingMessage, answering: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of asked) parts.push(part as Buffer);
    const bytes = Buffer.concat(parts);
    const { method = "", url = "" } = asked;
    const path = url.replace(/(?<=\/executions\/)[^/]+/, ":id");
    const headers = Object.fromEntries(
      Object.entries(asked.headers).flatMap(([name, value]) =>
        typeof value === "string" && !ofTheConnection.has(name) ? [[name, value]] : [],
      ),
    );
    const request = headers["content-type"] === "application/json" ? JSON.parse(bytes.toString()) : null;
    // It is a digest of what was sent, and this may be something else.
    if (request !== null) delete headers["content-digest"];
    const gone = new AbortController();
    answering.once("close", () => gone.abort());
    const answer = await this.#gateway.send(url, {
      ...{ method, headers, signal: gone.signal },
      ...(bytes.length === 0
        ? {}
        : { body: request === null ? new Uint8Array(bytes) : JSON.stringify(this.#change(request, path)) }),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    const type = answer.headers.get("content-type") ?? "";
    const told = type.includes("json") ? JSON.parse(body.toString()) : null;
    this.exchanges.push({
      ...{ method, path, request, status: answer.status, answer: told },
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("pulse-"))),
      ...(request === null && bytes.length > 0 && bytes.length <= bytesMost
        ? { bytes: bytes.toString("base64") }
        : {}),
    });
    answering.writeHead(answer.status, type === "" ? {} : { "content-type": type });
    answering.end(told === null ? body : JSON.stringify(this.#change(sooner(told), path)));
    for (const wake of this.#watching) wake();
    this.#watching.clear();
  }
}

const ofTheConnection = new Set(["host", "connection", "content-length", "transfer-encoding", "keep-alive"]);

/** Renewals come at once, for nobody wants to wait for them. */
function sooner<T>(answer: T): T {
  if (typeof answer !== "object" || answer === null || !("reconcile" in answer)) return answer;
  const { config } = answer as { config?: object };
  return { ...answer, config: { ...config, renewEveryMs } };
}
