import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SlowBodies } from "./slow-bodies.ts";

let server: Server;
let slow: SlowBodies;
let ended: number;
beforeEach(async () => {
  ended = 0;
  const onSlow = (socket: { destroy(): void }) => {
    ended += 1;
    socket.destroy();
  };
  slow = new SlowBodies(onSlow, 100);
  server = createServer(async (request, response) => {
    slow.watch(request);
    const body = await text(request).catch(() => null);
    if (body !== null) response.end(String(body.length));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  slow.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Sends a head, then a piece of body every `everyMs` until `pieces` were sent, and `last`; what came back, when the connection is over. */
function send(head: string[], piece: string, everyMs: number, pieces: number, last = ""): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    let sent = 0;
    const timer = setInterval(() => {
      if (sent++ < pieces && socket.writable) socket.write(piece);
      else {
        clearInterval(timer);
        if (last !== "") socket.write(last);
      }
    }, everyMs);
    socket.on("data", (chunk) => {
      answer += chunk.toString();
      socket.end();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearInterval(timer);
      resolve(answer);
    });
  });
}

const post = (path: string, ...headers: string[]) => [`POST ${path} HTTP/1.1`, "host: localhost", ...headers];

test("a body of a byte now and then is ended", async () => {
  expect(await send(post("/v1/keys", "content-length: 1000"), "x", 20, 1000)).toBe("");
  expect(ended).toBe(1);
});

test("a body that comes steadily is taken, however long it is", async () => {
  const piece = "x".repeat(4096);
  const answer = await send(post("/v1/keys", `content-length: ${4096 * 60}`), piece, 10, 60);
  expect(answer).toContain(String(4096 * 60));
  expect(ended).toBe(0);
});

test("a stream towards a function may pause", async () => {
  const head = post("/f/hello", "transfer-encoding: chunked");
  expect(await send(head, "1\r\nx\r\n", 150, 4, "0\r\n\r\n")).toMatch(/\r\n4\r\n/);
  expect(ended).toBe(0);
});
