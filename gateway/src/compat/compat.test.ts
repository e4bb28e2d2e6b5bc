import * as wire from "@pulse/schema/wire/compat";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createKeyRing } from "../auth/keys.ts";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start({ isCompatible: true });
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const steps = [
  { name: "Cleanup decision", type: "prompt", message: "Delete old backups?", options: ["Yes", "No"] },
];
const send = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  gateway.call(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
const get = async (path: string) => await (await gateway.call(path)).json();
const save = (name = "Cleanup decision", definition: unknown = { steps }) =>
  send("/api/workflows", { name, description: "Asks first", definition });

test("a worker is a runner by its name, and a command on it is one of Pulse's", async () => {
  await HttpRunner.join(gateway, "web-1");
  const [worker, ...others] = wire.oldWorkers.answer?.parse(await get("/api/workers")) ?? [];
  expect(others).toEqual([]);
  expect(worker).toMatchObject({ id: "web-1", name: "web-1", metadata: { pool: "default" } });
  const answer = await send("/api/workers/web-1/command", { command: "uptime", timeout: 1000 });
  expect(answer.status).toBe(200);
  const { success, execution_id: id } = await answer.json();
  expect(success).toBe(true);
  expect(await get(`/v1/commands/${id}`)).toMatchObject({
    asked: { targets: ["name:web-1"], command: "uptime", timeoutMs: 1000 },
  });
  // It runs as a workflow of one step, and is none that anybody wrote.
  expect(await get("/api/executions")).toEqual([]);
  const unknown = await send("/api/workers/web-2/command", { command: "uptime" });
  expect([unknown.status, (await unknown.json()).error]).toEqual([404, "there is no runner web-2"]);
});

test("a workflow is saved, listed, started, asked about and answered in the old words", async () => {
  const saved = await save("Cleanup decision", JSON.stringify({ steps }));
  expect(saved.status).toBe(200);
  const workflow = wire.oldWorkflow.parse(await saved.json());
  expect(workflow).toMatchObject({ id: "cleanup-decision", description: "Asks first" });
  expect(await get("/api/workflows")).toEqual([workflow]);
  expect((await get("/v1/workflows/cleanup-decision")).definition).toEqual({
    description: "Asks first",
    steps,
  });

  const started = await (await send("/api/executions", { workflow_id: "Cleanup decision" })).json();
  expect(started).toEqual({ id: expect.any(String), workflow_id: "cleanup-decision", status: "running" });
  await settle();
  const waiting = wire.oldExecutionWhole.parse(await get(`/api/executions/${started.id}`));
  expect(waiting).toMatchObject({
    id: started.id,
    workflow_id: "cleanup-decision",
    status: "waiting",
    started_by: "admin",
    completed_at: null,
    waiting_for_input: true,
    prompt: { message: "Delete old backups?", options: ["Yes", "No"] },
  });
  const wrong = await send(`/api/executions/${started.id}/respond`, { response: "Maybe" });
  expect([wrong.status, (await wrong.json()).code]).toEqual([422, "invalid_option"]);
  const answered = await send(`/api/executions/${started.id}/respond`, { response: "Yes" });
  expect([answered.status, await answered.json()]).toEqual([200, { success: true }]);
  await settle();
  const ended = wire.oldExecutionWhole.parse(await get(`/api/executions/${started.id}`));
  expect(ended).toMatchObject({ status: "completed", waiting_for_input: false, prompt: null });
  expect(ended.logs.map(({ step, status }) => [step, status])).toEqual([["Cleanup decision", "succeeded"]]);
  const { waiting_for_input: _, prompt: __, logs: ___, ...listed } = ended;
  expect(await get("/api/executions")).toEqual([listed]);
});

test("a step that could not run says why, as a whole and on each worker", async () => {
  await save("Move", {
    steps: [{ name: "Move", type: "execute", targets: ["name:gone"], command: "mv a b" }],
  });
  const { id } = await (await send("/api/executions", { workflow_id: "move" })).json();
  await settle();
  const { status, logs } = wire.oldExecutionWhole.parse(await get(`/api/executions/${id}`));
  expect([status, logs.length]).toEqual(["failed", 1]);
  expect(logs[0]?.error).toMatch(/gone/);
});

test("what is wrong is said in the words of Pulse, and as `error`", async () => {
  await save();
  const cases = [
    [await save(), 409, "there is a workflow cleanup-decision already"],
    [await save("日本"), 422, /has no letter/],
    [await save("other", "[]"), 422, /must be a JSON object/],
    [await save("other", { steps: [{ name: "Nap", type: "sleep" }] }), 422, /steps/],
    [await send("/api/executions", { workflow_id: "unknown" }), 404, /unknown/],
    [await send("/api/executions", {}), 422, /workflow_id/],
    [await gateway.call("/api/executions/none"), 404, /none/],
  ] as const;
  for (const [response, status, error] of cases) {
    const problem = await response.json();
    expect([response.status, problem.error]).toEqual([status, expect.stringMatching(error)]);
    expect(problem.detail).toBe(problem.error);
  }
});

test("what is started goes by the key of its caller, once for an idempotency key, and stands in the audit once", async () => {
  await save();
  const { ports } = gateway.parts;
  const made = { name: "reader", scopes: ["read"], expiresAt: null };
  const { key } = await createKeyRing(ports).create("default", made);
  const body = { workflow_id: "cleanup-decision" };
  const asReader = await gateway.send("/api/executions", {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect([asReader.status, (await asReader.json()).code]).toEqual([403, "forbidden"]);
  const once = { "idempotency-key": "nightly-1" };
  const first = await (await send("/api/executions", body, once)).json();
  const second = await (await send("/api/executions", body, once)).json();
  expect(second).toEqual(first);
  const { items } = await get("/v1/audit?action=workflow.run");
  const done = items.filter((one: { outcome: string }) => one.outcome === "done");
  expect(done).toHaveLength(2);
  expect(done[0].actor).toMatchObject({ kind: "key", name: "admin" });
});

test("nothing of it is served unless it is switched on", async () => {
  const plain = await TestGateway.start();
  const answer = await plain.call("/api/workers");
  expect([answer.status, (await answer.json()).code]).toEqual([404, "not_found"]);
  plain.close();
});

test("a request through it counts once", async () => {
  gateway.close();
  gateway = await TestGateway.start({ isCompatible: true, limits: { perKey: 3, perAddress: null } });
  const statuses = [];
  for (let i = 0; i < 4; i += 1) statuses.push((await gateway.call("/api/workers")).status);
  expect(statuses).toEqual([200, 200, 200, 429]);
});
