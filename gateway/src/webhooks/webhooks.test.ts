import { hmacByDefault } from "@pulse/schema/wire/webhooks";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { TestGateway } from "../runners/gateway.suite.ts";
import { forgetDeliveries } from "./forget.ts";
import { signedSample } from "./sample.ts";
import { startLeft } from "./start-delivery.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
  await gateway.addFunction("hello");
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const secret = "pulse-test-secret";
const filled = (expression: string) => `\${{ ${expression} }}`;
const json = { "content-type": "application/json" };
const send = async (method: string, path: string, body?: unknown) => {
  const given = body === undefined ? {} : { headers: json, body: JSON.stringify(body) };
  const response = await gateway.call(path, { method, ...given });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
};
const get = async (path: string) => (await send("GET", path)).body;

async function make(change: Record<string, unknown> = {}) {
  const body = { name: "push", provider: "github", secret, target: { function: "hello" }, ...change };
  const made = await send("POST", "/v1/webhooks", body);
  expect([made.status, made.body]).toEqual([201, expect.anything()]);
  return made.body as { id: string; secret?: string; url: string };
}

interface Delivery {
  id?: string;
  payload?: unknown;
  secret?: string;
  event?: string;
  provider?: "github" | "standard" | "hmac" | "slack" | "stripe";
}

async function deliver(hook: { id: string }, change: Delivery = {}, headers: Record<string, string> = {}) {
  const { headers: list, body } = await signedSample({
    ...{ provider: change.provider ?? "github", hmac: null, secret: change.secret ?? secret },
    ...{ id: change.id ?? "d-1", event: change.event ?? "push", payload: change.payload },
    now: gateway.parts.clock.now(),
  });
  const response = await gateway.send(`/hooks/${hook.id}`, {
    ...{ method: "POST", body, headers: { ...Object.fromEntries(list), ...headers } },
  });
  const text = await response.text();
  const isJson = (response.headers.get("content-type") ?? "").includes("json");
  return { status: response.status, body: isJson ? JSON.parse(text) : text };
}

const log = async () => (await get("/v1/webhooks/push/deliveries")).items;
const executions = async () => (await get("/v1/executions")).items;

test("a signed delivery starts its function with the request as it came, and the same one again is the same one", async () => {
  const hook = await make();
  const first = await deliver(hook, {}, { "x-gitlab-token": "not-to-be-kept", cookie: "a=b" });
  const { executionId } = first.body;
  expect(first).toEqual({
    status: 202,
    body: {
      status: "accepted",
      delivery: expect.stringMatching(/^dlv_/),
      executionId: expect.stringMatching(/^exe_/),
    },
  });
  expect(await deliver(hook)).toEqual({ status: 200, body: { ...first.body, status: "duplicate" } });
  expect(await executions()).toMatchObject([{ id: executionId, name: "hello" }]);
  expect(await get(`/v1/executions/${executionId}`)).toMatchObject({
    trigger: { type: "webhook", webhook: "push", provider: "github", event: "push", deliveryId: "d-1" },
  });
  const shown = await get(`/v1/webhooks/push/deliveries/${first.body.delivery}`);
  expect(shown).toMatchObject({
    status: "started",
    executionId,
    executionStatus: "queued",
    deliveryId: "d-1",
  });
  expect(JSON.parse(shown.body)).toMatchObject({ ref: "refs/heads/main" });
  expect(shown.headers.map(([name]: [string]) => name)).toContain("x-github-delivery");
  expect(JSON.stringify(shown)).not.toMatch(/not-to-be-kept|x-hub-signature/);
});

test.each([
  ["github", { "x-hub-signature": "sha1=kept-signature" }],
  ["standard", { "webhook-signature-2": "kept-signature" }],
  ["stripe", {}],
  ["slack", {}],
  ["hmac", {}],
] as const)(
  "what proves a delivery of %s is kept nowhere, and a test of it makes none",
  async (provider, more) => {
    const key = provider === "standard" ? `whsec_${btoa(secret.repeat(2))}` : secret;
    const hmac = provider === "hmac" ? { hmac: { header: "X-Proven-By" } } : {};
    const hook = await make({ provider, secret: key, ...hmac });
    const { body } = await send("POST", "/v1/webhooks/push/test", {});
    const { headers, body: bytes } = await signedSample({
      ...{
        provider,
        hmac: provider === "hmac" ? { ...hmacByDefault, header: "x-proven-by" } : null,
        secret: key,
      },
      ...{ id: "d-1", event: "push", payload: { id: "d-1", n: 1 }, now: gateway.parts.clock.now() },
    });
    const init = { method: "POST", body: bytes, headers: { ...Object.fromEntries(headers), ...more } };
    expect((await gateway.send(`/hooks/${hook.id}`, init)).status).toBe(202);
    const { rows } = await gateway.parts.ports.database.client.execute(
      "SELECT headers FROM webhook_deliveries",
    );
    expect(rows).toHaveLength(2);
    expect(JSON.stringify(rows)).not.toMatch(/signature|proven-by/i);
    const names = (await get(`/v1/webhooks/push/deliveries/${body.delivery}`)).headers.map(
      ([name]: [string]) => name,
    );
    expect(names).toContain("content-type");
  },
);

