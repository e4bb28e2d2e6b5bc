import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import * as z from "zod";
import { createClient } from "./client.ts";
import { endpoint } from "./endpoint.ts";

let server: Server | undefined;
afterEach(() => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())));

/** A client of a server that answers every request in one way. */
async function clientOf(answer: RequestListener) {
  server = createServer({ keepAlive: false }, answer);
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return createClient({ baseUrl: `http://127.0.0.1:${port}` });
}

const signal = AbortSignal.timeout(10_000);
const about = { tag: "t", summary: "s", scope: "read" } as const;
const silent = endpoint({ ...about, method: "PUT", path: "/things/:id", statuses: [201] });
const spoken = endpoint({
  ...about,
  method: "GET",
  path: "/things/:id",
  query: z.object({ full: z.boolean() }),
  answer: z.object({ path: z.string() }),
  statuses: [200],
});

test("an answer is read, and parameters and the query reach the server", async () => {
  const client = await clientOf((request, response) => {
    response.setHeader("connection", "close").end(JSON.stringify({ path: request.url }));
  });
  const answer = await client.call(spoken, { params: { id: "a/b" }, query: { full: true }, signal } as never);
  expect(answer).toEqual({ path: "/things/a%2Fb?full=true" });
});

test("an endpoint that declares no answer may answer 201 with no body", async () => {
  const client = await clientOf((_request, response) => {
    response.writeHead(201, { connection: "close" }).end();
  });
  await expect(client.call(silent, { signal } as never)).resolves.toBeUndefined();
});

test("a problem document becomes the problem it names", async () => {
  const client = await clientOf((_request, response) => {
    const problem = { code: "not_found", status: 404, detail: "no thing of this name" };
    const headers = { "content-type": "application/problem+json", connection: "close" };
    response.writeHead(404, headers).end(JSON.stringify(problem));
  });
  await expect(client.call(spoken, { signal } as never)).rejects.toMatchObject({
    code: "not_found",
    message: "no thing of this name",
  });
});

test("a server that is not there is unavailable, and says where it was sought", async () => {
  const client = await clientOf(() => undefined);
  await new Promise<void>((resolve) => server?.close(() => resolve()));
  await expect(client.call(spoken, { signal } as never)).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("127.0.0.1"),
  });
});
