import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "@pulse/schema/client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ChangeTimes, RunChanges } from "./run-changes.ts";

const times: ChangeTimes = { pollMs: 5, quietMs: 60_000, againMs: 5 };
const never = new AbortController().signal;

let server: Server;
let base: string;
let changes: RunChanges | null;
/** How the gateway answers, and the `Last-Event-ID` of each request. */
let answer: (response: ServerResponse) => void;
let asked: (string | undefined)[];
let url = "";

beforeEach(async () => {
  [changes, asked] = [null, []];
  server = createServer((request, response) => {
    url = request.url ?? "";
    const { "last-event-id": after } = request.headers;
    asked.push(Array.isArray(after) ? after[0] : after);
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  changes?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const follow = (): RunChanges => {
  changes = new RunChanges({ client: createClient({ baseUrl: base }) }, "exe_1", times);
  return changes;
};
const begin = (response: ServerResponse) =>
  response.writeHead(200, { "content-type": "text/event-stream" }).write("id: 7\nevent: ready\ndata: {}\n\n");

test("the next look is when the stream tells of the execution, and not before", async () => {
  const opened = Promise.withResolvers<ServerResponse>();
  answer = (response) => {
    begin(response);
    opened.resolve(response);
  };
  const seen = follow();
  const stream = await opened.promise;
  await seen.next(never);
  expect([seen.isOpen, url]).toEqual([true, "/v1/events?topics=execution%3Aexe_1"]);
  let isTime = false;
  const next = seen.next(never).then(() => {
    isTime = true;
  });
  stream.write("id: 8\n: quiet\n\n");
  await new Promise((resolve) => stream.write("\n", resolve));
  expect(isTime).toBe(false);
  stream.write("id: 9\nevent: executions\ndata: {}\n\n");
  await next;
});

test("a stream that breaks is opened again after the last id, and looked after", async () => {
  const twice = Promise.withResolvers<void>();
  answer = (response) => {
    begin(response);
    if (asked.length === 1) response.destroy();
    else if (asked.length === 2) response.end("id: 12\nevent: executions\ndata: {}\n\n");
    else twice.resolve();
  };
  const seen = follow();
  await Promise.all([twice.promise, seen.next(never)]);
  expect([asked[0], asked[2]]).toEqual([undefined, "12"]);
});

test.each([403, 404, 501])("where there is no stream (%i) it is looked every so often", async (status) => {
  answer = (response) => void response.writeHead(status).end("{}");
  const seen = follow();
  for (let look = 0; look < 3; look++) await seen.next(never);
  expect(seen.isOpen).toBe(false);
});

test("a wait ends with its signal, and with a look that is asked for", async () => {
  answer = begin;
  const seen = follow();
  await seen.next(never);
  const next = seen.next(never);
  seen.tell();
  await next;
  const left = new AbortController();
  const waiting = seen.next(left.signal);
  left.abort();
  await waiting;
});
