import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type ContainerRules, containerFault, sharedWith } from "./container-fault.ts";
import { networkFault } from "./network-fault.ts";
import { type Need, needOf } from "./request-needs.ts";

const bodyMostBytes = 1 << 20;
const askMostMs = 10_000;

/** What a proxy stands in front of, and what it lets through. */
export interface EngineProxyOptions extends ContainerRules {
  /** The socket of the engine. */
  engine: string;
  /** Takes one line for each request that was refused. */
  say(line: string): void;
}

/** Refused, with the status that the runner gets. */
class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * A server that passes on to an engine what a runner needs of it: containers as a runner makes them, and nothing of containers, networks and images of
 * others. Whoever has an engine's socket is root on its machine; whoever has this one is not. The caller lets it listen.
 */
export function createEngineProxy(options: EngineProxyOptions): Server {
  const server = createServer({ requestTimeout: 0, headersTimeout: 10_000 }, (asked, answer) => {
    void passOn(asked, answer, options).catch((error: unknown) => refuse(asked, answer, error, options));
  });
  server.on("upgrade", (asked: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => undefined);
    void attach(asked, socket, head, options).catch((error: unknown) => {
      const { status, message } = refusalOf(error);
      if (status !== 404 && !socket.destroyed) options.say(`${asked.method} ${asked.url}: ${message}`);
      const body = JSON.stringify({ message: `engine proxy: ${message}` });
      socket.end(
        `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
      );
    });
  });
  return server;
}

async function passOn(
  asked: IncomingMessage,
  answer: ServerResponse,
  options: EngineProxyOptions,
): Promise<void> {
  const { method = "", path, need } = allowed(asked);
  const body = await checkedBody(asked, need, options);
  if (need.kind === "own") await assertOwn(need.what, need.id, options.engine);
  const headers = { ...asked.headers, host: "engine" };
  if (body !== null) headers["content-length"] = String(Buffer.byteLength(body));
  if (body !== null) delete headers["transfer-encoding"];
  const passed = request({ socketPath: options.engine, method, path, headers, agent: false });
  answer.on("close", () => passed.destroy());
  await new Promise<void>((resolve, reject) => {
    passed.on("error", (error) => reject(new Refused(502, `the engine does not answer: ${error.message}`)));
    passed.on("response", (from) => {
      answer.writeHead(from.statusCode ?? 502, from.headers);
      answer.flushHeaders();
      from.pipe(answer);
      from.on("error", () => answer.destroy());
      from.on("close", resolve);
    });
    if (body === null) asked.pipe(passed);
    else passed.end(body);
  });
}

/** Joins a runner to a container's input and output: after the engine's word both directions are bytes, each ended for itself. */
async function attach(
  asked: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: EngineProxyOptions,
): Promise<void> {
  const { method, path, need } = allowed(asked);
  if (need.kind !== "own" || !/\/attach\?/.test(path))
    throw new Refused(403, "a runner does not upgrade this");
  await assertOwn(need.what, need.id, options.engine);
  const headers = { ...asked.headers, host: "engine" };
  const passed = request({ socketPath: options.engine, method, path, headers, agent: false });
  await new Promise<void>((resolve, reject) => {
    passed.on("error", (error) => reject(new Refused(502, `the engine does not answer: ${error.message}`)));
    passed.on("response", (from) => {
      from.resume();
      reject(new Refused(from.statusCode ?? 502, "the engine does not attach to it"));
    });
    passed.on("upgrade", (from, engine, first) => {
      const lines = Object.entries(from.headers).map(([key, value]) => `${key}: ${String(value)}\r\n`);
      socket.write(`HTTP/1.1 101 UPGRADED\r\n${lines.join("")}\r\n`);
      if (first.length > 0) socket.write(first);
      if (head.length > 0) engine.write(head);
      engine.pipe(socket);
      socket.pipe(engine);
      engine.on("error", () => socket.destroy());
      socket.on("error", () => engine.destroy());
      engine.on("close", () => socket.end());
      socket.on("close", () => engine.destroy());
      resolve();
    });
    passed.end();
  });
}

function allowed(asked: IncomingMessage): { method: string; path: string; need: Need } {
  const { method = "", url = "" } = asked;
  const need = needOf(method, url);
  if (need === null) throw new Refused(403, "a runner does not ask an engine for this");
  // As it was read, not as it was written.
  const { pathname, search } = new URL(url, "http://engine");
  return { method, path: pathname + search, need };
}

/** The body to send in place of the one that came; null: that one as it is. What was read is written anew, so that the engine cannot read it otherwise. */
async function checkedBody(
  asked: IncomingMessage,
  need: Need,
  options: EngineProxyOptions,
): Promise<string | null> {
  if (need.kind !== "container" && need.kind !== "network") return null;
  const body = await jsonOf(asked);
  const fault = need.kind === "container" ? containerFault(body, options) : networkFault(body);
  if (fault !== null) throw new Refused(403, fault);
  if (need.kind === "container") {
    for (const id of sharedWith(body)) await assertOwn("containers", id, options.engine);
  }
  return JSON.stringify(body);
}

async function jsonOf(asked: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of asked as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > bodyMostBytes) throw new Refused(413, `a body has at most ${bodyMostBytes} bytes`);
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8"));
  } catch {
    throw new Refused(400, "the body is not JSON");
  }
}

/** Throws unless it carries the label of a runner, with the engine's own status when there is no such thing. */
async function assertOwn(what: "containers" | "networks", id: string, engine: string): Promise<void> {
  const path = what === "containers" ? `/containers/${id}/json` : `/networks/${id}`;
  const { status, body } = await askEngine(engine, path);
  if (status === 404) throw new Refused(404, `no such ${what.slice(0, -1)}: ${id}`);
  const found = body as {
    Config?: { Labels?: Record<string, string> };
    Labels?: Record<string, string>;
  } | null; // What the engine says of either.
  const labels = what === "containers" ? found?.Config?.Labels : found?.Labels;
  if (status !== 200 || typeof labels?.["pulse.runner"] !== "string") {
    throw new Refused(403, `this ${what.slice(0, -1)} is no runner's: ${id}`);
  }
}

function askEngine(engine: string, path: string): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const gone = (error: Error) => reject(new Refused(502, `the engine does not answer: ${error.message}`));
    const signal = AbortSignal.timeout(askMostMs);
    const asked = request({ socketPath: engine, path, agent: false, signal });
    asked.on("error", gone);
    asked.on("response", (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => {
        text += part;
      });
      answer.on("error", gone);
      answer.on("end", () => {
        try {
          resolve({ status: answer.statusCode ?? 502, body: JSON.parse(text) });
        } catch {
          resolve({ status: answer.statusCode ?? 502, body: null });
        }
      });
    });
    asked.end();
  });
}

function refusalOf(error: unknown): { status: number; message: string } {
  return error instanceof Refused
    ? { status: error.status, message: error.message }
    : { status: 500, message: "it failed" };
}

function refuse(
  asked: IncomingMessage,
  answer: ServerResponse,
  error: unknown,
  options: EngineProxyOptions,
): void {
  const { status, message } = refusalOf(error);
  // Whoever left hears nothing, and what is gone already is asked for all the time.
  if (status !== 404 && !answer.destroyed) options.say(`${asked.method} ${asked.url}: ${message}`);
  if (answer.headersSent) return void answer.destroy();
  answer.writeHead(status, { "content-type": "application/json", connection: "close" });
  answer.end(JSON.stringify({ message: `engine proxy: ${message}` }));
}
