import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { type OutgoingRequest, safeFetch } from "../../outbound/safe-fetch.ts";
import { nodeOutbound } from "./outbound.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server of this machine: its origin, its port, and how many connections it has had. */
async function listening(listener: RequestListener) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  servers.push(server);
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const seen = { origin: `http://127.0.0.1:${port}`, port, connections: 0 };
  server.on("connection", () => {
    seen.connections += 1;
  });
  return seen;
}

const never = new AbortController().signal;
const local = (...ports: number[]) =>
  nodeOutbound({ allowed: ports.map((port) => `127.0.0.1:${port}`), ports: [] });
const get = (url: string, more: Partial<OutgoingRequest> = {}): OutgoingRequest => ({
  ...{ url, method: "GET", headers: [], body: null, timeoutMs: 10_000, readMost: 65_536, redirectsMost: 3 },
  ...more,
});
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const resolvesTo =
  (...addresses: string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

test("a body arrives whole with its headers, and the answer comes back", async () => {
  let body = "";
  let type: string | undefined;
  const { origin, port } = await listening((incoming, outgoing) => {
    type = incoming.headers["content-type"];
    incoming.on("data", (chunk: Buffer) => {
      body += chunk.toString("utf8");
    });
    incoming.on("end", () => outgoing.writeHead(429, { "retry-after": "7" }).end("later"));
  });
  const sent = new TextEncoder().encode('{"a":"ñ"}');
  const headers: [string, string][] = [["Content-Type", "application/json"]];
  const answer = await safeFetch(local(port), get(origin, { method: "POST", headers, body: sent }), never);
  if (!answer.answered) throw new Error(answer.detail);
  expect([answer.status, answer.headers.get("retry-after"), text(answer.body)]).toEqual([429, "7", "later"]);
  expect([body, type]).toEqual(['{"a":"ñ"}', "application/json"]);
});

test.each([
  ["127.0.0.1.nip.test", ["127.0.0.1"]],
  ["two.example.test", ["93.184.215.14", "127.0.0.1"]],
  ["six.example.test", ["::ffff:127.0.0.1"]],
  ["metadata.example.test", ["169.254.169.254"]],
  ["private6.example.test", ["fd00:ec2::254"]],
])("the name %s leads inside and is not connected to", async (host, addresses) => {
  const outbound = nodeOutbound({ allowed: [], ports: [] }, resolvesTo(...addresses));
  await expect(safeFetch(outbound, get(`http://${host}/`), never)).rejects.toMatchObject({
    code: "url_not_allowed",
  });
});

test("a port that is open inside and one that is closed look the same: neither is connected to", async () => {
  const open = await listening((_, outgoing) => outgoing.end());
  const policy = { allowed: [], ports: [`scan.example.test:${open.port}`, "scan.example.test:1"] };
  const outbound = nodeOutbound(policy, resolvesTo("127.0.0.1"));
  const ends = await Promise.allSettled(
    [open.port, 1].map((port) => safeFetch(outbound, get(`http://scan.example.test:${port}/`), never)),
  );
  expect(new Set(ends.map((end) => String(end.status === "rejected" && end.reason))).size).toBe(1);
  expect(open.connections).toBe(0);
});

test("a name is resolved once and the connection goes where that led, whatever the name means a moment later", async () => {
  const asked: string[] = [];
  const { port } = await listening((incoming, outgoing) => outgoing.end(incoming.headers.host));
  // What is checked is the operator's host, so that a server of this machine can stand for the public one.
  const outbound = nodeOutbound({ allowed: [`rebind.example.test:${port}`], ports: [] }, async (host) => {
    asked.push(host);
    return [{ address: asked.length === 1 ? "127.0.0.1" : "192.0.2.1", family: 4 }];
  });
  const answer = await safeFetch(outbound, get(`http://rebind.example.test:${port}/`), never);
  expect(answer.answered && text(answer.body)).toBe(`rebind.example.test:${port}`);
  expect(asked).toEqual(["rebind.example.test"]);
});

test("a name that turned inside between two calls is refused at the second", async () => {
  let asked = 0;
  const outbound = nodeOutbound({ allowed: [], ports: [] }, async () => {
    asked += 1;
    return [{ address: asked === 1 ? "192.0.2.1" : "127.0.0.1", family: 4 }];
  });
  for (const _ of [1, 2]) {
    await expect(safeFetch(outbound, get("https://a.example.test/"), never)).rejects.toMatchObject({
      code: "url_not_allowed",
    });
  }
  expect(asked).toBe(2);
});

test("a redirect is followed where the guard lets it, and credentials stay with the origin they are for", async () => {
  const seen: [string | undefined, unknown, unknown][] = [];
  const listener =
    (to: () => string | null): RequestListener =>
    ({ url, headers }, outgoing) => {
      seen.push([url, headers.authorization, headers["x-token"]]);
      const next = url === "/end" ? null : to();
      if (next === null) outgoing.end("there");
      else outgoing.writeHead(302, { location: next }).end();
    };
  const other = await listening(listener(() => "/end"));
  const first = await listening(({ url, headers }, outgoing) =>
    listener(() => (url === "/a" ? "/b" : `${other.origin}/c`))({ url, headers } as never, outgoing as never),
  );
  const headers: [string, string][] = [
    ["authorization", "Bearer one"],
    ["x-token", "two"],
  ];
  const answer = await safeFetch(local(first.port, other.port), get(`${first.origin}/a`, { headers }), never);
  expect(answer.answered && text(answer.body)).toBe("there");
  expect(seen).toEqual([
    ["/a", "Bearer one", "two"],
    ["/b", "Bearer one", "two"],
    ["/c", undefined, undefined],
    ["/end", undefined, undefined],
  ]);
});

test.each([
  ["to an address inside", 302, (port: number) => `http://127.0.0.1:${port}/inner`],
  ["to a file", 302, () => "file:///etc/passwd"],
  ["to gopher", 302, () => "gopher://127.0.0.1:70/"],
  ["with its body to another origin", 307, () => "http://127.0.0.2/"],
  ["without end", 302, () => "/again"],
])("a redirect %s is not followed", async (_, status, to) => {
  const inner = await listening((__, outgoing) => outgoing.end("secret"));
  const outer = await listening((incoming, outgoing) => {
    incoming.resume();
    outgoing.writeHead(status, { location: to(inner.port) }).end();
  });
  const outbound = nodeOutbound({ allowed: [`127.0.0.1:${outer.port}`, "127.0.0.2"], ports: [] });
  const body = new TextEncoder().encode("x");
  const answer = await safeFetch(outbound, get(outer.origin, { method: "POST", body }), never);
  expect(answer).toMatchObject({ answered: false, because: "redirect" });
  expect(inner.connections).toBe(0);
});

test("without redirects the redirect is the answer", async () => {
  const { origin, port } = await listening((_, outgoing) =>
    outgoing.writeHead(302, { location: "/x" }).end(),
  );
  const answer = await safeFetch(local(port), get(origin, { redirectsMost: 0 }), never);
  expect(answer).toMatchObject({ answered: true, status: 302 });
});

test("a receiver that never answers, and one that answers a byte at a time, are left when the time is over", async () => {
  const silent = await listening(() => undefined);
  const slow = await listening((_, outgoing) => {
    outgoing.writeHead(200).write("x");
  });
  for (const { origin, port } of [silent, slow]) {
    const answer = await safeFetch(local(port), get(origin, { timeoutMs: 150 }), never);
    expect(answer).toMatchObject({
      answered: false,
      because: "timed_out",
      detail: "no answer within 0.15 s",
    });
  }
});

test("of an endless answer, and of a small one that unpacks to much, a part is read", async () => {
  const endless = await listening((_, outgoing) => {
    outgoing.writeHead(200);
    const more = () => {
      while (!outgoing.destroyed && outgoing.write(Buffer.alloc(65_536)));
    };
    outgoing.on("drain", more);
    more();
  });
  const bomb = await listening((_, outgoing) => {
    outgoing.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(50_000_000)));
  });
  for (const { origin, port } of [endless, bomb]) {
    const answer = await safeFetch(local(port), get(origin, { readMost: 1000 }), never);
    expect(answer).toMatchObject({ answered: true, isCut: true });
    expect(answer.answered && answer.body.length).toBe(1000);
  }
});

test("endless headers end the call", async () => {
  const { origin, port } = await listening((_, outgoing) => {
    outgoing.socket?.end(`HTTP/1.1 200 OK\r\nx: ${"a".repeat(100_000)}\r\n\r\n`);
  });
  expect(await safeFetch(local(port), get(origin), never)).toMatchObject({
    answered: false,
    because: "no_answer",
  });
});
