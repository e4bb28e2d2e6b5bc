import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { callerOf, shownUrl } from "./caller.ts";

let server: Server;
let origin: string;
let seen: IncomingHttpHeaders;
beforeEach(async () => {
  server = createServer((request, response) => {
    seen = request.headers;
    response.setHeader("x-request-id", "req-1");
    response.end("hello");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const profileOf = (gateway: string) => ({ name: null, gateway, key: "pk_not_real", source: "test" });

test("the key goes to the profile's gateway and nowhere else", async () => {
  await (await callerOf(profileOf(origin), null)(`${origin}/v1/me`)).text();
  expect(seen.authorization).toBe("Bearer pk_not_real");
  await (await callerOf(profileOf("http://localhost:1"), null)(`${origin}/v1/me`)).text();
  expect(seen.authorization).toBeUndefined();
});

test("a trace has method, address, status, time, size and request id, and no key", async () => {
  const lines: string[] = [];
  const send = callerOf(profileOf(origin), (line) => lines.push(line));
  await (await send(`${origin}/f/x?token=abc&page=2`, { method: "POST", body: "{}" })).text();
  expect(lines[0]).toBe(`→ POST ${origin}/f/x?token=***&page=2`);
  expect(lines[1]).toMatch(/^← 200 OK · \d+ ms · 5 B · req-1$/);
  expect(lines.join()).not.toContain("pk_not_real");
});

test("a gateway that is not there is a problem that says so, and the trace says why", async () => {
  const gone = origin;
  await new Promise((resolve) => server.close(resolve));
  const lines: string[] = [];
  const sent = callerOf(profileOf(gone), (line) => lines.push(line))(`${gone}/livez`);
  await expect(sent).rejects.toMatchObject({
    code: "unavailable",
    extras: { members: { unreachable: true } },
  });
  expect(lines[1]).toMatch(/^← ECONNREFUSED · \d+ ms$/);
});

test("an address is shown without user and password", () => {
  const url = new URL("https://pulse.example.test/x");
  url.username = "ada";
  url.password = "not-shown";
  expect(shownUrl(url.href)).toBe("https://pulse.example.test/x");
});
