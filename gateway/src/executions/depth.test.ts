import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { TestGateway } from "../runners/gateway.suite.ts";
import { signedSample } from "../webhooks/sample.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
  await gateway.addFunction("hello");
  await send("PUT", "/v1/workflows/note", { steps: [{ name: "Note", type: "set", set: {} }] });
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

async function send(method: string, path: string, body: unknown, depth?: number) {
  const headers = {
    "content-type": "application/json",
    ...(depth === undefined ? {} : { "pulse-depth": String(depth) }),
  };
  const response = await gateway.call(path, { method, headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

const rows = async (sql: string) => (await gateway.parts.ports.database.client.execute(sql)).rows;
/** How deep an execution lies. */
const depthOf = async (id: string) => {
  const [row] = await rows(
    `SELECT coalesce((SELECT depth FROM workflow_runs WHERE execution_id = e.id), e.job ->> '$.spec.depth') AS depth
     FROM executions AS e WHERE e.id = '${id}'`,
  );
  return Number(row?.depth);
};
const tooDeep = { status: 508, body: expect.objectContaining({ code: "loop_detected" }) };

async function webhook(name: string, target: object): Promise<string> {
  const body = { name, provider: "github", secret: "pulse-test-secret", target };
  return (await send("POST", "/v1/webhooks", body)).body.id;
}

async function deliver(hook: string, id: string, depth: number) {
  const { headers, body } = await signedSample({
    ...{ provider: "github", hmac: null, secret: "pulse-test-secret", id, event: "push", payload: undefined },
    now: gateway.parts.clock.now(),
  });
  const given = { ...Object.fromEntries(headers), "pulse-depth": String(depth) };
  const response = await gateway.send(`/hooks/${hook}`, { method: "POST", body, headers: given });
  return { status: response.status, body: await response.json() };
}

test.each([
  ["a function", { function: "hello" }],
  ["a workflow", { workflow: "note", inputs: {} }],
])("what a delivery starts lies as deep as the call that sent it: %s", async (_what, target) => {
  const hook = await webhook("push", target);
  expect(await deliver(hook, "d-1", 9)).toEqual(tooDeep);
  const { body } = await deliver(hook, "d-2", 8);
  expect(await depthOf(body.executionId)).toBe(8);
  const log = `/v1/webhooks/push/deliveries/${body.delivery}/resend`;
  expect(await send("POST", log, undefined, 9)).toEqual(tooDeep);
  const again = await send("POST", log, undefined, 3);
  expect(await depthOf(again.body.executionId)).toBe(3);
  const tested = await send("POST", "/v1/webhooks/push/test", {}, 4);
  expect(await depthOf(tested.body.executionId)).toBe(4);
});

test("a direct command lies as deep as the call that sent it", async () => {
  const command = { targets: ["all"], command: "true" };
  expect(await send("POST", "/v1/commands", command, 9)).toEqual(tooDeep);
  const { body } = await send("POST", "/v1/commands", command, 5);
  expect(await depthOf(body.id)).toBe(5);
});

test("what is run again lies as deep as the call that asked for it, one by one and many at once", async () => {
  const accepted = await gateway.call("/f/hello", { method: "POST", headers: { prefer: "respond-async" } });
  const { id: call } = await accepted.json();
  const called = await send("POST", `/v1/executions/${call}/replay`, {}, 7);
  expect(await depthOf(called.body.id)).toBe(7);
  const run = (await send("POST", "/v1/workflows/note/executions", {}, 2)).body;
  await gateway.parts.clock.advance(10);
  const path = `/v1/executions/${run.id}/replay`;
  expect(await send("POST", path, {}, 9)).toEqual(tooDeep);
  expect(await depthOf((await send("POST", path, {}, 6)).body.id)).toBe(6);
  expect(await depthOf((await send("POST", path, {})).body.id)).toBe(0);
  await gateway.parts.clock.advance(10);
  const bulk = { filter: { name: "note" }, action: "replay", dryRun: false };
  expect(await send("POST", "/v1/executions/bulk", bulk, 9)).toEqual(tooDeep);
});
