import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWorld, type World } from "../world.ts";
import { lines, sendRaw } from "./raw-socket.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await world.deploy("echo", {
    "index.ts": `export const handler = (request) => ({ at: "function", value: request?.value ?? null });
export default async (request: Request) => new Response(JSON.stringify([request.url, [...request.headers]]));`,
  });
});
afterAll(() => world.stop());

const key = () => `Authorization: Bearer ${world.adminKey}`;
const send = (...head: string[]) => sendRaw(world.url, lines(...head));
const stillWell = async () => {
  expect((await world.call("/v1/functions")).status).toBe(200);
  expect((await world.call("/f/echo", { method: "POST", body: "{}" })).status).toBe(200);
};

describe("SM: framing, hosts and headers", () => {
  test.each([
    ["both lengths", ["Content-Length: 3", "Transfer-Encoding: chunked"]],
    ["two lengths that differ", ["Content-Length: 3", "Content-Length: 4"]],
    ["a coding that is none", ["Transfer-Encoding: xchunked"]],
    ["a folded header", ["X-A: 1", " folded"]],
    ["a header with a space before the colon", ["X-A : 1"]],
    ["a length with a sign", ["Content-Length: +3"]],
  ])("SM-01 a body with %s is refused", async (_, head) => {
    expect((await send("POST /v1/keys HTTP/1.1", key(), ...head)).status).toBe(400);
  });

  test("SM-01 bare line feeds and a request without Host are refused", async () => {
    expect((await sendRaw(world.url, "GET /health HTTP/1.1\nX: 1\n\n")).status).toBe(400);
    expect((await sendRaw(world.url, "GET /health HTTP/1.1\r\n\r\n")).status).toBe(400);
  });

  test("SM-01 nothing that follows a refused body is read as a request of its own", async () => {
    const inner = "GET /v1/functions HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const head = [
      "POST /v1/keys HTTP/1.1",
      "Host: localhost",
      "Content-Length: 5",
      "Transfer-Encoding: chunked",
    ];
    const { text } = await sendRaw(world.url, [...head, "", `0\r\n\r\n${inner}`].join("\r\n"));
    expect(text.match(/HTTP\/1\.1 \d{3}/g)).toHaveLength(1);
  });

  test("SM-02 two Hosts and another origin as target are refused; no link is made from what a caller sends", async () => {
    expect((await send("GET /health HTTP/1.1", "Host: evil.example.test")).status).toBe(400);
    const absolute = await send("GET http://evil.example.test/health HTTP/1.1");
    expect(absolute.status).toBe(400);
    const accepted = await world.call("/f/echo", {
      method: "POST",
      body: "{}",
      headers: {
        prefer: "respond-async",
        "x-forwarded-host": "evil.example.test",
        forwarded: "host=evil.example.test",
      },
    });
    expect(accepted.status).toBe(202);
    expect(JSON.stringify([...accepted.headers]) + (await accepted.text())).not.toContain("evil");
  });

  test("SM-03 a chunked body over the limit is refused before anything is made of it", async () => {
    const piece = "x".repeat(2 ** 20);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"name":"'));
        for (let i = 0; i < 11; i++) controller.enqueue(new TextEncoder().encode(piece));
        controller.close();
      },
    });
    const init = { method: "POST", body, duplex: "half", headers: { "content-type": "application/json" } };
    expect((await world.call("/v1/keys", init as RequestInit)).status).toBe(413);
  });

  test("SM-04 a header named __proto__ does no harm", async () => {
    const { status } = await send("GET /v1/functions HTTP/1.1", key(), "__proto__: x", "constructor: y");
    expect(status).toBe(200);
    await stillWell();
  });

  test.each([
    ["a header of 40 kB", ["X-Large: ".concat("x".repeat(40_000))], 431],
    ["2,000 headers", Array.from({ length: 2000 }, (_, i) => `X-${i}: 1`), 431],
  ])("SM-05 %s is too much", async (_, head, status) => {
    expect((await send("GET /health HTTP/1.1", ...head)).status).toBe(status);
  });

  test("SM-05 a very long target is refused", async () => {
    expect((await send(`GET /${"x".repeat(40_000)} HTTP/1.1`)).status).toBe(414);
  });

  test("SM-06 line breaks in what is sent back stay inside of it", async () => {
    for (const path of [
      "/f/echo%0d%0aX-Injected:%201",
      "/v1/functions/a%0d%0aX-Injected:%201",
      "/%0d%0aX-Injected:1",
    ]) {
      const { status, text } = await send(`GET ${path} HTTP/1.1`, key(), "X-Request-Id: a%0d%0ab");
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(text.split("\r\n\r\n")[0]).not.toMatch(/^x-injected/im);
    }
  });
});

