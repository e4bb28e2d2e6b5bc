import { hmacByDefault } from "@pulse/schema/wire/webhooks";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { TestGateway } from "../runners/gateway.suite.ts";
import { signedSample } from "./sample.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const filled = (expression: string) => `\${{ ${expression} }}`;
const send = async (method: string, path: string, body?: unknown) => {
  const headers = { "content-type": "application/json" };
  const given = body === undefined ? {} : { headers, body: JSON.stringify(body) };
  const response = await gateway.call(path, { method, ...given });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
};
const get = async (path: string) => (await send("GET", path)).body;
const steps = [{ name: "end", type: "stop", status: "succeeded" }];
const inputs = { commit: { type: "string", required: true } };
const outputs = { commit: "inputs.commit" };
const push = {
  ...{ type: "webhook", id: "push", provider: "github" },
  ...{ match: "event === 'push'", inputs: { commit: filled("payload.after") } },
};
const save = async (...triggers: unknown[]) =>
  send("PUT", "/v1/workflows/deploy", { inputs, outputs, steps, triggers });

async function deliver(
  hook: { id: string; secret: string },
  { provider = "github" as "github" | "hmac", ...more }: Record<string, unknown> = {},
) {
  const { headers, body } = await signedSample({
    ...{ provider: provider as "github", hmac: provider === "hmac" ? hmacByDefault : null },
    ...{ secret: hook.secret, id: "d-1", event: "push", payload: { after: "f00" }, ...more },
    now: gateway.parts.clock.now(),
  });
  const init = { method: "POST", body, headers: Object.fromEntries(headers) };
  const response = await gateway.send(`/hooks/${hook.id}`, init);
  return { status: response.status, body: await response.json() };
}

