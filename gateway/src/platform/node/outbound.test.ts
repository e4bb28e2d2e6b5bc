import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { isPublic, nodePost } from "./outbound.ts";

let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = null;
});

async function listening(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, "127.0.0.1");
  await new Promise((resolve) => server?.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
const request = { headers: { "content-type": "application/json" }, body: '{"a":"ñ"}' };
const soon = () => AbortSignal.timeout(10_000);

test.each([
  "0.0.0.0",
  "10.1.2.3",
  "100.100.100.200",
  "127.0.0.1",
  "169.254.169.254",
  "172.31.0.1",
  "192.168.1.1",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:8.8.8.8",
  "64:ff9b::7f00:1",
  "fd00:ec2::254",
  "fe80::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "not an address",
])("%s is not public", (address) => expect(isPublic(address)).toBe(false));

test.each(["8.8.8.8", "172.32.0.1", "2606:4700::1111"])("%s is public", (address) =>
  expect(isPublic(address)).toBe(true),
);

test("a body arrives whole, and the answer's status and wish for time come back", async () => {
  let body = "";
  const url = await listening((incoming, outgoing) => {
    incoming.on("data", (chunk: Buffer) => {
      body += chunk.toString("utf8");
    });
    incoming.on("end", () => outgoing.writeHead(429, { "retry-after": "7" }).end("later"));
  });
  expect(await nodePost()(url, request, soon())).toEqual({ status: 429, retryAfterMs: 7000 });
  expect(body).toBe(request.body);
});

test("a redirect is not followed", async () => {
  const asked: string[] = [];
  const url = await listening((incoming, outgoing) => {
    asked.push(incoming.url ?? "");
    outgoing.writeHead(307, { location: "/inner" }).end();
  });
  expect(await nodePost()(url, request, soon())).toMatchObject({ status: 307 });
  expect(asked).toEqual(["/"]);
});

test("a name that leads inside is not connected to, not even when one of its addresses is public", async () => {
  let connections = 0;
  const url = new URL(await listening(() => undefined));
  server?.on("connection", () => {
    connections += 1;
  });
  url.hostname = "rebind.example.test";
  const found = [
    { address: "93.184.215.14", family: 4 },
    { address: "127.0.0.1", family: 4 },
  ];
  await expect(nodePost(async () => found)(url.href, request, soon())).rejects.toThrow("not public");
  expect(connections).toBe(0);
});

test("a name is resolved once: what it means a moment later changes nothing", async () => {
  let asked = 0;
  const resolve = async () => {
    asked += 1;
    return [{ address: asked === 1 ? "192.0.2.1" : "127.0.0.1", family: 4 }];
  };
  await expect(nodePost(resolve)("https://a.example.test/", request, soon())).rejects.toThrow("not public");
  expect(asked).toBe(1);
});

test("a receiver that never answers is left when the time is over", async () => {
  const url = await listening(() => undefined);
  await expect(nodePost()(url, request, AbortSignal.timeout(200))).rejects.toMatchObject({
    name: "TimeoutError",
  });
});

test("of an endless answer a part is read", async () => {
  const url = await listening((_, outgoing) => {
    outgoing.writeHead(200);
    const more = () => {
      while (!outgoing.destroyed && outgoing.write(Buffer.alloc(65_536)));
    };
    outgoing.on("drain", more);
    more();
  });
  expect(await nodePost()(url, request, soon())).toMatchObject({ status: 200 });
});
