import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { TestGateway } from "../runners/gateway.suite.ts";
import { createDeliveryStore } from "./delivery-store.ts";
import { bodiesMost, forgetDeliveries } from "./forget.ts";
import { webhooksMost } from "./keep-webhook.ts";
import { signedSample } from "./sample.ts";
import { startLeft } from "./start-delivery.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
  await gateway.addFunction("hello");
  const steps = [{ name: "Ask", type: "prompt", message: "Go on?" }];
  expect((await send("PUT", "/v1/workflows/patch", { steps })).status).toBe(201);
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const secret = "pulse-test-secret";
const json = { "content-type": "application/json" };
const send = async (method: string, path: string, body?: unknown) => {
  const given = body === undefined ? {} : { headers: json, body: JSON.stringify(body) };
  const response = await gateway.call(path, { method, ...given });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
};
const client = () => gateway.parts.ports.database.client;

async function make(change: Record<string, unknown> = {}) {
  const body = { name: "push", provider: "github", secret, target: { function: "hello" }, ...change };
  const made = await send("POST", "/v1/webhooks", body);
  expect([made.status, made.body]).toEqual([201, expect.anything()]);
  return made.body as { id: string };
}

async function deliver({ id }: { id: string }, delivery = "d-1", payload: unknown = { a: 1 }) {
  const now = gateway.parts.clock.now();
  const asked = {
    provider: "github" as const,
    hmac: null,
    secret,
    id: delivery,
    event: "push",
    payload,
    now,
  };
  const { headers, body } = await signedSample(asked);
  const given = { method: "POST", body, headers: Object.fromEntries(headers) };
  const response = await gateway.send(`/hooks/${id}`, given);
  return { status: response.status, body: await response.json() };
}

const starting = () => ({
  ports: gateway.parts.ports,
  hub: gateway.parts.core.hub,
  publicUrl: "https://pulse.example.test",
});

const workflow = { workflow: "patch" };
const hello = { function: "hello" };

test.each([
  { name: "a function", from: hello, to: workflow, kind: "function" },
  { name: "a workflow", from: workflow, to: hello, kind: "workflow" },
])(
  "a delivery to $name that waits starts that, whatever its webhook starts by now",
  async ({ from, to, kind }) => {
    const hook = await make({ target: from });
    await deliver(hook);
    // As it was left by a process that ended before it started anything.
    const { rows } = await client().execute("SELECT execution_id FROM webhook_deliveries");
    await client().batch([
      {
        sql: "UPDATE webhook_deliveries SET status = 'waiting', target = ?, next_at = 0, execution_id = ?",
        args: [JSON.stringify(from), kind === "workflow" ? (rows[0]?.execution_id as string) : null],
      },
      "DELETE FROM executions",
      "DELETE FROM workflow_runs",
      "DELETE FROM workflow_events",
      "DELETE FROM prompts",
      "DELETE FROM idempotency",
    ]);
    // What lets through later does not count for what came before.
    const change = { target: to, filter: "payload.a == 2" };
    expect((await send("PATCH", "/v1/webhooks/push", change)).status).toBe(200);
    await startLeft(starting());
    const found = (await send("GET", "/v1/executions")).body.items;
    expect(found).toMatchObject([{ kind, id: expect.stringMatching(/^exe_[0-9a-z]{26}$/) }]);
    const [shown] = (await send("GET", "/v1/webhooks/push/deliveries")).body.items;
    expect(shown).toMatchObject({ status: "started", executionId: found[0].id });
  },
);

test("a delivery that comes while its webhook is deleted is refused as one to no webhook, and none is left", async () => {
  const hook = await make();
  await deliver(hook);
  // The address is known for a moment still.
  await client().execute("DELETE FROM webhooks");
  await client().execute("DELETE FROM webhook_deliveries");
  const refused = await deliver(hook, "d-2");
  expect([refused.status, refused.body.code]).toEqual([401, "invalid_signature"]);
  const { database } = gateway.parts.ports;
  expect(await createDeliveryStore(database).nextAt()).toBeNull();
});

