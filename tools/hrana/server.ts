import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Connection } from "./connection.ts";
import { pipelineBody } from "./protocol.ts";
import { Stream, type StreamResult } from "./stream.ts";

export interface HranaOptions {
  /** The libSQL file; made when it is not there. */
  file: string;
  /** 0: any free port. */
  port?: number;
  /** The bearer token that opens it; none: everybody may. */
  token?: string;
  /** A stream that is not used for so long is rolled back and forgotten (sqld: 10 s). */
  streamIdleMs?: number;
  /** How long a statement waits for another stream's write lock (5 s). */
  busyMs?: number;
}

/** A running server and its counters. */
export interface HranaServer {
  url: string;
  port: number;
  /** Pipelines (one HTTP request each) and statements so far. */
  counts(): { pipelines: number; statements: number };
  /** From now on each pipeline waits so long first, or is refused with 503. */
  disturb(how: { delayMs?: number; refuse?: boolean }): void;
  /** Holds the nth pipeline that arrives from now on (1: the next) until it is released; `arrived` resolves when it is there. */
  hold(nth: number): { arrived: Promise<void>; release(): void };
  /** Ends every connection and stream; open transactions are rolled back. */
  close(): Promise<void>;
}

const idleKept = 8;
const bodyMostBytes = 64 * 2 ** 20;

interface Parked {
  stream: Stream;
  forget: NodeJS.Timeout;
}

/** Serves a libSQL file by Hrana over HTTP on 127.0.0.1: a tool for development and tests, not a database server. */
export async function serveHrana(options: HranaOptions): Promise<HranaServer> {
  const { streamIdleMs = 10_000, busyMs = 5000 } = options;
  const idle: Connection[] = [];
  const parked = new Map<string, Parked>();
  const counts = { pipelines: 0, statements: 0 };
  let disturbance: { delayMs?: number; refuse?: boolean } = {};
  const holds = new Map<number, { arrive(): void; released: Promise<void> }>();
  let arrived = 0;

  const release = (stream: Stream): void => {
    const isClean = stream.connection.reset();
    if (isClean && idle.length < idleKept) idle.push(stream.connection);
    else stream.connection.close();
  };
  const openStream = () =>
    new Stream(idle.pop() ?? new Connection(options.file, { waitMs: busyMs, everyMs: 5 }));

  async function pipeline(body: unknown): Promise<[status: number, answer: object]> {
    const parsed = pipelineBody.safeParse(body);
    if (!parsed.success) return [400, { message: `not a pipeline: ${parsed.error.message}`, code: "PROTO" }];
    const { baton, requests } = parsed.data;
    let stream: Stream;
    if (baton == null) stream = openStream();
    else {
      const found = parked.get(baton);
      if (found === undefined) {
        const message = "The stream has expired due to inactivity, or its baton was used already";
        return [400, { message, code: "STREAM_EXPIRED" }];
      }
      parked.delete(baton);
      clearTimeout(found.forget);
      stream = found.stream;
    }
    counts.pipelines += 1;
    const before = stream.statements;
    const results: StreamResult[] = [];
    try {
      for (const request of requests) results.push(await stream.answer(request));
    } catch (error) {
      release(stream);
      throw error;
    }
    counts.statements += stream.statements - before;
    if (stream.isClosed) {
      release(stream);
      return [200, { baton: null, base_url: null, results }];
    }
    const next = randomUUID();
    const forget = setTimeout(() => {
      parked.delete(next);
      release(stream);
    }, streamIdleMs);
    forget.unref();
    parked.set(next, { stream, forget });
    return [200, { baton: next, base_url: null, results }];
  }

  async function answer(request: IncomingMessage): Promise<[status: number, answer: object]> {
    const path = new URL(request.url ?? "/", "http://hrana").pathname;
    if (request.method === "GET" && (path === "/v2" || path === "/v3" || path === "/health"))
      return [200, {}];
    if (request.method !== "POST" || (path !== "/v2/pipeline" && path !== "/v3/pipeline")) {
      return [404, { message: `nothing is at ${request.method} ${path}`, code: "NOT_FOUND" }];
    }
    if (options.token !== undefined && request.headers.authorization !== `Bearer ${options.token}`) {
      // As sqld does: this one is no answer of Hrana's.
      return [401, { error: "Unauthorized: the token opens nothing here" }];
    }
    const text = await readText(request);
    if (text === null) return [413, { message: `a body over ${bodyMostBytes} bytes`, code: "TOO_LARGE" }];
    const held = holds.get(++arrived);
    if (held !== undefined) {
      held.arrive();
      await held.released;
    }
    const { delayMs = 0 } = disturbance;
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (disturbance.refuse) return [503, { message: "refused, as it was told to", code: "UNAVAILABLE" }];
    return pipeline(parseJson(text));
  }

  const server = createServer((request, response) => {
    answer(request).then(
      ([status, body]) => send(response, status, body),
      (error: unknown) => send(response, 500, { message: String(error), code: "INTERNAL" }),
    );
  });
  server.keepAliveTimeout = 65_000;
  const port = await listen(server, options.port ?? 0);

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    counts: () => ({ ...counts }),
    disturb(how) {
      disturbance = how;
    },
    hold(nth) {
      const there = Promise.withResolvers<void>();
      const done = Promise.withResolvers<void>();
      holds.set(arrived + nth, { arrive: there.resolve, released: done.promise });
      return { arrived: there.promise, release: done.resolve };
    },
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      for (const { stream, forget } of parked.values()) {
        clearTimeout(forget);
        release(stream);
      }
      parked.clear();
      for (const connection of idle.splice(0)) connection.close();
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function readText(request: IncomingMessage): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > bodyMostBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