const hostileSegments = [
  "..%2f..%2fetc%2fpasswd",
  "..%5c..%5cwindows",
  "%252e%252e%252f",
  "....%2f%2f",
  "%00",
  "a%00b",
  "%2fetc%2fpasswd",
  "x".repeat(300),
  "con",
  "name.",
  "name%20",
  "e%cc%81",
  "%c3%a9",
  "%27%20OR%201%3D1--",
  "%22%3B%20DROP%20TABLE%20keys%3B--",
];
const paths = [
  ["GET", "/v1/functions/:x"],
  ["GET", "/v1/functions/:x/versions"],
  ["GET", "/v1/functions/echo/versions/:x"],
  ["GET", "/v1/functions/echo/versions/:x/source"],
  ["GET", "/v1/functions/:x/draft"],
  ["PUT", "/v1/functions/echo/aliases/:x"],
  ["GET", "/v1/executions/:x"],
  ["GET", "/v1/executions/:x/logs"],
  ["POST", "/v1/executions/:x/cancel"],
  ["DELETE", "/v1/keys/:x"],
  ["DELETE", "/v1/runners/:x"],
  ["GET", "/f/:x"],
  ["GET", "/:x"],
] as const;

describe("PT, SQ: what is written where a name belongs", () => {
  test.each(paths)("PT-01 %s %s takes no name that leads elsewhere", async (method, path) => {
    for (const segment of hostileSegments) {
      const { status, text } = await send(
        `${method} ${path.replace(":x", segment)} HTTP/1.1`,
        key(),
        "Content-Length: 0",
      );
      expect([400, 404, 405, 422], `${segment}: ${text.slice(0, 300)}`).toContain(status);
      expect(text).not.toMatch(/root:|SQLITE|at .*\.ts:\d/);
    }
  });

  test("SQ-01 filters, cursors and sorts are values, never a part of the statement", async () => {
    const texts = [
      "' OR 1=1--",
      '"',
      "\\",
      ";",
      "%",
      "%_%",
      "\u0000",
      "(SELECT 1)",
      "$.x')",
      "1 UNION SELECT key",
    ];
    const lists = ["/v1/functions", "/v1/executions", "/v1/keys", "/v1/runners"];
    const names = [
      "cursor",
      "limit",
      "name",
      "status",
      "kind",
      "runner",
      "trigger",
      "q",
      "since",
      "until",
      "sort",
    ];
    for (const list of lists) {
      for (const name of names) {
        for (const text of texts) {
          const response = await world.call(`${list}?${name}=${encodeURIComponent(text)}`);
          expect([200, 400, 422], `${list} ${name}=${text}`).toContain(response.status);
          const answer = await response.text();
          expect(answer).not.toMatch(/SQLITE|syntax error/i);
          if (response.status === 200 && ["name", "q", "runner"].includes(name))
            expect((JSON.parse(answer) as { items: unknown[] }).items, `${list} ${name}=${text}`).toEqual([]);
        }
      }
    }
  });
});

describe("CI, LG: what ends in a command or a log", () => {
  test.each([
    ["container", { options: "--pid=host --cap-add=ALL" }],
    ["network", "host"],
    ["volumes", ["/:/host"]],
    ["user", "root"],
    ["devices", ["/dev/kvm"]],
    ["privileged", true],
  ])("CI-04 a setting %s does not exist", async (name, value) => {
    const response = await world.call("/v1/functions/boxed/versions", {
      method: "POST",
      body: JSON.stringify({
        runtime: "typescript",
        files: { "index.ts": "export const handler = () => 1;" },
        settings: { [name]: value },
      }),
      headers: { "content-type": "application/json" },
    });
    expect(response.status).toBe(422);
    expect(await response.text()).toContain(name);
  });

  test("CI-02 names of variables that would steer a process are refused or harmless", async () => {
    for (const name of ["A=B", "A\nB", "", "a b", "1A"]) {
      const response = await world.call("/v1/functions/env-names/versions", {
        method: "POST",
        body: JSON.stringify({
          runtime: "typescript",
          files: { "index.ts": "export const handler = () => 1;" },
          settings: { env: { [name]: "x" } },
        }),
        headers: { "content-type": "application/json" },
      });
      expect(response.status, JSON.stringify(name)).toBe(422);
    }
  });

  test("LG-01 nothing that a caller sends makes a line of its own in the gateway's log", async () => {
    const forged = '\n{"level":"info","msg":"admin login"}';
    await send(
      `GET /v1/functions/${encodeURIComponent(forged)} HTTP/1.1`,
      key(),
      "User-Agent: x\u001b[31m",
      "X-Request-Id: a b",
    );
    await world.call(`/f/${encodeURIComponent(`${forged}\u2028\u202e`)}`);
    const log = world.gateway.output();
    expect(log).not.toMatch(/^\{"level":"info","msg":"admin login"\}/m);
    expect(log).not.toContain("\u001b[31m");
    await stillWell();
  });
});