test("what waits and has no webhook any more ends, and is not looked at for ever", async () => {
  const hook = await make();
  await deliver(hook);
  await client().execute("UPDATE webhook_deliveries SET status = 'waiting', next_at = 0");
  await client().execute("DELETE FROM webhooks");
  expect(await startLeft(starting())).toBeNull();
});

test("so many deliveries of a webhook wait, and the next is told to come later", async () => {
  const hook = await make();
  await client().execute({
    sql: `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
      INSERT INTO webhook_deliveries (id, project, webhook_id, delivery_id, depth, body_sha256, status, headers, bytes, received_at, next_at, tries)
      SELECT 'dlv_' || i, 'default', ?, i, 0, '', 'waiting', '[]', 1, 0, 9e15, 1 FROM n`,
    args: [hook.id],
  });
  const refused = await deliver(hook);
  expect([refused.status, refused.body.code]).toEqual([429, "rate_limited"]);
  expect(refused.body.detail).toBe("5000 deliveries of this webhook wait to be started already");
  const other = await make({ name: "other" });
  expect((await deliver(other)).status).toBe(202);
});

test("what people have sent comes under the rate of the webhook too", async () => {
  await make({ perMinute: 2 });
  const test = () => send("POST", "/v1/webhooks/push/test", {});
  const [first] = [await test(), await test()];
  const path = `/v1/webhooks/push/deliveries/${first.body.delivery}/resend`;
  expect((await send("POST", path)).body).toMatchObject({ code: "rate_limited", status: 429 });
});

test("a project has so many webhooks, those of triggers too", async () => {
  await make();
  await client().execute({
    sql: `WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      INSERT INTO webhooks (id, project, name, provider, target, tolerance_ms, max_bytes, per_minute, created_by, created_at, updated_at)
      SELECT 'whk_' || i, project, 'n' || i, provider, target, 1000, 1024, 1, '', 0, 0 FROM webhooks, n WHERE name = 'push'`,
    args: [webhooksMost],
  });
  const body = { name: "more", provider: "github", target: hello };
  const refused = await send("POST", "/v1/webhooks", body);
  expect([refused.status, refused.body.detail]).toEqual([409, "a project has at most 1000 webhooks"]);
  const triggers = [{ id: "pushed", type: "webhook", provider: "github" }];
  const steps = [{ name: "Ask", type: "prompt", message: "Go on?" }];
  expect((await send("PUT", "/v1/workflows/patch", { steps, triggers })).status).toBe(409);
  await send("DELETE", "/v1/webhooks/push");
  expect((await send("PUT", "/v1/workflows/patch", { steps, triggers })).status).toBe(200);
});

test("of the requests that a project keeps the oldest go first, and what they were stays in the log", async () => {
  const hook = await make();
  for (const id of ["d-1", "d-2", "d-3"]) {
    await gateway.parts.clock.advance(10);
    await deliver(hook, id, { text: "x".repeat(1000) });
  }
  const { ports } = gateway.parts;
  await forgetDeliveries(ports, 2500);
  const items = (await send("GET", "/v1/webhooks/push/deliveries")).body.items;
  const bodies = await Promise.all(
    items.map(async ({ id }: { id: string }) => {
      const { body } = await send("GET", `/v1/webhooks/push/deliveries/${id}`);
      return [body.deliveryId, body.body === null];
    }),
  );
  expect(bodies).toEqual([
    ["d-3", false],
    ["d-2", false],
    ["d-1", true],
  ]);
  const again = await send("POST", `/v1/webhooks/push/deliveries/${items[2].id}/resend`);
  expect([again.status, again.body.code]).toEqual([410, "gone"]);
  await forgetDeliveries(ports, bodiesMost);
});

test("what a target gives to what it starts is not longer than what may wait with each tick and delivery", async () => {
  const input = "x".repeat(65_536);
  const refused = await send("POST", "/v1/webhooks", {
    ...{ name: "big", provider: "github", target: { function: "hello", input } },
  });
  expect([refused.status, JSON.stringify(refused.body)]).toEqual([
    422,
    expect.stringContaining("must be at most 65536 bytes as JSON"),
  ]);
});
