import { connect, type Socket } from "node:net";

/** Connections that an attack holds; `stop` ends them. */
export interface Attack {
  /** Connections that the gateway has closed so far. */
  closed(): number;
  stop(): void;
}

interface Target {
  host: string;
  port: number;
}

/** Opens so many connections and keeps each busy by `act`, which is called once it is open; a connection that is closed is not opened anew. */
function hold(target: Target, count: number, act: (socket: Socket, stop: AbortSignal) => void): Attack {
  const over = new AbortController();
  let closed = 0;
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(target.port, target.host);
    socket.on("error", () => undefined);
    socket.once("close", () => {
      closed += 1;
    });
    socket.once("connect", () => act(socket, over.signal));
    return socket;
  });
  return {
    closed: () => closed,
    stop: () => {
      over.abort();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Writes a piece every `everyMs` for as long as the socket takes it. */
function drip(socket: Socket, piece: string, everyMs: number, stop: AbortSignal): void {
  const timer = setInterval(() => {
    if (socket.writable) socket.write(piece);
  }, everyMs);
  const end = () => clearInterval(timer);
  socket.once("close", end);
  stop.addEventListener("abort", end, { once: true });
}

/** Heads that never end: a byte of a header now and then. */
export function slowHeads(target: Target, count: number): Attack {
  return hold(target, count, (socket, stop) => {
    socket.write("GET /v1/functions HTTP/1.1\r\nhost: localhost\r\nx-slow: ");
    drip(socket, "a", 2000, stop);
  });
}

/** Bodies that come a byte at a time, to every one of the paths in turn, with the headers given. */
export function slowBodies(
  target: Target,
  count: number,
  paths: readonly string[],
  headers: readonly string[],
): Attack {
  let n = 0;
  return hold(target, count, (socket, stop) => {
    const path = paths[n++ % paths.length];
    const head = [`POST ${path} HTTP/1.1`, "host: localhost", "content-type: application/json", ...headers];
    socket.write([...head, "content-length: 100000", "", "{"].join("\r\n"));
    drip(socket, " ", 2000, stop);
  });
}

/** Bodies without an end, as fast as they are taken. */
export function endlessBodies(
  target: Target,
  count: number,
  paths: readonly string[],
  headers: readonly string[],
): Attack {
  const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
  let n = 0;
  return hold(target, count, (socket) => {
    const path = paths[n++ % paths.length];
    socket.write(
      [`POST ${path} HTTP/1.1`, "host: localhost", "transfer-encoding: chunked", ...headers, "", ""].join(
        "\r\n",
      ),
    );
    const more = () => {
      while (socket.writable && socket.write(chunk));
    };
    socket.on("drain", more);
    more();
  });
}

/** Answers that nobody reads: asked for, and left in the sockets. */
export function unreadAnswers(
  target: Target,
  count: number,
  path: string,
  headers: readonly string[],
): Attack {
  return hold(target, count, (socket) => {
    socket.pause();
    const one = [`GET ${path} HTTP/1.1`, "host: localhost", ...headers, "", ""].join("\r\n");
    socket.write(one);
  });
}

/** Wrong keys, one request after the other on each connection. */
export function wrongKeys(target: Target, count: number, path: string): Attack {
  return hold(target, count, (socket) => {
    const head = [
      `GET ${path} HTTP/1.1`,
      "host: localhost",
      `authorization: Bearer pk_${"0".repeat(48)}`,
      "",
      "",
    ];
    const one = head.join("\r\n");
    socket.on("data", () => socket.writable && socket.write(one));
    socket.write(one);
  });
}
