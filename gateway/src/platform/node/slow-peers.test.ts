import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SlowPeers } from "./slow-peers.ts";

const lingerMs = 100;
let server: Server;
let slow: SlowPeers;
let ended: number;
/** Bytes that the server has read of bodies, and who waits for more. */
let taken: number;
let onTaken: () => void;
/** A request whose body nobody reads yet. */
let unread: IncomingMessage | null;
const clients: Socket[] = [];
beforeEach(async () => {
  ended = 0;
  taken = 0;
  unread = null;
  onTaken = () => undefined;
  slow = new SlowPeers((socket) => {
    ended += 1;
    socket.destroy();
  }, lingerMs);
  server = createServer((request, response) => {
    slow.watch(request, response);
    onTaken();
    if (request.url === "/unread") unread = request;
    else if (request.url === "/unread-rest")
      request.once("data", () => {
        request.pause();
        response.writeHead(401).end("nobody reads this");
      });
    else
      request.on("data", (chunk: Buffer) => {
        taken += chunk.length;
        onTaken();
      });
    if (request.url === "/large") response.write("x".repeat(64 * 2 ** 20));
    if (request.url === "/late") setTimeout(() => response.end("late"), 2 * lingerMs);
    if (request.url === "/refused") response.writeHead(401).end();
    request.on("error", () => undefined);
    request.on("end", () => request.url !== "/late" && response.end("whole"));
  });
  server.on("connection", (socket) => slow.connected(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Opens a request; resolves when the server has seen its head. */
async function open(path: string, ...headers: string[]): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.on("error", () => undefined);
  clients.push(socket);
  const seen = new Promise<void>((resolve) => {
    onTaken = resolve;
  });
  socket.write([`POST ${path} HTTP/1.1`, "host: localhost", ...headers, "", ""].join("\r\n"));
  await seen;
  return socket;
}

/** Sends a piece of a body; resolves when so many bytes of it have been read in all. */
async function send(socket: Socket, piece: string, until: number): Promise<void> {
  const seen = new Promise<void>((resolve) => {
    onTaken = () => {
      if (taken >= until) resolve();
    };
  });
  socket.write(piece);
  await seen;
}

test("a body of which too little comes between two looks is ended", async () => {
  const socket = await open("/v1/keys", "content-length: 100000");
  const closed = new Promise((resolve) => socket.once("close", resolve));
  slow.look();
  await send(socket, "x", 1);
  expect(ended).toBe(0);
  slow.look();
  await closed;
  expect(ended).toBe(1);
});

test("a body that has come is not slow, however late it is read", async () => {
  const socket = await open("/unread", "content-length: 2");
  socket.write("xx");
  while (unread?.readableLength !== 2) await new Promise((resolve) => setImmediate(resolve));
  slow.look();
  slow.look();
  slow.look();
  const answer = new Promise<string>((resolve) => socket.once("data", (chunk) => resolve(chunk.toString())));
  unread.resume();
  expect(await answer).toContain("200");
  expect(ended).toBe(0);
});

test("a body that comes steadily is taken, however long it is", async () => {
  const piece = "x".repeat(16 * 1024);
  const socket = await open("/v1/keys", `content-length: ${piece.length * 10}`);
  const answered = new Promise((resolve) => socket.once("data", resolve));
  for (let i = 1; i <= 10; i++) {
    slow.look();
    await send(socket, piece, i * piece.length);
  }
  await answered;
  slow.look();
  slow.look();
  expect(ended).toBe(0);
});

test.each([
  ["/f/hello", 0],
  ["/runner/v1/executions/exe_1/response", 0],
  ["/v1/keys", 1],
])("a stream to %s that pauses is ended %i times", async (path, times) => {
  const socket = await open(path, "transfer-encoding: chunked");
  await send(socket, "1\r\nx\r\n", 1);
  slow.look();
  slow.look();
  expect(ended).toBe(times);
});

test("who is answered in the middle of a long body is told that the connection ends", async () => {
  const answerTo = async (...headers: string[]) => {
    const socket = await open("/refused", ...headers);
    return await new Promise<string>((resolve) => socket.once("data", (chunk) => resolve(chunk.toString())));
  };
  expect(await answerTo("content-length: 20000000")).toMatch(/connection: close/i);
  expect(await answerTo("content-length: 2")).toMatch(/connection: keep-alive/i);
});

test("who is still sending a long body when it is answered is not cut off before it has read the answer", async () => {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  clients.push(socket);
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk.toString();
  });
  const ended = new Promise((resolve) => socket.once("end", resolve));
  socket.write("POST /unread-rest HTTP/1.1\r\nhost: localhost\r\ncontent-length: 20000000\r\n\r\n");
  socket.write(Buffer.alloc(2 ** 20));
  await ended;
  expect(answer).toContain("nobody reads this");
  const failed = new Promise((resolve) => socket.once("error", resolve));
  const sent = new Promise((resolve) => socket.write("more", () => setImmediate(resolve, "sent")));
  expect(await Promise.race([failed, sent])).toBe("sent");
});

test("a body that goes on after its answer is read no longer", async () => {
  const socket = await open("/refused", "transfer-encoding: chunked");
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk.toString();
  });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const more = () => {
    while (socket.writable && socket.write(`4000\r\n${"x".repeat(0x4000)}\r\n`));
  };
  socket.on("drain", more);
  more();
  await closed;
  expect(answer).toContain("401");
});

test("an answer that nobody takes is ended, one that is being taken goes on", async () => {
  const deaf = await open("/large", "content-length: 0");
  deaf.pause();
  const reading = await open("/large", "content-length: 0");
  reading.pause();
  const gone = new Promise((resolve) => deaf.once("close", resolve));
  slow.look();
  const some = new Promise<void>((resolve) => {
    let bytes = 0;
    reading.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes < 16 * 2 ** 20) return;
      reading.pause();
      resolve();
    });
  });
  reading.resume();
  await some;
  slow.look();
  deaf.resume();
  await gone;
  expect(reading.destroyed).toBe(false);
  expect(ended).toBe(0);
});

test.each([
  ["content-length: 2", "xx"],
  ["transfer-encoding: chunked", "2\r\nxx\r\n0\r\n\r\n"],
])("a connection whose body (%s) ended soon after the answer is used again", async (framing, body) => {
  const socket = await open("/refused", framing);
  let answers = "";
  const first = new Promise<void>((resolve) => {
    socket.once("data", () => resolve());
  });
  const both = new Promise<void>((resolve) =>
    socket.on("data", (chunk: Buffer) => {
      answers += chunk.toString();
      if (answers.endsWith("late")) resolve();
    }),
  );
  await first;
  await send(socket, body, 2);
  socket.write("GET /late HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await both;
  expect(answers).toMatch(/401[\s\S]*200 OK[\s\S]*late$/);
});