test("a webhook trigger is an address whose secret the save shows once, and what is signed with it starts the workflow", async () => {
  const made = await save(push);
  expect([made.status, made.body.webhooks]).toEqual([
    201,
    [
      {
        ...{ trigger: "push", name: "deploy:push", provider: "github", enabled: true },
        id: expect.stringMatching(/^hook_/),
        url: expect.stringMatching(/\/hooks\/hook_/),
        secret: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ],
  ]);
  const [hook] = made.body.webhooks;
  expect(await deliver(hook, { id: "d-0", event: "ping" })).toMatchObject({ body: { status: "filtered" } });
  const { status, body } = await deliver(hook);
  expect([status, body.status]).toEqual([202, "accepted"]);
  await settle();
  expect(await get(`/v1/executions/${body.executionId}/result`)).toEqual({ commit: "f00" });
  expect(await get("/v1/webhooks/deploy:push")).toMatchObject({
    ...{ filter: "event === 'push'", trigger: { workflow: "deploy", id: "push" } },
    target: { workflow: "deploy", inputs: { commit: filled("payload.after") } },
  });
});

test("without a provider it is a generic HMAC, and one that makes its secrets itself takes nothing until it is given", async () => {
  const { body } = await save(
    { type: "webhook", inputs: { commit: filled("payload.after") } },
    { ...push, id: "pay", provider: "stripe", match: "true" },
  );
  const [own, stripe] = body.webhooks;
  expect([own.trigger, own.provider, stripe.secret]).toEqual(["webhook-1", "hmac", undefined]);
  expect((await deliver(own, { provider: "hmac" })).status).toBe(202);
  expect((await deliver({ ...stripe, secret: "whsec_a-guess" }, { provider: "stripe" })).status).toBe(401);
  const given = { secret: "whsec_of-the-provider", overlap: "0s" };
  expect((await send("POST", "/v1/webhooks/deploy:pay/rotate", given)).status).toBe(200);
  expect((await deliver({ ...stripe, ...given }, { provider: "stripe" })).status).toBe(202);
});

test("a save keeps its address, its secret and its log; another provider is another address, and without it none is left", async () => {
  const [first] = (await save(push)).body.webhooks;
  await deliver(first);
  const again = await save({ ...push, match: "event === 'release'" });
  const { secret: _, ...kept } = first;
  expect(again.body.webhooks).toEqual([kept]);
  expect((await save({ ...push, match: "event === 'release'" })).body.webhooks).toEqual([kept]);
  expect(await deliver(first, { id: "d-2" })).toMatchObject({ body: { status: "filtered" } });
  expect((await get("/v1/webhooks/deploy:push/deliveries")).items).toHaveLength(2);
  const [other] = (await save({ ...push, provider: "gitea" })).body.webhooks;
  expect(other.id).not.toBe(first.id);
  expect((await deliver(first, { id: "d-3" })).status).toBe(401);
  await save();
  expect((await get("/v1/webhooks")).items).toEqual([]);
  expect(await rowsLeft()).toEqual([0, 0]);
});

test("it is disabled and enabled by hand, and what it starts is changed with the workflow alone", async () => {
  const [hook] = (await save(push)).body.webhooks;
  const at = "/v1/webhooks/deploy:push";
  expect((await send("PATCH", at, { enabled: false, perMinute: 7 })).status).toBe(200);
  expect((await save({ ...push, match: "true" })).body.webhooks).toMatchObject([{ enabled: false }]);
  expect(await get(at)).toMatchObject({ perMinute: 7, filter: "true" });
  expect((await deliver(hook)).body).toMatchObject({ code: "conflict" });
  expect((await save({ ...push, enabled: false })).body.webhooks).toMatchObject([{ enabled: false }]);
  expect((await save(push)).body.webhooks).toMatchObject([{ enabled: true }]);
  expect((await send("PATCH", at, { filter: "true" })).body).toMatchObject({ code: "conflict" });
  expect((await send("DELETE", at)).body).toMatchObject({ code: "conflict" });
});

test("a workflow that is deleted takes its addresses, their secrets and their log with it", async () => {
  const [hook] = (await save(push)).body.webhooks;
  await deliver(hook);
  expect((await send("DELETE", "/v1/workflows/deploy")).status).toBe(204);
  expect((await deliver(hook)).status).toBe(401);
  expect(await rowsLeft()).toEqual([0, 0]);
});

test.each([
  ["/triggers/0/provider", { provider: "myspace" }],
  ["/triggers/0/auth", { auth: "none" }],
  ["/triggers/0/match", { match: "inputs.commit" }],
  ["/triggers/0/inputs/commit", { inputs: { commit: filled("vars.commit") } }],
])("a webhook trigger that means nothing is refused at %s", async (pointer, change) => {
  const { status, body } = await save({ ...push, ...change });
  expect([status, body.findings[0].pointer]).toEqual([422, pointer]);
});

async function rowsLeft(): Promise<number[]> {
  const { client } = gateway.parts.ports.database;
  const count = async (sql: string) => Number((await client.execute(sql)).rows[0]?.n);
  return [
    await count("SELECT count(*) AS n FROM webhook_deliveries"),
    await count("SELECT count(*) AS n FROM secrets WHERE kind = 'webhook' AND sealed IS NOT NULL"),
  ];
}

test("a name is the address's wherever its trigger stands; with an id it is renamed, without one it is another", async () => {
  const mine = { ...push, id: undefined, name: "main" };
  const other = { ...push, id: "rest", name: "others" };
  const [main, rest] = (await save(mine, other)).body.webhooks;
  expect([main.name, rest.name]).toEqual(["deploy:main", "deploy:others"]);
  const again = (
    await save({ type: "cron", cron: "0 3 * * *", name: "main", inputs: { commit: "x" } }, other, mine)
  ).body;
  expect(again.webhooks.map(({ id, name }: { id: string; name: string }) => [id, name])).toEqual([
    [rest.id, "deploy:others"],
    [main.id, "deploy:main"],
  ]);
  expect((await get("/v1/schedules")).items).toMatchObject([{ name: "deploy:main" }]);
  // Two that have ids change their names for each other's.
  const one = { ...push, id: "one", name: "a" };
  const two = { ...push, id: "two", name: "b" };
  const [a, b] = (await save(one, two)).body.webhooks;
  const swapped = (await save({ ...one, name: "b" }, { ...two, name: "a" })).body;
  expect([swapped.webhooks[0].id, swapped.webhooks[1].id, swapped.goneWebhooks]).toEqual([a.id, b.id, []]);
  expect(await get("/v1/webhooks/deploy:b")).toMatchObject({ id: a.id });
  expect((await deliver(a)).status).toBe(202);
  const renamed = (await save({ ...push, id: undefined, name: "new" }, { ...two, name: "a" })).body;
  expect(renamed.goneWebhooks).toEqual(["deploy:b"]);
  expect((await deliver(a, { id: "d-2" })).status).toBe(401);
});

test.each([
  [
    "/triggers/1/name",
    "duplicate",
    [
      { ...push, name: "a" },
      { ...push, id: "b", name: "a" },
    ],
  ],
  ["/triggers/1/name", "duplicate", [push, { ...push, id: undefined, name: "push" }]],
  ["/triggers/0/name", "bad_name", [{ ...push, name: "Two words" }]],
])("names of triggers are unique and names at %s", async (pointer, code, triggers) => {
  const { status, body } = await save(...triggers);
  expect([status, body.findings]).toMatchObject([422, [{ pointer, code }]]);
});

test("a run sees what started it as a function does: all of the delivery but credentials, and the trigger", async () => {
  const definition = {
    ...{ triggers: [{ type: "webhook", id: "push", provider: "github" }], steps },
    outputs: { event: "event", trigger: "execution.trigger" },
  };
  const { body } = await send("PUT", "/v1/workflows/deploy", definition);
  const [hook] = body.webhooks;
  const { headers, body: sent } = await signedSample({
    ...{ provider: "github", hmac: null, secret: hook.secret, id: "d-7", event: "push" },
    ...{ payload: { after: "f00" }, now: gateway.parts.clock.now() },
  });
  const own = { "x-api-key": "opensesame", "x-shop-token": "opensesame", "x-shop": "seven" };
  const init = { method: "POST", body: sent, headers: { ...Object.fromEntries(headers), ...own } };
  const answer = await (await gateway.send(`/hooks/${hook.id}`, init)).json();
  await settle();
  const { event, trigger } = await get(`/v1/executions/${answer.executionId}/result`);
  expect(event).toMatchObject({
    ...{ payload: { after: "f00" }, event: "push", delivery: { id: "d-7" } },
    webhook: { id: hook.id, name: "deploy:push", provider: "github" },
  });
  expect([event.headers["x-github-event"], event.headers["x-shop"]]).toEqual(["push", "seven"]);
  expect(JSON.stringify(event)).not.toMatch(/opensesame|sha256=/);
  expect(trigger).toEqual((await get(`/v1/executions/${answer.executionId}`)).trigger);
  expect(trigger).toMatchObject({ type: "webhook", webhook: "deploy:push", delivery: answer.delivery });
  // What is too large for an event is for the trigger's inputs alone.
  const large = await deliver(hook, { payload: { text: "x".repeat(300_000) } });
  await settle();
  const { body: kept } = await send("GET", `/v1/executions/${large.body.executionId}/result`);
  expect([kept.event.payload, kept.event.event]).toEqual([null, "push"]);
  const again = await send("POST", `/v1/executions/${answer.executionId}/replay`, {});
  await gateway.parts.clock.advance(10);
  expect((await get(`/v1/executions/${again.body.id}/result`)).event).toEqual(event);
});
