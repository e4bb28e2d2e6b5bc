import { spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const entry = fileURLToPath(new URL("../main.ts", import.meta.url));
const updatedAt = "2026-01-01T00:00:00.000Z";
const large = {
  ...{ method: "PUT", path: "/a?x=1", body: '{\n  "n": 1 }' },
  headers: "content-type: application/x-own\n\nx-mode: loud",
};
const looked = { method: "GET", path: "/", headers: "", body: "{}" };
const items = [
  { name: "a large one", call: large, updatedAt },
  { name: "look", call: looked, updatedAt },
];

let server: Server;
/** The calls of the function, as they came. */
let calls: { method: string; url: string; mode: string | null; type: string | null; body: string }[];

beforeEach(async () => {
  calls = [];
  server = createServer(async (request, response) => {
    const { method = "", url = "", headers } = request;
    const body = await text(request);
    response.setHeader("content-type", "application/json");
    if (url.startsWith("/v1/functions/resize/inputs")) {
      response.end(JSON.stringify({ items, nextCursor: null }));
    } else if (url.startsWith("/f/")) {
      calls.push({
        ...{ method, url, body },
        mode: String(headers["x-mode"] ?? null),
        type: String(headers["content-type"] ?? null),
      });
      response.end('"done"');
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function pulse(...args: string[]) {
  const { port } = server.address() as AddressInfo;
  const PULSE_GATEWAY = `http://127.0.0.1:${port}`;
  const env = { PATH: process.env.PATH, HOME: "/nowhere", PULSE_GATEWAY, PULSE_KEY: "any", PULSE_LANG: "en" };
  const child = spawn(process.execPath, [entry, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { status: await ended, stdout, stderr };
}

// Each is a process that starts, on a machine that may be busy.
test("a saved input is the call, of whatever version", { timeout: 120_000 }, async () => {
  const run = await pulse("invoke", "resize@3", "--saved", "a large one", "-H", "x-mode: quiet");
  expect(run).toMatchObject({ status: 0, stdout: expect.stringContaining('"done"') });
  const type = "application/x-own";
  expect(calls).toEqual([{ method: "PUT", url: "/f/resize@3/a?x=1", mode: "quiet", type, body: large.body }]);
});

test("one that is not kept is not called; the list shows each", { timeout: 120_000 }, async () => {
  const [missing, list] = await Promise.all([
    pulse("invoke", "resize", "--saved", "a large onr"),
    pulse("function", "inputs", "resize"),
  ]);
  expect([missing.status, missing.stdout, calls]).toEqual([4, "", []]);
  expect(missing.stderr).toContain('of resize you keep no input "a large onr"');
  expect(missing.stderr).toContain("did you mean a large one?");
  expect(list.stdout).toMatch(/a large one +PUT +\/a\?x=1 +\{ "n": 1 \}/);
  expect(list.stdout).toMatch(/look +GET/);
});
