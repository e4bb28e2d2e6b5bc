import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";

let gateway: TestGateway;
let runner: HttpRunner;
beforeEach(async () => {
  gateway = await TestGateway.start();
  runner = await HttpRunner.join(gateway);
  await gateway.addFunction("stays");
  await gateway.addFunction("stops", { endpoint: { cancelOnDisconnect: true } });
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const statusOf = async (id: string) => (await (await gateway.call(`/v1/executions/${id}`)).json()).status;

async function leaseOf({ execution, fence }: { execution: string; fence: number }): Promise<string> {
  const { leases } = await (await runner.post("/renew", { running: [{ execution, fence }] })).json();
  return leases[0].status;
}

/** A caller who leaves once the job is in a runner's hands. */
async function left(name: string, headers: Record<string, string> = {}) {
  const leaving = new AbortController();
  const answer = gateway.call(`/f/${name}`, { method: "POST", headers, signal: leaving.signal });
  const job = await runner.take();
  leaving.abort();
  await answer.catch(() => undefined);
  await settle();
  return job;
}

test("a caller who leaves before the answer changes nothing", async () => {
  const job = await left("stays");
  expect(await leaseOf(job)).toBe("ok");
  await runner.complete(job);
  expect(await statusOf(job.execution)).toBe("succeeded");
});

test("with cancelOnDisconnect a caller who leaves before the answer stops the function", async () => {
  const job = await left("stops");
  expect((await runner.sync({ running: [job] })).cancel).toMatchObject([
    { execution: job.execution, reason: "disconnected" },
  ]);
  await runner.complete(job, { status: "cancelled", reason: "cancelled", response: null });
  expect(await statusOf(job.execution)).toBe("cancelled");
});

test("with cancelOnDisconnect a call that still waits for a runner never starts", async () => {
  await gateway.addFunction("nobody", { labels: { gpu: "1" }, endpoint: { cancelOnDisconnect: true } });
  const leaving = new AbortController();
  const answer = gateway.call("/f/nobody", { signal: leaving.signal });
  await settle();
  leaving.abort();
  await answer.catch(() => undefined);
  await settle();
  const { items } = await (await gateway.call("/v1/executions")).json();
  expect(items).toMatchObject([{ status: "cancelled", reason: "cancelled" }]);
});

test("work that was to go on after a wait goes on", async () => {
  const job = await left("stops", { prefer: "wait=60" });
  expect(await leaseOf(job)).toBe("ok");
  await runner.complete(job);
  expect(await statusOf(job.execution)).toBe("succeeded");
});

test("a caller who joined another's call by its idempotency key does not stop it", async () => {
  const headers = { "idempotency-key": "k" };
  const first = gateway.call("/f/stops", { method: "POST", headers });
  const job = await runner.take();
  const leaving = new AbortController();
  const second = gateway.call("/f/stops", { method: "POST", headers, signal: leaving.signal });
  await settle();
  leaving.abort();
  await second.catch(() => undefined);
  await runner.complete(job);
  expect((await first).status).toBe(200);
});
