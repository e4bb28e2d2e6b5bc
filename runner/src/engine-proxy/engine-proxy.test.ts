import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createEngineProxy } from "./engine-proxy.ts";

const own = "a".repeat(64);
const foreign = "b".repeat(64);
const sockets = new Set<Socket>();
let folder: string;
let engine: Server;
let proxy: Server;
/** What reached the engine, but for the proxy's own questions of whose a container is. */
let reached: string[];
let said: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "pulse-engine-proxy-"));
  reached = [];
  said = [];
  engine = createServer((asked, answer) => {
    const { method, url = "" } = asked;
    if (!url.endsWith("/json")) reached.push(`${method} ${url}`);
    const labels = url.includes(own) ? { "pulse.runner": "rnr_1" } : {};
    const isKnown = url.includes(own) || url.includes(foreign) || !url.startsWith("/containers/");
    answer.writeHead(isKnown ? 200 : 404, { "content-type": "application/json" });
    answer.end(JSON.stringify({ Config: { Labels: labels } }));
  });
  engine.on("upgrade", (asked: IncomingMessage, socket: Socket) => {
    reached.push(`attach ${asked.url}`);
    socket.write("HTTP/1.1 101 UPGRADED\r\nconnection: Upgrade\r\nupgrade: tcp\r\n\r\n");
    socket.on("data", (part) => socket.write(`engine heard ${part.toString()}`));
    socket.on("end", () => socket.end());
  });
  engine.on("connection", (socket: Socket) => sockets.add(socket));
  engine.listen(join(folder, "engine"));
  await once(engine, "listening");
  const rules = { folders: ["/var/lib/pulse-runner"], hostImages: ["pulse-python:0.1.0"], runtime: null };
  proxy = createEngineProxy({ ...rules, engine: join(folder, "engine"), say: (line) => said.push(line) });
  proxy.on("connection", (socket: Socket) => sockets.add(socket));
  proxy.listen(join(folder, "proxy"));
  await once(proxy, "listening");
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await Promise.all([proxy, engine].map((one) => new Promise((resolve) => one.close(resolve))));
  rmSync(folder, { recursive: true, force: true });
});

function ask(method: string, path: string, body?: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: join(folder, "proxy"), method, path, agent: false });
    asked.on("error", reject);
    asked.on("response", (answer) => {
      let text = "";
      answer.on("data", (part) => {
        text += part;
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    asked.end(body);
  });
}

test("a container of a runner is started, one of somebody else is not, and one that is gone is not found", async () => {
  expect((await ask("POST", `/containers/${own}/start`)).status).toBe(200);
  expect((await ask("POST", `/containers/${foreign}/start`)).status).toBe(403);
  expect((await ask("POST", `/containers/${"c".repeat(64)}/start`)).status).toBe(404);
  expect(reached).toEqual([`POST /containers/${own}/start`]);
  expect(said).toEqual([expect.stringContaining("this container is no runner's")]);
});

test("what no runner makes does not reach the engine, and the answer says why", async () => {
  const privileged = JSON.stringify({ Image: "a", HostConfig: { Privileged: true } });
  const refused = await ask("POST", "/containers/create", privileged);
  expect([refused.status, JSON.parse(refused.text).message]).toEqual([
    403,
    expect.stringMatching(/^engine proxy: no container of a runner looks like this/),
  ]);
  expect((await ask("POST", "/containers/create", "{")).status).toBe(400);
  expect((await ask("POST", "/containers/create", " ".repeat(2 ** 20 + 1))).status).toBe(413);
  expect((await ask("POST", "/networks/create", '{"Name":"bridge"}')).status).toBe(403);
  expect((await ask("POST", "/build")).status).toBe(403);
  expect(reached).toEqual([]);
});

test("bytes go both ways once the engine has attached, and each side may end first", async () => {
  const headers = { connection: "Upgrade", upgrade: "tcp", "content-length": "0" };
  const attach = (id: string) =>
    request({
      ...{ socketPath: join(folder, "proxy"), method: "POST", headers, agent: false },
      path: `/containers/${id}/attach?stream=1&stdin=1`,
    });
  const asked = attach(own);
  asked.end();
  const [, socket]: [IncomingMessage, Socket] = (await once(asked, "upgrade")) as never; // What the event gives.
  socket.write("hello");
  const [part] = await once(socket, "data");
  expect(String(part)).toBe("engine heard hello");
  socket.end();
  await once(socket, "close");

  const other = attach(foreign);
  other.end();
  const [answer]: [IncomingMessage] = (await once(other, "response")) as never; // What the event gives.
  answer.resume();
  expect(answer.statusCode).toBe(403);
  expect(reached).toEqual([`attach /containers/${own}/attach?stream=1&stdin=1`]);
});

test("an engine that is gone is told as such", async () => {
  await new Promise((resolve) => engine.close(resolve));
  expect((await ask("GET", "/_ping")).status).toBe(502);
  expect((await ask("POST", `/containers/${own}/start`)).status).toBe(502);
});
