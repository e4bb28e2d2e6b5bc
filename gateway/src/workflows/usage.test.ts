import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { TestGateway } from "../runners/gateway.suite.ts";
import { JoinedRunner } from "../runners/joined.suite.ts";

let gateway: TestGateway;
let runner: JoinedRunner;
beforeEach(async () => {
  gateway = await TestGateway.start();
  runner = await JoinedRunner.join(gateway.parts, "web-1");
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const send = (method: string, path: string, body: unknown) =>
  gateway.call(path, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

const execute = { id: "c", name: "Count", type: "execute", command: "wc -l", targets: ["all"] };

async function save(...steps: object[]): Promise<void> {
  expect((await send("PUT", "/v1/workflows/tried", { steps })).status).toBe(201);
}

async function start(): Promise<string> {
  const started = await send("POST", "/v1/workflows/tried/executions", {});
  await gateway.parts.clock.advance(10);
  return (await started.json()).id;
}

const setQuotas = (quotas: object) => send("PUT", "/v1/plan", { plan: "custom", quotas });

test("a run and its commands are counted under whoever started it, with the time that the commands ran", async () => {
  await save({ ...execute, name: "One" });
  await start();
  const job = await runner.take();
  const command = { exitCode: 0, signal: null, stdout: "", stdoutTruncated: false };
  await runner.complete(job, { response: null, command, timing: { runMs: 1500 } });
  await gateway.parts.clock.advance(100);
  const usage = async (by: string) => (await gateway.call(`/v1/usage?by=${by}`)).json();
  expect((await usage("day")).total).toMatchObject({ executions: 2, runSeconds: 1.5 });
  expect((await usage("key")).items).toHaveLength(1);
  const names = (await usage("function")).items.map(({ group }: { group: string }) => group);
  expect(names.sort()).toEqual(["One", "tried"]);
});

test("a quota lets in no run that is one too many, and a step of one that was let in waits for room", async () => {
  await save(execute);
  expect((await setQuotas({ concurrentExecutions: 2 })).status).toBe(200);
  await start();
  await runner.take();
  const refused = await send("POST", "/v1/workflows/tried/executions", {});
  expect([refused.status, (await refused.json()).code]).toEqual([429, "quota_exceeded"]);
  expect((await setQuotas({ concurrentExecutions: 3 })).status).toBe(200);
  const id = await start();
  const view = async () => (await gateway.call(`/v1/executions/${id}`)).json();
  const { status, run } = await view();
  expect([status, run.steps[0].targets[0]]).toMatchObject([
    "running",
    { execution: null, reason: expect.stringContaining("allows 3") },
  ]);
  expect((await setQuotas({ concurrentExecutions: 4 })).status).toBe(200);
  await gateway.parts.clock.advance(2000);
  const [target] = (await view()).run.steps[0].targets;
  expect([typeof target.execution, target.reason]).toEqual(["string", null]);
});

test("a step for which there was no room within its timeout fails with the quota that stood in the way", async () => {
  await save({ ...execute, timeout: "7s" });
  expect((await setQuotas({ concurrentExecutions: 3 })).status).toBe(200);
  const first = await start();
  const second = await start();
  const view = async (id: string) => (await gateway.call(`/v1/executions/${id}`)).json();
  await gateway.parts.clock.advance(6900);
  expect([(await view(first)).status, (await view(second)).status]).toEqual(["running", "running"]);
  await gateway.parts.clock.advance(100);
  const { status, run } = await view(second);
  expect([status, run.steps[0].error.code]).toEqual(["failed", "quota_exceeded"]);
});

test("a direct command and a run that is run again are let in by the same quotas", async () => {
  await save({ id: "s", name: "S", type: "set", set: {} });
  const id = await start();
  expect((await setQuotas({ executions: 1 })).status).toBe(200);
  const again = await send("POST", `/v1/executions/${id}/replay`, {});
  const direct = await send("POST", "/v1/commands", { targets: ["all"], command: "id" });
  for (const refused of [again, direct]) {
    expect([refused.status, (await refused.json()).code]).toEqual([429, "quota_exceeded"]);
  }
});
