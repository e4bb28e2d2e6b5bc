import { randomBytes } from "node:crypto";
import { createServer, type Server, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener, RequestError } from "@hono/node-server";
import { ProblemError } from "@pulse/schema/problem";
import { asProblem, problemResponse } from "../../http/problems.ts";
import type { Log } from "../../ports.ts";
import { lookEveryMs, SlowPeers } from "./slow-peers.ts";

/** So many connections may wait to be taken: all runners come back at once after a restart, and who finds no place tries again only after seconds. */
const backlog = 4096;

/** Where to listen; port 0 takes any that is free. */
interface Address {
  host: string;
  port: number;
}

/** Serves over HTTP/1.1. What cannot even be read as a request gets a problem document like everything else. Rejects when the address is taken. */
export function listen(
  { host, port }: Address,
  fetch: (request: Request, env: unknown) => Response | Promise<Response>,
  log: Log,
): Promise<{ server: Server; port: number }> {
  const errorHandler = (error: unknown) => {
    const requestId = newRequestId();
    const refused =
      error instanceof RequestError
        ? new ProblemError("bad_request", `the request cannot be read: ${error.message}`)
        : asProblem(error, log, requestId);
    return problemResponse(refused, requestId);
  };
  const options = {
    requestTimeout: 0,
    headersTimeout: 10_000,
    // How often Node looks whose headers are late.
    connectionsCheckingInterval: 2500,
    keepAliveTimeout: 65_000,
    maxHeaderSize: 64 * 1024,
  };
  const server = createServer(options, getRequestListener(fetch, { hostname: host, errorHandler }));
  const slow = new SlowPeers((socket) => endWith(tooSlow(), socket));
  server.on("connection", (socket) => slow.connected(socket));
  server.prependListener("request", (request, response) => slow.watch(request, response));
  const looking = setInterval(() => slow.look(), lookEveryMs).unref();
  server.once("close", () => clearInterval(looking));
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => answerUnread(error, socket));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host, backlog }, () => {
      server.off("error", reject);
      resolve({ server, port: (server.address() as AddressInfo).port });
    });
  });
}

/** Answers bytes that are no HTTP request, and closes. */
function answerUnread(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy(error);
    return;
  }
  if (error.code === "HPE_HEADER_OVERFLOW") {
    endWith(new ProblemError("headers_too_large", "the headers together may have 64 KiB"), socket);
  } else if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") endWith(tooSlow(), socket);
  else endWith(new ProblemError("bad_request", "these bytes are no HTTP/1.1 request"), socket);
}

function tooSlow(): ProblemError {
  return new ProblemError("request_too_slow", "the request did not arrive in time");
}

/** Answers with a problem what has no response of its own, and closes. */
function endWith(problem: ProblemError, socket: Duplex): void {
  const body = JSON.stringify(problem.toDocument(newRequestId()));
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

function newRequestId(): string {
  return randomBytes(8).toString("hex");
}
