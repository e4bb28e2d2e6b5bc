import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent } from "undici";
import { afterEach, expect, test } from "vitest";
import { exchangeOver, within } from "./exchange.ts";

const agent = new Agent();
const never = new AbortController().signal;
let server: Server | null = null;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
  server = null;
});

async function serve(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

const send = exchangeOver(agent);
const post = (url: string, body: BodyInit, signal = never) =>
  send(url, { method: "POST", headers: { "x-one": "1" }, body, signal });

/** Answers with what was asked. */
const echo: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const { method, url, headers } = request;
    response.writeHead(201, { "retry-after": "3" });
    response.write("");
    const seen = { method, url, one: headers["x-one"], length: headers["content-length"] };
    response.end(JSON.stringify({ ...seen, text: Buffer.concat(chunks).toString() }));
  });
};

test("a whole text is sent with its length, and a whole answer read", async () => {
  const url = await serve(echo);
  const answer = await post(`${url}/a/b?c=d`, "grüße");
  expect([answer.status, answer.ok, answer.headers.get("Retry-After")]).toEqual([201, true, "3"]);
  const seen = { method: "POST", url: "/a/b?c=d", one: "1", length: "7", text: "grüße" };
  expect(await answer.json()).toEqual(seen);
});

test("an answer in many pieces is one text", async () => {
  const url = await serve((_, response) => {
    response.write("ü".repeat(70_000));
    setImmediate(() => response.end("ende"));
  });
  expect(await (await post(url, "{}")).text()).toBe(`${"ü".repeat(70_000)}ende`);
});

test("a body that streams is sent as it comes", async () => {
  const url = await serve(echo);
  const body = new Blob(["piece"]).stream();
  const init = { method: "POST", body, duplex: "half", signal: never };
  const answer = await send(url, init as RequestInit); // Its declaration lacks `duplex`.
  expect(await answer.json()).toMatchObject({ text: "piece" });
});

test("a redirect is followed within the gateway's origin, and nowhere else", async () => {
  const elsewhere = await serve(() => expect.fail("it was followed"));
  const away = await serve((_, response) => response.writeHead(308, { location: elsewhere }).end());
  await expect(post(away, "text")).rejects.toThrow(/redirects POST to .*, which is not followed/);
  const url = await serve((request, response) => {
    if (request.url === "/there") return echo(request, response);
    response.writeHead(308, { location: "/there" }).end();
  });
  expect(await (await post(`${url}/here`, "text")).json()).toMatchObject({ url: "/there", text: "text" });
});

test("a signal that fires ends the exchange with its reason, before and while it goes on", async () => {
  const arrived = Promise.withResolvers<void>();
  const url = await serve(() => arrived.resolve());
  await expect(post(url, "", AbortSignal.abort("over"))).rejects.toBe("over");
  const stop = new AbortController();
  const waiting = post(url, "", stop.signal);
  await arrived.promise;
  stop.abort("enough");
  await expect(waiting).rejects.toBe("enough");
});

test("a connection that breaks is an error", async () => {
  const url = await serve((request) => request.socket.destroy());
  await expect(post(url, "")).rejects.toThrow();
  const cut = await serve((request, response) => {
    response.writeHead(200, { "content-length": "10" });
    response.write("half", () => request.socket.destroy());
  });
  await expect(post(cut, "")).rejects.toThrow();
});

test("work is bounded by its time, and by the signal that it was given", async () => {
  const wait = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  await expect(within(never, 1, wait)).rejects.toMatchObject({ name: "TimeoutError" });
  await expect(within(AbortSignal.abort("over"), 60_000, wait)).rejects.toBe("over");
  const stop = new AbortController();
  const waiting = within(stop.signal, 60_000, wait);
  stop.abort("enough");
  await expect(waiting).rejects.toBe("enough");
  expect(await within(never, 1, async () => "done")).toBe("done");
});

test("a body goes with its digest, so that what is damaged on its way is not taken", async () => {
  const digests: (string | undefined)[] = [];
  const url = await serve((request, response) => {
    digests.push(request.headers["content-digest"]?.toString());
    echo(request, response);
  });
  await post(url, "123456789");
  const bytes = new TextEncoder().encode("123456789");
  await post(url, bytes);
  await send(url, { method: "GET", headers: {}, signal: never });
  expect(digests).toEqual(["crc32c=:4waSgw==:", "crc32c=:4waSgw==:", undefined]);
});

test("calls that follow one another use one connection", async () => {
  const sockets = new Set<unknown>();
  const url = await serve((request, response) => {
    sockets.add(request.socket);
    echo(request, response);
  });
  for (let call = 0; call < 10; call++) await (await post(url, "{}")).json();
  expect(sockets.size).toBe(1);
});