test("an address tells nothing of itself before a signature was right, and counts what it refused", async () => {
  const key = `whsec_${btoa(secret.repeat(2))}`;
  const hook = await make({ provider: "standard", secret: key, maxBytes: 1024 });
  const proof = {
    "webhook-id": "msg_1",
    "webhook-timestamp": String(Math.floor(gateway.parts.clock.now() / 1000)),
    "webhook-signature": `v1,${btoa("x".repeat(32))}`,
  };
  const told = async (id: string, headers: Record<string, string>, body = "{}") => {
    const response = await gateway.send(`/hooks/${id}`, {
      method: "POST",
      body,
      headers: { ...json, ...headers },
    });
    const { status, code, detail } = await response.json();
    return { status, code, detail };
  };
  for (const [headers, body] of [
    [{ ...proof, "webhook-id": "a.b" }],
    [{ ...proof, "webhook-timestamp": "yesterday" }],
    [{ ...proof, "content-encoding": "gzip" }],
    [proof, "x".repeat(4000)],
  ] as const) {
    const there = await told(hook.id, headers, body);
    expect(there).toMatchObject({ status: 401, code: "invalid_signature" });
    expect(there).toEqual(await told("hook_00000000000000000000000000", headers, body));
  }
  await settle();
  expect(await get("/v1/webhooks/push")).toMatchObject({ refused: { count: 4 } });
});

test("another body under a known id is refused, and what is not signed leaves nothing but a count", async () => {
  const hook = await make();
  await deliver(hook);
  const other = await deliver(hook, { payload: { other: true } });
  expect([other.status, other.body.code]).toEqual([409, "delivery_id_conflict"]);
  const bad = await deliver(hook, { id: "d-2", secret: "another-secret" });
  const nowhere = await deliver({ id: "hook_00000000000000000000000000" }, { id: "d-2" });
  const told = ({ status, body: { code, detail, title } }: typeof bad) => ({ status, code, detail, title });
  expect(told(bad)).toEqual(told(nowhere));
  expect(told(bad)).toMatchObject({ status: 401, code: "invalid_signature" });
  await settle();
  expect(await get("/v1/webhooks/push")).toMatchObject({ refused: { count: 1 } });
  expect(await log()).toHaveLength(1);
  expect(await executions()).toHaveLength(1);
});

test("many deliveries of one id at once start one execution", async () => {
  const hook = await make();
  const all = await Promise.all(Array.from({ length: 10 }, () => deliver(hook)));
  expect(all.filter(({ status }) => status === 202)).toHaveLength(1);
  expect(await executions()).toHaveLength(1);
});

test("a workflow is started with inputs from the payload, and only for what the filter lets through", async () => {
  await send("PUT", "/v1/workflows/release", {
    inputs: { branch: { type: "string", required: true }, count: { type: "integer" } },
    steps: [{ name: "Ask", type: "prompt", message: "Go on?" }],
  });
  const inputs = {
    branch: filled("payload.ref.replace('refs/heads/', '')"),
    count: filled("payload.commits.length"),
  };
  const hook = await make({
    target: { workflow: "release", inputs },
    filter: "event === 'push' && payload.ref === 'refs/heads/main'",
  });
  const push = (id: string, ref: unknown) => deliver(hook, { id, payload: { ref, commits: [1, 2] } });
  const { body } = await push("d-1", "refs/heads/main");
  const run = await get(`/v1/executions/${body.executionId}`);
  expect(run).toMatchObject({
    ...{ kind: "workflow", name: "release", run: { inputs: { branch: "main", count: 2 } } },
    trigger: { type: "webhook", delivery: body.delivery },
  });
  expect((await push("d-2", "refs/heads/other")).body).toMatchObject({
    status: "filtered",
    executionId: null,
  });
  expect((await deliver(hook, { id: "d-3", event: "ping" })).body).toMatchObject({ status: "filtered" });
  expect((await push("d-4", 7)).status).toBe(202);
  expect((await log()).map(({ status }: { status: string }) => status).sort()).toEqual([
    ...["filtered", "filtered", "filtered", "started"],
  ]);
});

