import { executions } from "@pulse/schema/tables";
import type { UsageView } from "@pulse/schema/wire/usage";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createKeyRing } from "../auth/keys.ts";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";
import { forgetUsage } from "./forget.ts";
import { measureStorage } from "./measure.ts";

let gateway: TestGateway;
let runner: HttpRunner;
beforeEach(async () => {
  gateway = await TestGateway.start();
  runner = await HttpRunner.join(gateway);
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const usage = async (query = "", init: RequestInit = {}): Promise<UsageView> =>
  await (await gateway.call(`/v1/usage${query}`, init)).json();

/** Calls a function, answered by the runner after it ran for so long. */
async function called(name: string, runMs: number, { key = gateway.key, body = "12345" } = {}) {
  const headers = { authorization: `Bearer ${key}` };
  const answer = gateway.send(`/f/${name}`, { method: "POST", body, headers });
  const job = await runner.take();
  const response = { status: 200, headers: [], body: { base64: btoa("abc") } };
  await runner.complete(job, { response, timing: { runMs } });
  expect((await answer).status).toBe(200);
  return job.execution;
}

/** What the table of executions says that was used. */
async function fromRows() {
  const rows = await gateway.parts.ports.database.orm.select().from(executions);
  const ended = rows.filter(({ endedAt, kind }) => endedAt !== null && kind !== "build");
  const ran = (row: (typeof ended)[number]) => row.spentMs + Math.round(row.timing?.runMs ?? 0);
  const sum = (of: (row: (typeof ended)[number]) => number) => ended.reduce((all, row) => all + of(row), 0);
  return {
    executions: ended.length,
    runSeconds: sum(ran) / 1000,
    gbSeconds: sum((row) => ran(row) * row.memoryMb) / 1_024_000,
    bytesIn: sum(({ bytesIn }) => bytesIn),
    bytesOut: sum(({ responseBytes }) => responseBytes ?? 0),
  };
}

test("what calls used is counted by day, function and key, and is what their rows say", async () => {
  await gateway.addFunction("small", {}, { memory: "128MB" });
  await gateway.addFunction("large", {}, { memory: "1GB" });
  const made = { name: "ci", scopes: ["invoke:*"], expiresAt: null };
  const { key, row } = await createKeyRing(gateway.parts.ports).create("default", made);
  await called("small", 1000);
  await called("small", 500, { key });
  await gateway.parts.clock.advance(24 * 3_600_000);
  runner = await HttpRunner.join(gateway, "two");
  await called("large", 2000, { key, body: "1" });

  const { total } = await usage("?since=2020-01-01T00:00:00Z&until=2020-01-02T00:00:00Z");
  expect(total.executions).toBe(0);
  const byFunction = await usage("?by=function");
  expect(byFunction.items).toEqual([
    {
      group: "large",
      name: null,
      executions: 1,
      runSeconds: 2,
      gbSeconds: 2,
      bytesIn: 1,
      bytesOut: 3,
    },
    {
      group: "small",
      name: null,
      executions: 2,
      runSeconds: 1.5,
      gbSeconds: 0.1875,
      bytesIn: 10,
      bytesOut: 6,
    },
  ]);
  expect(byFunction.total).toEqual(await fromRows());
  const byKey = await usage("?by=key");
  const named = new Map(byKey.items.map((item) => [item.name, item]));
  expect([named.size, named.get("admin")?.executions, named.get("ci")?.executions]).toEqual([2, 1, 2]);
  expect(named.get("ci")?.group).toBe(row.id);
  const byDay = await usage("?by=day");
  expect(byDay.items.map(({ executions }) => executions)).toEqual([2, 1]);
});

test("every attempt counts, whichever key's; a child is its parent's; what never ran is an execution too", async () => {
  await gateway.addFunction("hello", {}, { memory: "1GB", retry: { attempts: 2 } });
  const waiting = await gateway.call("/f/hello", { method: "POST", headers: { prefer: "respond-async" } });
  expect(waiting.status).toBe(202);
  const failed = { status: "failed", reason: "function_error", timing: { runMs: 700 } } as const;
  await runner.complete(await runner.take(), failed);
  await gateway.parts.clock.advance(60_000);
  const again = await runner.take();
  const child = runner.post(
    `/executions/${again.execution}/invoke`,
    { name: "hello", input: 1 },
    again.fence,
  );
  await runner.complete(await runner.take(), { timing: { runMs: 200 } });
  expect((await child).status).toBe(200);
  await runner.complete(again, { ...failed, timing: { runMs: 300 } });
  await gateway.addFunction("far", { pool: "elsewhere" });
  const queued = await gateway.call("/f/far", { method: "POST", headers: { prefer: "respond-async" } });
  const { id } = await queued.json();
  expect((await gateway.call(`/v1/executions/${id}/cancel`, { method: "POST" })).status).toBe(200);

  expect((await usage("?by=function")).items).toMatchObject([
    { group: "far", executions: 1, runSeconds: 0 },
    { group: "hello", executions: 2, runSeconds: 1.2 },
  ]);
  const { items, total } = await usage("?by=key");
  expect(items).toMatchObject([{ name: "admin", executions: 3, runSeconds: 1.2 }]);
  expect(total).toEqual(await fromRows());
});

test("a completion that is sent again counts once", async () => {
  await gateway.addFunction("hello");
  const answer = gateway.call("/f/hello", { method: "POST" });
  const job = await runner.take();
  await Promise.all([runner.complete(job), runner.complete(job), runner.complete(job)]);
  await answer;
  await runner.complete(job);
  expect((await usage()).total.executions).toBe(1);
});

test("as CSV there is one row a group and the total, by Accept or by the query", async () => {
  await gateway.addFunction("hello");
  await called("hello", 1000);
  const csv =
    "function,name,executions,run_seconds,gb_seconds,bytes_in,bytes_out\r\nhello,,1,1,0.25,5,3\r\ntotal,,1,1,0.25,5,3\r\n";
  for (const asked of [
    gateway.call("/v1/usage?by=function&format=csv"),
    gateway.call("/v1/usage?by=function", { headers: { accept: "text/csv" } }),
  ]) {
    const response = await asked;
    expect(response.headers.get("content-type")).toMatch(/^text\/csv/);
    expect(response.headers.get("content-disposition")).toMatch(/^attachment/);
    expect(await response.text()).toBe(csv);
  }
});

test("a time that ends before it begins, or is longer than hours are kept, is refused", async () => {
  for (const query of [
    "since=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z",
    "since=2001-01-01T00:00:00Z",
  ]) {
    expect((await gateway.call(`/v1/usage?${query}`)).status).toBe(422);
  }
});

test("what is stored is measured once an hour, and goes on where it was left", async () => {
  await gateway.addFunction("hello");
  await called("hello", 1, { body: "x".repeat(100_000) });
  expect((await usage()).storage).toBeNull();
  const { ports, clock } = gateway.parts;
  // Not at the beginning of an hour.
  await clock.advance(60_000);
  for await (const _ of measureStorage(ports)) break;
  expect((await usage()).storage).toBeNull();
  for await (const _ of measureStorage(ports));
  const { storage } = await usage();
  expect(storage?.payloadBytes).toBeGreaterThan(100_000);
  expect(storage?.payloadBytes).toBeLessThan(110_000);
  expect(storage?.measuredAt).toBe(new Date(ports.now()).toISOString());
  await called("hello", 1, { body: "x".repeat(100_000) });
  for await (const _ of measureStorage(ports));
  expect((await usage()).storage).toEqual(storage);
  await clock.advance(3_600_000);
  for await (const _ of measureStorage(ports));
  expect((await usage()).storage?.payloadBytes).toBeGreaterThan(200_000);
});

test("hours are forgotten after 400 days", async () => {
  await gateway.addFunction("hello");
  await called("hello", 1);
  const { ports, clock } = gateway.parts;
  const count = async () =>
    Number((await ports.database.client.execute("SELECT count(*) FROM usage")).rows[0]?.[0]);
  await clock.advance(399 * 86_400_000);
  await forgetUsage(ports);
  expect(await count()).toBe(1);
  await clock.advance(2 * 86_400_000);
  await forgetUsage(ports);
  expect(await count()).toBe(0);
});
