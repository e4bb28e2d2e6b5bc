import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";

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

const call = async (headers: Record<string, string>) => {
  const response = await gateway.call("/f/hello", { method: "POST", headers, body: "later" });
  return { status: response.status, body: await response.json() };
};
const view = async (id: string) => (await gateway.call(`/v1/executions/${id}`)).json();
const later = (ms: number) => new Date(gateway.parts.clock.now() + ms).toISOString();

test("a delayed call is accepted at once, and handed out when its time has come", async () => {
  const runner = await HttpRunner.join(gateway);
  const due = later(2000);
  const { status, body } = await call({ "pulse-delay": "2s" });
  expect(status).toBe(202);
  await settle();
  expect(await view(body.id)).toMatchObject({ status: "queued", runAt: due });
  await gateway.parts.clock.advance(1999);
  await settle();
  expect(await view(body.id)).toMatchObject({ status: "queued", runAt: due });
  await gateway.parts.clock.advance(1);
  const job = await runner.take();
  expect(job.execution).toBe(body.id);
  expect(job.deadlineMs).toBeGreaterThan(Date.parse(due));
  await runner.complete(job);
});

test("a call at a time waits on disk, and is cancelled as any other; a time that is over is now", async () => {
  const at = later(86_400_000);
  const { body } = await call({ "pulse-run-at": at });
  const { rows } = await gateway.parts.ports.database.client.execute("SELECT run_at, status FROM executions");
  expect(rows).toMatchObject([{ run_at: Date.parse(at), status: "queued" }]);
  const cancel = await gateway.call(`/v1/executions/${body.id}/cancel`, { method: "POST" });
  expect(cancel.status).toBeLessThan(300);
  expect(await view(body.id)).toMatchObject({ status: "cancelled" });
  const over = await call({ "pulse-run-at": later(-1000) });
  expect([over.status, (await call({ "pulse-run-at": later(31 * 86_400_000) })).body.code]).toEqual([
    202,
    "bad_request",
  ]);
});