test("inputs that the workflow does not take are a delivery that failed and says why", async () => {
  await send("PUT", "/v1/workflows/release", {
    inputs: { branch: { type: "string", required: true } },
    steps: [{ name: "Ask", type: "prompt", message: "Go on?" }],
  });
  const hook = await make({ target: { workflow: "release" } });
  expect(await deliver(hook)).toMatchObject({ status: 202, body: { status: "accepted", executionId: null } });
  expect(await log()).toMatchObject([
    { status: "failed", executionId: null, error: expect.stringContaining("branch") },
  ]);
  await send("PATCH", "/v1/webhooks/push", {
    target: { workflow: "release", inputs: { branch: filled("payload.ref") } },
  });
  const [{ id }] = await log();
  const again = await send("POST", `/v1/webhooks/push/deliveries/${id}/resend`);
  expect(again).toMatchObject({ status: 202, body: { status: "started", resendOf: id } });
});

test("what cannot be started now is started later, once, by whoever comes to it", async () => {
  await send("PUT", "/v1/workflows/release", { steps: [{ name: "Ask", type: "prompt", message: "Go on?" }] });
  const hook = await make({ target: { workflow: "release" } });
  const { client } = gateway.parts.ports.database;
  // As when the process ended between its answer and the start.
  await deliver(hook, { id: "d-1" });
  const [{ id, executionId }] = await log();
  await client.execute({ sql: "UPDATE webhook_deliveries SET status = 'waiting' WHERE id = ?", args: [id] });
  for (const table of ["workflow_events", "workflow_runs"]) {
    await client.execute({ sql: `DELETE FROM ${table} WHERE execution_id = ?`, args: [executionId] });
  }
  await client.execute({ sql: "DELETE FROM executions WHERE id = ?", args: [executionId] });
  const { ports, hub, config } = gateway.parts.deps;
  const deps = { ports, hub, publicUrl: config.publicUrl };
  await startLeft(deps);
  expect(await executions()).toEqual([]);
  await gateway.parts.clock.advance(61_000);
  await Promise.all([startLeft(deps), startLeft(deps)]);
  expect(await log()).toMatchObject([{ status: "started", executionId, tries: 2 }]);
  expect(await executions()).toMatchObject([{ id: executionId }]);
  // As when it ended between the start and the note of it.
  await client.execute("UPDATE webhook_deliveries SET status = 'waiting', next_at = 0");
  await startLeft(deps);
  expect(await executions()).toHaveLength(1);
  expect(await log()).toMatchObject([{ status: "started", executionId }]);
});

test("a function whose start was not noted is not started twice", async () => {
  const hook = await make();
  const { body } = await deliver(hook);
  await gateway.parts.ports.database.client.execute(
    "UPDATE webhook_deliveries SET status = 'waiting', next_at = 0",
  );
  const { ports, hub, config } = gateway.parts.deps;
  await startLeft({ ports, hub, publicUrl: config.publicUrl });
  expect(await log()).toMatchObject([{ status: "started", executionId: body.executionId }]);
  expect(await executions()).toHaveLength(1);
});

test("while a secret is rotated both count, then the new one alone", async () => {
  const hook = await make();
  const { status, body } = await send("POST", "/v1/webhooks/push/rotate", { overlap: "1h" });
  expect([status, typeof body.secret]).toEqual([200, "string"]);
  expect((await deliver(hook, { id: "a" })).status).toBe(202);
  expect((await deliver(hook, { id: "b", secret: body.secret })).status).toBe(202);
  await gateway.parts.clock.advance(3_601_000);
  expect((await deliver(hook, { id: "c" })).status).toBe(401);
  expect((await deliver(hook, { id: "d", secret: body.secret })).status).toBe(202);
  await send("POST", "/v1/webhooks/push/rotate", { secret: "another-secret", overlap: "0s" });
  expect((await deliver(hook, { id: "e", secret: body.secret })).status).toBe(401);
  expect((await deliver(hook, { id: "f", secret: "another-secret" })).status).toBe(202);
});

