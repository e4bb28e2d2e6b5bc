import type { Server } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listen } from "./listen.ts";

let server: Server;
let port: number;
const logged: string[] = [];
const log = {
  info() {},
  warn() {},
  error: (message: string) => void logged.push(message),
};
beforeEach(async () => {
  const fetch = (request: Request) => {
    if (request.url.endsWith("/broken")) throw new Error("a secret of the inside");
    return new Response("served");
  };
  ({ server, port } = await listen({ host: "127.0.0.1", port: 0 }, fetch, log));
  logged.length = 0;
});
afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

/** What comes back on a connection that sends these bytes. */
function answerTo(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
}

const get = (target: string, ...headers: string[]) =>
  answerTo(
    [`GET ${target} HTTP/1.1`, "host: localhost", "connection: close", ...headers, "", ""].join("\r\n"),
  );

test("a request is served", async () => {
  expect(await get("/a")).toMatch(/^HTTP\/1.1 200 OK[\s\S]*served$/);
});

test.each([
  ["a backslash in the path", () => get("/a\\b"), 400, "bad_request"],
  ["an address of another scheme", () => get("ftp://example.test/"), 400, "bad_request"],
  ["bytes that are no HTTP", () => answerTo("\u0016\u0003\u0001 hello\r\n\r\n"), 400, "bad_request"],
  ["headers of 70 KiB", () => get("/a", `x-long: ${"a".repeat(70_000)}`), 431, "headers_too_large"],
  ["an error that nobody caught", () => get("/broken"), 500, "internal"],
])("%s gets a problem document", async (_, ask, status, code) => {
  const [head = "", body = ""] = (await ask()).split("\r\n\r\n");
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(head.toLowerCase()).toContain("content-type: application/problem+json");
  expect(JSON.parse(body.slice(body.indexOf("{"), body.lastIndexOf("}") + 1))).toMatchObject({
    status,
    code,
  });
  expect(body).not.toContain("secret of the inside");
  expect(logged).toHaveLength(status === 500 ? 1 : 0);
});

test("a port that is taken is refused", async () => {
  const taken = listen({ host: "127.0.0.1", port }, () => new Response(), log);
  await expect(taken).rejects.toMatchObject({ code: "EADDRINUSE" });
});
