import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createCore } from "../../core.ts";
import { settle } from "../../dispatch/world.suite.ts";
import { TestGateway } from "../../runners/gateway.suite.ts";
import { createDirectory } from "../../runners/presence.ts";
import { outsideOf } from "./outside-of.ts";

interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage["headers"];
  body: string;
}

let gateway: TestGateway;
let server: Server;
let origin: string;
let seen: Seen[];
/** What the receiver answers; an answer that is not ended stays open. */
let answer: (request: Seen, response: ServerResponse) => void;
let heard: (request: Seen) => void;
beforeEach(async () => {
  gateway = await TestGateway.start();
  seen = [];
  heard = () => undefined;
  answer = (_, response) => response.end("ok");
  server = createServer(async (incoming, response) => {
    let body = "";
    for await (const chunk of incoming) body += String(chunk);
    const { method, url, headers } = incoming;
    const request = { method, url, headers, body };
    seen.push(request);
    heard(request);
    answer(request, response);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  origin = `http://127.0.0.1:${port}`;
  gateway.parts.ports.outbound.policy.allowed = [`127.0.0.1:${port}`];
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const send = async (method: string, path: string, body: unknown) => {
  const headers = { "content-type": "application/json" };
  const response = await gateway.call(path, { method, headers, body: JSON.stringify(body) });
  const text = await response.text();
  expect([path, response.ok, response.ok ? "" : text]).toEqual([path, true, ""]);
  return text === "" ? null : JSON.parse(text);
};
const json = (response: ServerResponse, status: number, body: unknown, headers = {}) =>
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));

/** Runs one step, waits for the end of its run and returns that. */
async function run(step: object, outputs: Record<string, string> = {}) {
  const steps = [{ id: "call", name: "Call", type: "http", ...step }];
  await send("PUT", "/v1/workflows/tried", { steps, outputs });
  const { id } = await send("POST", "/v1/workflows/tried/executions", { inputs: {} });
  return await ended(id);
}

/** The run at its end; a request outside takes real time, so the turns of the loop are counted by the socket. */
async function ended(id: string) {
  for (;;) {
    const view = await (await gateway.call(`/v1/executions/${id}`)).json();
    if (view.endedAt !== null) return view;
    await gateway.parts.clock.advance(1);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("a request goes out with its headers, body and key, and the answer is what the step came to", async () => {
  answer = (_, response) =>
    json(response, 201, { id: 7, tags: ["a"] }, { "set-cookie": "s=1", "x-seen": "yes" });
  const {
    status,
    id,
    run: made,
  } = await run(
    {
      ...{ method: "post", url: `${origin}/orders?x=1`, headers: { "X-Token": "t" } },
      body: { name: "$" + "{{ execution.workflow }}", list: [1, null] },
      expect: "status === 201 && body.id === 7",
    },
    {
      status: "steps.call.output.status",
      id: "steps.call.output.body.id",
      cookie: "steps.call.output.headers['set-cookie']",
      seen: "steps.call.output.headers['x-seen']",
    },
  );
  expect([status, made.outputs]).toEqual(["succeeded", { status: 201, id: 7, cookie: null, seen: "yes" }]);
  expect(seen).toMatchObject([
    {
      ...{ method: "POST", url: "/orders?x=1", body: '{"name":"tried","list":[1,null]}' },
      headers: {
        ...{ "x-token": "t", "content-type": "application/json", "pulse-depth": "1" },
        "idempotency-key": `${id}:call`,
      },
    },
  ]);
});

test("an attempt that failed is made again under the same key, and what is not expected fails the step", async () => {
  answer = (_, response) => json(response, seen.length < 2 ? 503 : 200, {});
  const again = await run({
    method: "PUT",
    url: origin,
    retry: { attempts: 2, delay: "10ms", backoff: "fixed" },
  });
  expect(again.status).toBe("succeeded");
  expect(new Set(seen.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
  answer = (_, response) => json(response, 404, {});
  const { status, run: made } = await run({ url: origin });
  expect([status, made.steps[0].error.code]).toEqual(["failed", "unexpected_answer"]);
});

test("a secret stands in a header, and nowhere that people read: not in the run, its events, or what the receiver sends back", async () => {
  const value = 'pa"ss/wörd-1234';
  await send("PUT", "/v1/secrets/TOKEN", { value: "Basic-7890abc" });
  await send("PUT", "/v1/secrets/OTHER", { value });
  answer = ({ headers, body }, response) =>
    json(
      response,
      200,
      { headers, body, url: encodeURIComponent(value), escaped: value },
      { "x-echo": "Basic-7890abc" },
    );
  const { status } = await run({
    url: origin,
    secrets: { KEY: "TOKEN" },
    headers: { authorization: "Bearer $" + "{{ secrets.KEY }}", "x-plain": "yes" },
  });
  expect([status, seen[0]?.headers.authorization]).toEqual(["succeeded", "Bearer Basic-7890abc"]);
  const { client } = gateway.parts.ports.database;
  const { rows } = await client.execute(
    "SELECT group_concat(entry) AS text FROM workflow_events UNION ALL SELECT group_concat(state) FROM workflow_snapshots",
  );
  const kept = JSON.stringify(rows);
  expect(kept).toContain("x-plain");
  expect(kept).not.toContain("Basic-7890abc");
});

test.each([
  ["http://169.254.169.254/latest/meta-data/", "url_not_allowed"],
  ["http://localhost/", "url_not_allowed"],
])("%s is not called: the step fails and says %s", async (url, code) => {
  const { status, run: made } = await run({ url });
  expect([status, made.steps[0].error.code]).toEqual(["failed", code]);
});

test("an answer that does not come in time, is too large or leads inside fails the step in words", async () => {
  answer = () => undefined;
  const late = await run({ url: origin, timeout: 100 });
  expect([late.status, late.run.steps[0].status]).toEqual(["failed", "timed_out"]);
  answer = (_, response) => response.end("x".repeat(300_000));
  expect((await run({ url: origin })).run.steps[0].error.code).toBe("answer_too_large");
  answer = (_, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end();
  expect((await run({ url: origin })).run.steps[0].error.code).toBe("redirect");
});

test.each([
  ["POST", ["lost"], 1],
  ["PUT", ["succeeded"], 2],
])("a gateway that ends while a %s is under way leaves the step %j", async (method, expected, requests) => {
  const steps = [{ id: "call", name: "Call", type: "http", method, url: origin }];
  await send("PUT", "/v1/workflows/tried", { steps });
  answer = () => undefined;
  const arrived = new Promise((resolve) => {
    heard = resolve;
  });
  const { id } = await send("POST", "/v1/workflows/tried/executions", { inputs: {} });
  await arrived;
  const { ports, core } = gateway.parts;
  core.stop();
  const next = createCore({
    ...{ ports, directory: createDirectory(ports), onBuildEnded: async () => undefined },
    workflows: (hub) => outsideOf({ ports, hub, publicUrl: "http://localhost" }),
  });
  answer = (_, response) => response.end("ok");
  await next.start();
  const { run: made } = await ended(id);
  next.stop();
  expect([made.steps[0].status]).toEqual(expected);
  expect(seen.length).toBe(requests);
});

test.each([
  ["is cancelled", { cancel: true }, "cancelled", "cancelled"],
  ["runs out of its time", { timeout: "5s" }, "timed_out", "cancelled"],
  ["has all it needs of a race", { race: true }, "succeeded", "cancelled"],
])("a run that %s breaks off the request that is under way", async (_, how, status, step) => {
  const call = { id: "call", name: "Call", type: "http", method: "POST", url: origin, timeout: "10m" };
  const nap = { id: "nap", name: "Nap", type: "wait", duration: "1s" };
  const branches = [call, nap].map((one) => ({ name: one.id, steps: [one] }));
  const race = { id: "race", name: "Race", type: "parallel", join: "any", branches };
  const { cancel = false, timeout = "1d" }: { cancel?: boolean; timeout?: string; race?: boolean } = how;
  await send("PUT", "/v1/workflows/tried", { timeout, steps: ["race" in how ? race : call] });
  const arrived = new Promise((resolve) => {
    heard = resolve;
  });
  const left = new Promise((resolve) => {
    answer = (_, response) => response.on("close", () => resolve(response.writableFinished));
  });
  const { id } = await send("POST", "/v1/workflows/tried/executions", { inputs: {} });
  await arrived;
  if (cancel) await send("POST", `/v1/executions/${id}/cancel`, {});
  else await gateway.parts.clock.advance(5000);
  expect(await left).toBe(false);
  const made = await ended(id);
  const ends = Object.fromEntries(
    made.run.steps.map((one: { id: string; status: string }) => [one.id, one.status]),
  );
  expect([made.status, ends.call]).toEqual([status, step]);
});
