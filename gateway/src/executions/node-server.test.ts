import { type AddressInfo, connect, type Socket } from "node:net";
import { type ServerType, serve } from "@hono/node-server";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createApp } from "../app.ts";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";

let gateway: TestGateway;
let runner: HttpRunner;
let server: ServerType;
let port: number;
beforeEach(async () => {
  gateway = await TestGateway.start();
  runner = await HttpRunner.join(gateway);
  const app = createApp(gateway.parts.deps);
  port = await new Promise((resolve) => {
    server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, (info: AddressInfo) =>
      resolve(info.port),
    );
  });
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

function open(lines: string[]): { socket: Socket; answer: Promise<string> } {
  const socket = connect(port, "127.0.0.1");
  const head = [
    ...lines,
    "host: localhost",
    `authorization: Bearer ${gateway.key}`,
    "connection: close",
    "",
    "",
  ];
  socket.write(head.join("\r\n"));
  const answer = new Promise<string>((resolve) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("close", () => resolve(text));
    socket.on("error", () => resolve(text));
  });
  return { socket, answer };
}

test("over a real socket dot segments, double slashes and repeated headers arrive as they were sent", async () => {
  await gateway.addFunction("echo");
  const { answer } = open(["GET /f/echo/a/../b//c%2F?q=%41 HTTP/1.1", "X-Own: 1", "X-Own: 2", "Accept: a"]);
  const job = await runner.answer("ok");
  expect(job.spec.request.path).toBe("/a/../b//c%2F?q=%41");
  expect(job.spec.request.headers.filter(([name]) => name === "x-own")).toEqual([
    ["x-own", "1"],
    ["x-own", "2"],
  ]);
  expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
});

test.each([
  "/v1/./keys",
  "/v1/x/../keys",
  "/v1/%2e%2e/v1/keys",
  "/f/../v1/keys",
  "/v1%2fkeys",
  "http://evil.example.test/v1/keys",
])("over a real socket the target %s is malformed, whoever asks", async (target) => {
  const { answer } = open([`GET ${target} HTTP/1.1`]);
  const text = await answer;
  expect(text).toMatch(/^HTTP\/1\.1 400 /);
  expect(text).toContain('"code":"bad_request"');
});

test("a target with backslashes does not get past the server", async () => {
  const { answer } = open(["GET /f/echo\\..\\..\\v1\\keys HTTP/1.1"]);
  expect(await answer).toMatch(/^HTTP\/1\.1 400 /);
});

test("a caller who hangs up in the middle of a stream stops the function", async () => {
  await gateway.addFunction("tokens");
  const { socket } = open(["GET /f/tokens HTTP/1.1"]);
  const job = await runner.take();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const streaming = runner.stream(job, readable);
  const sync = runner.sync({ running: [{ execution: job.execution, fence: job.fence }] });
  void writable.getWriter().write(new TextEncoder().encode("data: 1\n\n"));
  await new Promise((resolve) => socket.once("data", resolve));
  socket.destroy();
  expect((await sync).cancel).toMatchObject([{ execution: job.execution, reason: "disconnected" }]);
  void streaming;
});

test("a stream that breaks off breaks the caller's connection instead of ending it", async () => {
  await gateway.addFunction("tokens");
  const { answer } = open(["GET /f/tokens HTTP/1.1"]);
  const job = await runner.take();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const streaming = runner.stream(job, readable);
  await writer.write(new TextEncoder().encode("half"));
  await settle();
  await writer.abort(new Error("the sandbox died"));
  const text = await answer;
  expect(text).toContain("half");
  expect(text).not.toContain("0\r\n\r\n");
  expect(text).not.toContain("died");
  expect((await streaming).status).toBeGreaterThanOrEqual(400);
});

test("an answer of 200 MB passes with back pressure", async () => {
  await gateway.addFunction("big");
  const { socket } = open(["GET /f/big HTTP/1.1"]);
  let received = 0;
  socket.on("data", (chunk) => {
    received += chunk.length;
  });
  const job = await runner.take();
  const chunk = new Uint8Array(2 ** 20);
  let sent = 0;
  let most = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        most = Math.max(most, sent * chunk.length - received);
        if (sent++ === 200) controller.close();
        else controller.enqueue(chunk);
      },
    },
    { highWaterMark: 0 },
  );
  await runner.stream(job, body);
  await new Promise((resolve) => socket.once("close", resolve));
  expect(received).toBeGreaterThan(200 * 2 ** 20);
  expect(most).toBeLessThan(32 * 2 ** 20);
});