test("the next delivery is captured, the one after it runs, and the captured one can be sent again", async () => {
  const hook = await make();
  await send("POST", "/v1/webhooks/push/capture");
  const caught = await deliver(hook, { id: "a" });
  expect(caught.body).toMatchObject({ status: "captured", executionId: null });
  expect((await deliver(hook, { id: "b" })).body.status).toBe("accepted");
  expect((await send("POST", `/v1/webhooks/push/deliveries/${caught.body.delivery}/resend`)).status).toBe(
    202,
  );
  expect(await executions()).toHaveLength(2);
});

test("everything since a time is sent again in its order, and resends are not", async () => {
  const hook = await make();
  const { clock } = gateway.parts;
  for (const id of ["a", "b", "c"]) {
    await deliver(hook, { id });
    await clock.advance(1000);
  }
  const since = new Date(clock.now() - 2000).toISOString();
  const first = await send("POST", "/v1/webhooks/push/resend", { since, limit: 1 });
  expect([first.status, first.body.items.map((one: { deliveryId: string }) => one.deliveryId)]).toEqual([
    202,
    ["b"],
  ]);
  const { nextCursor: cursor } = first.body;
  const rest = await send("POST", "/v1/webhooks/push/resend", { since, limit: 10, cursor });
  expect(rest.body.items.map((one: { deliveryId: string }) => one.deliveryId)).toEqual(["c"]);
  expect(rest.body.nextCursor).toBeNull();
  expect(await executions()).toHaveLength(5);
});

test("Slack's word is given back only when it is signed, and a command is answered without words", async () => {
  const hook = await make({ provider: "slack" });
  const payload = { type: "url_verification", challenge: "3eZbrw1a" };
  expect(await deliver(hook, { provider: "slack", payload })).toEqual({ status: 200, body: "3eZbrw1a" });
  expect((await deliver(hook, { provider: "slack", payload, secret: "another-secret" })).status).toBe(401);
  const form = await deliver(
    hook,
    { provider: "slack", payload: "x" },
    { "content-type": "application/x-www-form-urlencoded" },
  );
  expect(form).toEqual({ status: 200, body: "" });
  expect(await executions()).toHaveLength(1);
});

test("bodies that are too large, encoded or not UTF-8 are refused", async () => {
  const hook = await make({ maxBytes: 2048 });
  expect((await deliver(hook, { payload: "x".repeat(3000) })).status).toBe(413);
  expect((await deliver(hook, {}, { "content-encoding": "gzip" })).status).toBe(415);
  expect((await deliver(hook, {}, { "content-type": "application/json; charset=utf-16" })).status).toBe(415);
  expect(await log()).toEqual([]);
});

test("a sender who sends too often is told so, badly signed requests take nothing of its rate", async () => {
  const hook = await make({ perMinute: 2 });
  for (let i = 0; i < 5; i++)
    expect((await deliver(hook, { id: `x${i}`, secret: "another-one" })).status).toBe(401);
  const statuses: number[] = [];
  for (const id of ["a", "b", "c"]) statuses.push((await deliver(hook, { id })).status);
  expect(statuses).toEqual([202, 202, 429]);
});

test("a flood of badly signed requests is braked and counted to its limit, and stops no delivery that is signed", async () => {
  const hook = await make();
  const forged = {
    method: "POST",
    body: "{}",
    headers: { "x-hub-signature-256": `sha256=${"0".repeat(64)}` },
  };
  const statuses: number[] = [];
  for (let i = 0; i < 601; i++) statuses.push((await gateway.send(`/hooks/${hook.id}`, forged)).status);
  expect([statuses[0], statuses[600], new Set(statuses)]).toEqual([401, 429, new Set([401, 429])]);
  const braked = await gateway.send(`/hooks/${hook.id}`, forged);
  expect(Number(braked.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await deliver(hook)).status).toBe(202);
  await settle();
  const { refused } = await get("/v1/webhooks/push");
  expect(refused.count).toBeLessThanOrEqual(600);
  expect(await log()).toHaveLength(1);
});

