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

test("the address that was checked is the one that is connected to, whatever the name says later", async () => {
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
