import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readOpenedRange } from "./address-rules.ts";
import { listenForEgress, type ProxyRules } from "./proxy.ts";

let folder: string;
let path: string;
let server: Server;
let port: number;
let refused: string[];
const closing: { close(): void }[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "pulse-egress-"));
  path = join(folder, "e");
  refused = [];
  server = createServer(async (incoming, response) => {
    const body = await text(incoming);
    response.end(`${incoming.method} ${incoming.url} ${incoming.headers.host} ${body}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  for (const one of closing.splice(0)) one.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const names: Record<string, string[]> = {
  "inside.example.test": ["127.0.0.1"],
  "a.inside.example.test": ["127.0.0.1"],
  "metadata.example.test": ["169.254.169.254"],
  "nowhere.example.test": [],
};

/** A proxy for these targets, on a machine whose policy opens loopback, where the server stands. */
async function proxy(
  allowed: string[],
  opened = ["127.0.0.0/8"],
  change: Partial<ProxyRules> = {},
): Promise<void> {
  const ranges = opened.flatMap((one) => readOpenedRange(one) ?? []);
  const resolve = async (host: string) => names[host] ?? [];
  closing.push(
    await listenForEgress(path, {
      allowed,
      opened: ranges,
      resolve,
      onRefused: (line) => refused.push(line),
      ...change,
    }),
  );
}

/** A plain request through the proxy. */
function ask(url: string, body = ""): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      socketPath: path,
      path: url,
      method: "POST",
      headers: { host: new URL(url).host },
    });
    outgoing.on("response", async (answer) =>
      resolve({ status: answer.statusCode ?? 0, body: await text(answer) }),
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** What this machine makes of a name; what is written as a number is an address. */
const systemResolver = async (host: string) =>
  (await lookup(host, { all: true }).catch(() => [])).map(({ address }) => address);

/** A plain request with this very text as its target. */
function askRaw(target: string, host = "x"): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let all = "";
    socket.write(Buffer.from(`GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`));
    socket.on("data", (chunk) => {
      all += chunk;
    });
    socket.on("close", () => resolve({ status: Number(all.split(" ")[1]), body: all }));
    socket.on("error", reject);
  });
}

/** What comes back on a tunnel to the target, down which one request is sent when it opens. */
function tunnel(target: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let all = "";
    socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`);
    socket.on("data", (chunk) => {
      const isFirst = all === "";
      all += chunk.toString("latin1");
      if (isFirst && all.includes(" 200 "))
        socket.write("GET /in HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    });
    socket.on("close", () => resolve(all));
    socket.on("error", reject);
  });
}

test("a listed target answers, as a plain request and through a tunnel", async () => {
  await proxy([`inside.example.test:${port}`]);
  const url = `http://inside.example.test:${port}/a?b=c`;
  expect(await ask(url, "hello")).toEqual({
    status: 200,
    body: `POST /a?b=c inside.example.test:${port} hello`,
  });
  expect(await tunnel(`inside.example.test:${port}`)).toContain("GET /in x");
  expect(refused).toEqual([]);
});

test("names are told apart by letter case and a last dot no more than by a resolver", async () => {
  await proxy([`Inside.Example.test:${port}`]);
  expect(await tunnel(`INSIDE.example.TEST.:${port}`)).toContain("GET /in x");
});

test("a star stands for the names below, not for the name itself or another that ends alike", async () => {
  await proxy([`*.inside.example.test:${port}`]);
  expect(await tunnel(`a.inside.example.test:${port}`)).toContain("GET /in x");
  expect(await tunnel(`inside.example.test:${port}`)).toContain("403");
  expect(await tunnel(`evilinside.example.test:${port}`)).toContain("403");
});

describe("refuses, in words and in the function's log,", () => {
  test.each([
    ["a name that is not listed", "other.example.test:443", "is not on the function's egress list"],
    ["another port of a listed name", "inside.example.test:22", "is not on the function's egress list"],
    [
      "a listed name at a closed address",
      "metadata.example.test:80",
      "169.254.169.254, which this runner's policy",
    ],
    ["a listed address that is closed", "10.0.0.1:80", "which this runner's policy does not open"],
    ["the address of a listed name", "127.0.0.1:80", "is not on the function's egress list"],
  ])("%s", async (_, target, why) => {
    await proxy(["inside.example.test:80", "metadata.example.test:80", "10.0.0.1:80"]);
    expect(await tunnel(target)).toMatch(/^HTTP\/1.1 403 /);
    expect((await ask(`http://${target}/`)).status).toBe(403);
    expect(refused).toHaveLength(2);
    for (const line of refused) expect(line).toContain(why);
  });
});

test("without a policy that opens it, not even a listed name reaches this machine", async () => {
  await proxy([`inside.example.test:${port}`], []);
  expect(await tunnel(`inside.example.test:${port}`)).toContain("403");
});

test("EG-06: the address that was checked is the one that is connected to, whatever the name says later", async () => {
  let asked = 0;
  const resolve = async () => {
    asked += 1;
    return asked === 1 ? ["127.0.0.1"] : ["169.254.169.254"];
  };
  await proxy([`rebinds.example.test:${port}`], ["127.0.0.0/8"], { resolve });
  expect(await tunnel(`rebinds.example.test:${port}`)).toContain("GET /in x");
  expect(asked).toBe(1);
});

test.each([
  ["nowhere.example.test:80", 502],
  ["inside.example.test:1", 502],
  ["no target", 400],
])("%s is answered with %i", async (target, status) => {
  await proxy(["nowhere.example.test:80", "inside.example.test:1"]);
  expect(await tunnel(target)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});

test("a sandbox that ends takes its connections along", async () => {
  await proxy([`inside.example.test:${port}`]);
  const socket = connect(path);
  socket.write(`CONNECT inside.example.test:${port} HTTP/1.1\r\nhost: x\r\n\r\n`);
  await new Promise((resolve) => socket.once("data", resolve));
  const ended = new Promise((resolve) => socket.once("close", resolve));
  for (const one of closing.splice(0)) one.close();
  await ended;
});

describe("EG-01 to EG-06: is not talked into closed networks by", () => {
  const metadata = "169.254.169.254";
  /** Each also when the list itself names what is asked for. */
  test.each([
    ["an IPv4 address mapped to IPv6", "[::ffff:169.254.169.254]:80"],
    ["the same in hexadecimal", "[::ffff:a9fe:a9fe]:80"],
    ["an IPv4 address translated to IPv6", "[64:ff9b::a9fe:a9fe]:80"],
    ["an IPv4 address tunnelled in IPv6", "[2002:a9fe:a9fe::1]:80"],
    ["a link-local address", "[fe80::1]:80"],
    ["a unique local address", "[fd00:ec2::254]:80"],
    ["the unspecified address", "0.0.0.0:80"],
    ["the unspecified address in IPv6", "[::]:80"],
    ["a decimal address", "2852039166:80"],
    ["an octal address", "0251.0376.0251.0376:80"],
    ["a hexadecimal address", "0xa9fea9fe:80"],
    ["an address of two parts", "169.16689662:80"],
    ["an address with a last dot", "169.254.169.254.:80"],
    ["a name of the machine itself", "localhost:80"],
  ])("%s: %s", async (_, target) => {
    const listed = target.replace(/^\[(.*)\]/, "$1");
    for (const allowed of [[`inside.example.test:${port}`], [target], [listed]]) {
      await proxy(allowed, [], { resolve: systemResolver });
      expect(await tunnel(target)).toMatch(/^HTTP\/1.1 403 /);
      expect((await ask(`http://${target}/latest/meta-data/`)).status).toBe(403);
      for (const one of closing.splice(0)) one.close();
    }
  });

  test.each([
    ["a name before an @", `http://inside.example.test:80${"@"}${metadata}/`],
    ["a name and a password before an @", `http://inside.example.test:pw${"@"}${metadata}/`],
    ["a backslash", `http://${metadata}\\@inside.example.test/`],
    ["an escaped slash", `http://${metadata}%2f@inside.example.test:80/`],
    ["a name in other letters", "http://\u0456nside.example.test/"],
  ])("%s: %s", async (_, url) => {
    await proxy(["inside.example.test:80", "inside.example.test:81"]);
    const { status } = await askRaw(url);
    expect([400, 403, 502]).toContain(status);
    expect(refused.join()).not.toContain("outside");
  });

  test("a name before an @ in a tunnel's target", async () => {
    await proxy(["inside.example.test:80"]);
    expect(await tunnel(`inside.example.test:80@${metadata}:80`)).toMatch(/^HTTP\/1.1 403 /);
  });

  test("a listed server that redirects there: the redirect is passed on, and what follows it is refused", async () => {
    server.removeAllListeners("request");
    server.on("request", (_, response) =>
      response.writeHead(302, { location: `http://${metadata}/latest/meta-data/` }).end(),
    );
    await proxy([`inside.example.test:${port}`]);
    expect((await ask(`http://inside.example.test:${port}/`)).status).toBe(302);
    expect((await ask(`http://${metadata}/latest/meta-data/`)).status).toBe(403);
  });

  test("a name that first resolves to what is closed, or to both", async () => {
    const resolve = async (host: string) => (host.startsWith("both") ? [metadata, "10.0.0.1"] : [metadata]);
    await proxy(["first.example.test:80", "both.example.test:80"], ["127.0.0.0/8"], { resolve });
    expect(await tunnel("first.example.test:80")).toMatch(/^HTTP\/1.1 403 /);
    expect(await tunnel("both.example.test:80")).toMatch(/^HTTP\/1.1 403 /);
  });

  test("another Host than the address asks for: the server hears the address's", async () => {
    await proxy([`inside.example.test:${port}`]);
    const { body } = await askRaw(`http://inside.example.test:${port}/`, "metadata.example.test");
    expect(body).toContain(`inside.example.test:${port}`);
    expect(body).not.toContain("metadata.example.test");
  });
});

test("names in other scripts are what a browser makes of them, in the list and in what is asked for", async () => {
  const resolve = async (host: string) => (host === "xn--bcher-kva.example.test" ? ["127.0.0.1"] : []);
  for (const entry of [
    "b\u00fccher.example.test",
    "xn--bcher-kva.example.test",
    "B\u00dcCHER.example.test.",
  ]) {
    await proxy([`${entry}:${port}`], ["127.0.0.0/8"], { resolve });
    expect(await tunnel(`xn--bcher-kva.example.test:${port}`)).toContain("GET /in x");
    for (const one of closing.splice(0)) one.close();
  }
});

test("256 connections at once, each counted once, and one more when one has ended", async () => {
  await proxy([`inside.example.test:${port}`]);
  const open = async () => {
    const socket = connect(path);
    socket.write(`CONNECT inside.example.test:${port} HTTP/1.1\r\nhost: x\r\n\r\n`);
    const [head] = await once(socket, "data");
    return { socket, head: String(head) };
  };
  const all = await Promise.all(Array.from({ length: 256 }, open));
  for (const { head } of all) expect(head).toContain(" 200 ");
  const more = await open();
  expect(more.head).toContain(" 429 ");
  more.socket.destroy();
  expect((await ask(`http://inside.example.test:${port}/`)).status).toBe(429);
  all[0]?.socket.destroy();
  await expect.poll(async () => (await ask(`http://inside.example.test:${port}/`)).status).toBe(200);
  for (const { socket } of all) socket.destroy();
});