test.each([
  ["an empty secret", { secret: "" }, "/secret"],
  ["no secret where only the provider makes them", { provider: "stripe", secret: undefined }, "/secret"],
  ["a secret of another form", { provider: "standard" }, "/secret"],
  ["a filter that cannot be read", { filter: "payload.ref ===" }, "/filter"],
  ["a filter with a name that is not there", { filter: "process.env" }, "/filter"],
  ["a function that is not there", { target: { function: "nope" } }, "/target/function"],
  ["a workflow that is not there", { target: { workflow: "nope" } }, "/target/workflow"],
  [
    "a template that cannot be read",
    { target: { function: "hello", input: { a: filled("secrets.x") } } },
    "/target/input/a",
  ],
  ["settings of another provider", { hmac: { header: "x-a" } }, "/hmac"],
  ["a name that is a path", { name: "../admin" }, "/name"],
])("a webhook with %s is not made", async (_, change, pointer) => {
  const body = { name: "push", provider: "github", secret, target: { function: "hello" }, ...change };
  const { status, body: problem } = await send("POST", "/v1/webhooks", body);
  expect([status, problem.errors?.[0]?.pointer]).toEqual([422, pointer]);
  expect((await get("/v1/webhooks")).items).toEqual([]);
});

test("a secret is never shown but when it was made, and is sealed in the database", async () => {
  const given = await make();
  expect(given.secret).toBeUndefined();
  const made = await make({ name: "other", secret: undefined });
  expect(made.secret).toMatch(/^[0-9a-f]{64}$/);
  const list = JSON.stringify(await get("/v1/webhooks"));
  const setup = await get("/v1/webhooks/other/setup");
  expect(setup.text).toContain(made.url);
  const { rows } = await gateway.parts.ports.database.client.execute("SELECT * FROM webhooks");
  for (const text of [list, JSON.stringify(rows), JSON.stringify(setup)]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(made.secret);
  }
  const { rows: sealed } = await gateway.parts.ports.database.client.execute(
    "SELECT count(*) AS n FROM secrets WHERE kind = 'webhook'",
  );
  expect(Number(sealed[0]?.n)).toBe(2);
});

test.each(["github", "gitea", "forgejo", "gitlab", "gitlab-token", "stripe", "slack", "standard", "hmac"])(
  "a sample of %s is signed as it would, and runs",
  async (provider) => {
    const own = provider === "stripe" || provider === "slack" ? { secret } : { secret: undefined };
    await make({ provider, ...own });
    const { status, body } = await send("POST", "/v1/webhooks/push/test", {});
    expect([status, body]).toEqual([202, expect.objectContaining({ status: "accepted" })]);
    expect(await log()).toMatchObject([{ status: "started" }]);
  },
);

test("a deleted webhook is gone with its secret and its deliveries", async () => {
  const hook = await make();
  await deliver(hook);
  expect((await send("DELETE", "/v1/webhooks/push")).status).toBe(204);
  expect((await deliver(hook, { id: "d-2" })).status).toBe(401);
  const count = async (sql: string) =>
    Number((await gateway.parts.ports.database.client.execute(sql)).rows[0]?.n);
  expect(await count("SELECT count(*) AS n FROM webhook_deliveries")).toBe(0);
  expect(await count("SELECT count(*) AS n FROM secrets WHERE kind = 'webhook' AND sealed IS NOT NULL")).toBe(
    0,
  );
});

test("a disabled webhook takes nothing", async () => {
  const hook = await make();
  await send("PATCH", "/v1/webhooks/push", { enabled: false });
  expect((await deliver(hook)).status).toBe(409);
  expect((await deliver(hook, { secret: "another-secret" })).status).toBe(401);
  expect(await log()).toEqual([]);
});

test("requests go with the project's payloads and deliveries with its executions, but are known for 72 hours", async () => {
  const hook = await make();
  const { delivery } = (await deliver(hook)).body;
  const { ports, clock } = gateway.parts;
  const hours = (n: number) => clock.advance(n * 3_600_000);
  await send("PATCH", "/v1/retention", { executions: "1d", payloads: "1d", logs: "1d" });
  await hours(23);
  await forgetDeliveries(ports);
  expect((await get(`/v1/webhooks/push/deliveries/${delivery}`)).body).not.toBeNull();
  await hours(2);
  await forgetDeliveries(ports);
  expect(await get(`/v1/webhooks/push/deliveries/${delivery}`)).toMatchObject({ body: null, headers: [] });
  expect((await send("POST", `/v1/webhooks/push/deliveries/${delivery}/resend`)).status).toBe(410);
  expect((await deliver(hook)).body.status).toBe("duplicate");
  await hours(48);
  await forgetDeliveries(ports);
  expect(await log()).toEqual([]);
});
