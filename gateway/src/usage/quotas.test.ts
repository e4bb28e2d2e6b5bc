import type { PlanView, Quotas } from "@pulse/schema/wire/plans";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createApp } from "../app.ts";
import { createKeyRing } from "../auth/keys.ts";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, origin, TestGateway } from "../runners/gateway.suite.ts";
import { noteQuotas } from "./notices.ts";

let gateway: TestGateway;
let runner: HttpRunner;
beforeEach(async () => {
  gateway = await TestGateway.start();
  runner = await HttpRunner.join(gateway);
  await gateway.addFunction("hello");
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const json = { "content-type": "application/json" };
const setPlan = (plan: string | null, quotas?: Quotas) =>
  gateway.call("/v1/plan", { method: "PUT", headers: json, body: JSON.stringify({ plan, quotas }) });
const plan = async (): Promise<PlanView> => await (await gateway.call("/v1/plan")).json();
const later = () => gateway.call("/f/hello", { method: "POST", headers: { prefer: "respond-async" } });
const answered = async () => {
  const answer = gateway.call("/f/hello", { method: "POST" });
  await runner.answer("ok");
  return (await answer).status;
};
const rows = async () => {
  const { rows } = await gateway.parts.ports.database.client.execute("SELECT count(*) FROM executions");
  return Number(rows[0]?.[0]);
};
const events = async () => {
  const sql = "SELECT subject FROM events WHERE topic = 'quotas' ORDER BY id";
  return (await gateway.parts.ports.database.client.execute(sql)).rows.map(({ subject }) => String(subject));
};

test("without a plan nothing is limited", async () => {
  expect(await plan()).toEqual({ project: "default", plan: null, quotas: [], notices: [], billing: null });
  for (let i = 0; i < 5; i++) expect(await answered()).toBe(200);
});

test("a quota of executions lets in exactly as many, however many come at once; the others are 429 and leave nothing", async () => {
  expect((await setPlan("custom", { executions: 5 })).status).toBe(200);
  const answers = await Promise.all(Array.from({ length: 20 }, later));
  expect(answers.map(({ status }) => status).sort()).toEqual([
    ...new Array(5).fill(202),
    ...new Array(15).fill(429),
  ]);
  expect(await rows()).toBe(5);
  const refused = answers.find(({ status }) => status === 429);
  expect(await refused?.json()).toMatchObject({ code: "quota_exceeded", quota: "executions", most: 5 });
  const now = gateway.parts.clock.now();
  const next = new Date(now);
  const left = Date.UTC(next.getUTCFullYear(), next.getUTCMonth() + 1, 1) - now;
  expect(refused?.headers.get("retry-after")).toBe(String(Math.ceil(left / 1000)));
  expect(refused?.headers.get("ratelimit-policy")).toBe('"executions";q=5');
  // What was accepted is done to its end.
  for (let done = 0; done < 5; ) {
    const { jobs } = await runner.sync({ free: 5 });
    for (const job of jobs) await runner.complete(job);
    done += jobs.length;
  }
  const succeeded = await (await gateway.call("/v1/executions?status=succeeded")).json();
  expect(succeeded.items).toHaveLength(5);
  expect((await later()).status).toBe(429);
});

test("a call that repeats another has its answer, whatever is used up", async () => {
  await setPlan("custom", { executions: 1 });
  const keyed = (key: string) =>
    gateway.call("/f/hello", { method: "POST", headers: { "idempotency-key": key } });
  const first = keyed("k-1");
  await runner.answer("once");
  expect(await (await first).text()).toBe("once");
  const again = await keyed("k-1");
  expect([again.status, again.headers.get("idempotent-replayed"), await again.text()]).toEqual([
    200,
    "true",
    "once",
  ]);
  expect((await keyed("k-2")).status).toBe(429);
});

test("the next month begins anew", async () => {
  await setPlan("custom", { executions: 1 });
  expect(await answered()).toBe(200);
  expect((await later()).status).toBe(429);
  const now = new Date(gateway.parts.clock.now());
  const next = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
  await gateway.parts.clock.advance(next - now.getTime());
  runner = await HttpRunner.join(gateway, "two");
  expect(await answered()).toBe(200);
});

test("a quota of what runs at once is free again when something ends", async () => {
  await setPlan("custom", { concurrentExecutions: 1 });
  for (let i = 0; i < 3; i++) expect(await answered()).toBe(200);
  const first = gateway.call("/f/hello", { method: "POST" });
  const job = await runner.take();
  const refused = await later();
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe("1");
  await runner.complete(job);
  expect((await first).status).toBe(200);
  expect((await later()).status).toBe(202);
});

test("run time is used up by what ended", async () => {
  await setPlan("custom", { gbSeconds: 1 });
  const answer = gateway.call("/f/hello", { method: "POST" });
  await runner.complete(await runner.take(), { timing: { runMs: 4000 } });
  await answer;
  await gateway.parts.clock.advance(1000);
  expect((await later()).status).toBe(429);
});

test("a quota of functions stops new ones, not deploys of those that are there", async () => {
  await setPlan("custom", { functions: 1 });
  const deploy = (name: string) =>
    gateway.call(`/v1/functions/${name}/versions`, {
      method: "POST",
      headers: json,
      body: JSON.stringify({ runtime: "typescript", files: { "index.ts": "export default () => 1" } }),
    });
  const refused = await deploy("another");
  expect([refused.status, (await refused.json()).quota]).toEqual([429, "functions"]);
  expect((await gateway.call("/v1/functions/another")).status).toBe(404);
  expect((await deploy("hello")).status).toBe(201);
});

test("at 80 and at 100 percent it is said once a month: a row, and an event", async () => {
  await setPlan("custom", { executions: 5 });
  for (let i = 0; i < 3; i++) await answered();
  expect((await plan()).notices).toEqual([]);
  await answered();
  await gateway.parts.clock.advance(1000);
  await answered();
  for (let i = 0; i < 3; i++) expect((await later()).status).toBe(429);
  await settle();
  expect(await events()).toEqual(["executions:80", "executions:100"]);
  const { notices, quotas } = await plan();
  expect(notices).toMatchObject([
    { quota: "executions", percent: 80, used: 4, most: 5 },
    { quota: "executions", percent: 100, used: 5, most: 5 },
  ]);
  expect(quotas).toMatchObject([{ quota: "executions", used: 5, most: 5 }]);
  // Another half of the gateway, which remembers nothing of it.
  const { deps } = gateway.parts;
  const other = createApp({ ...deps, ports: { ...deps.ports } });
  const headers = { authorization: `Bearer ${gateway.key}`, prefer: "respond-async" };
  const again = await other.fetch(new Request(`${origin}/f/hello`, { method: "POST", headers }));
  expect(again.status).toBe(429);
  await settle();
  expect(await events()).toEqual(["executions:80", "executions:100"]);
});

test("what is used up by the end of the last call is said by the upkeep", async () => {
  await setPlan("custom", { runSeconds: 10 });
  const answer = gateway.call("/f/hello", { method: "POST" });
  await runner.complete(await runner.take(), { timing: { runMs: 9000 } });
  await answer;
  await settle();
  expect(await events()).toEqual([]);
  for await (const _ of noteQuotas(gateway.parts.ports));
  for await (const _ of noteQuotas(gateway.parts.ports));
  expect(await events()).toEqual(["runSeconds:80"]);
});

test("another half's calls count too, a second later at the latest", async () => {
  await setPlan("custom", { executions: 2 });
  const { deps } = gateway.parts;
  const other = createApp({ ...deps, ports: { ...deps.ports } });
  const headers = { authorization: `Bearer ${gateway.key}`, prefer: "respond-async" };
  const there = () => other.fetch(new Request(`${origin}/f/hello`, { method: "POST", headers }));
  expect([(await later()).status, (await there()).status]).toEqual([202, 202]);
  await gateway.parts.clock.advance(1000);
  expect([(await later()).status, (await there()).status]).toEqual([429, 429]);
});

test("a plan is set by an admin of the gateway alone, with quotas where it is custom", async () => {
  const made = { name: "admin-of-one", scopes: ["admin"], expiresAt: null };
  const { key } = await createKeyRing(gateway.parts.ports).create("default", made);
  const headers = { authorization: `Bearer ${key}`, ...json };
  const body = JSON.stringify({ plan: "pro" });
  expect((await gateway.send("/v1/plan", { method: "PUT", headers, body })).status).toBe(403);
  expect((await setPlan("custom")).status).toBe(422);
  expect((await setPlan("pro", { executions: 1 })).status).toBe(422);
  expect((await setPlan("custom", { executions: -1 })).status).toBe(422);
  const pro = await (await setPlan("pro")).json();
  expect(pro).toMatchObject({ plan: "pro" });
  expect(pro.quotas.map(({ quota }: { quota: string }) => quota)).toContain("gbSeconds");
  expect(await (await setPlan(null)).json()).toMatchObject({ plan: null, quotas: [] });
});

test("a key has quotas of its own: exactly as many calls are let in, and others go on", async () => {
  const made = await gateway.call("/v1/keys", {
    method: "POST",
    headers: json,
    body: JSON.stringify({ name: "ci", scopes: ["invoke:*"], quotas: { executions: 3 } }),
  });
  const { key, quotas } = (await made.json()) as { key: string; quotas: Quotas };
  expect([made.status, quotas]).toEqual([201, { executions: 3 }]);
  const byKey = () =>
    gateway.send("/f/hello", {
      method: "POST",
      headers: { prefer: "respond-async", authorization: `Bearer ${key}` },
    });
  const answers = await Promise.all(Array.from({ length: 10 }, byKey));
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(3);
  const refused = answers.find(({ status }) => status === 429);
  expect(await refused?.json()).toMatchObject({ code: "quota_exceeded", quota: "executions", most: 3 });
  expect((await later()).status).toBe(202);
  expect(await rows()).toBe(4);
  expect(await events()).toEqual([]);
});

test("a quota of a key that a key cannot have is refused", async () => {
  const body = JSON.stringify({ name: "ci", scopes: ["read"], quotas: { functions: 3 } });
  expect((await gateway.call("/v1/keys", { method: "POST", headers: json, body })).status).toBe(422);
});
