import { afterEach, beforeEach, expect, test } from "vitest";
import { createApp } from "../app.ts";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, origin, TestGateway } from "../runners/gateway.suite.ts";
import { createEndCounts } from "./end-counts.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const metrics = async () => await (await gateway.call("/metrics")).text();
const scaling = async (query = "") => await (await gateway.call(`/metrics/scaling${query}`)).json();
const run = (sql: string) => gateway.parts.ports.database.client.execute(sql);
const callLater = () =>
  gateway.call("/f/hello", { method: "POST", headers: { prefer: "respond-async" }, body: "{}" });
const own = { project: "default", pool: "default" };

test("what ran is counted by kind, status, start and time, and what waits by pool", async () => {
  await gateway.addFunction("hello");
  await callLater();
  await gateway.parts.clock.advance(2000);
  expect(await metrics()).toContain('pulse_queue_oldest_seconds{project="default",pool="default"} 2\n');
  const runner = await HttpRunner.join(gateway);
  await runner.complete(await runner.take(), { timing: { runMs: 40, start: "cold" } });
  await callLater();
  await runner.complete(await runner.take(), {
    ...{ status: "failed", reason: "function_error", permanent: true, response: null },
    timing: { runMs: 700, start: "warm" },
  });
  await callLater();
  await callLater();
  const held = await runner.take();
  const text = await metrics();
  const labels = 'project="default",pool="default"';
  const lines = [
    `pulse_executions_total{${labels},kind="function",status="succeeded"} 1`,
    `pulse_executions_total{${labels},kind="function",status="failed"} 1`,
    `pulse_attempt_starts_total{${labels},start="cold"} 1`,
    `pulse_attempt_starts_total{${labels},start="warm"} 1`,
    `pulse_attempt_duration_seconds_bucket{${labels},kind="function",le="0.05"} 1`,
    `pulse_attempt_duration_seconds_bucket{${labels},kind="function",le="1"} 2`,
    `pulse_attempt_duration_seconds_sum{${labels},kind="function"} 0.74`,
    `pulse_queue_wait_seconds_count{${labels},kind="function"} 2`,
    `pulse_queue_wait_seconds_bucket{${labels},kind="function",le="1"} 1`,
    `pulse_queue_wait_seconds_bucket{${labels},kind="function",le="2.5"} 2`,
    `pulse_runners_up{${labels}} 1`,
    `pulse_runners_enrolled{${labels}} 1`,
    "pulse_queue_counted_whole 1",
    "pulse_hub_silent_parts 0",
  ];
  for (const line of lines) expect(text.split("\n")).toContain(line);
  expect(text).not.toMatch(/hello|exe_|rnr_|fn_/);
  await runner.complete(held, {});
});

test("a pool whose runners are all away is told of with none", async () => {
  await run(`INSERT INTO runners (id, project, name, pool, labels, ephemeral, thumbprint, signing_key, sealing_key, capabilities, created_at)
    VALUES ('r', 'default', 'away', 'attic', '{}', 0, '', '{}', '{}', '[]', 0)`);
  const text = await metrics();
  for (const name of ["pulse_runners_up", "pulse_slots", "pulse_slots_used", "pulse_queue_depth"])
    expect(text).toContain(`${name}{project="default",pool="attic"} 0\n`);
  expect(text).toContain('pulse_runners_enrolled{project="default",pool="attic"} 1\n');
});

test("deliveries and messages of the last hour are told by what became of them", async () => {
  const now = gateway.parts.clock.now();
  const delivery = (id: string, status: string, at: number) =>
    run(`INSERT INTO webhook_deliveries (id, project, webhook_id, delivery_id, body_sha256, status, headers, bytes, received_at, next_at)
      VALUES ('${id}', 'default', 'whk', '${id}', '', '${status}', '[]', 0, ${at}, 0)`);
  await delivery("a", "started", now);
  await delivery("b", "failed", now - 3_000_000);
  await delivery("c", "failed", now - 4_000_000);
  await run(`INSERT INTO channel_messages (id, project, channel_id, once, status, attempts, next_at, created_at, count, items, tries)
    VALUES ('m', 'default', 'chn', 'x', 'refused', 1, 0, ${now}, 1, '[]', '[]')`);
  const text = await metrics();
  expect(text).toContain('pulse_webhook_deliveries_last_hour{status="started"} 1\n');
  expect(text).toContain('pulse_webhook_deliveries_last_hour{status="failed"} 1\n');
  expect(text).toContain('pulse_notification_messages_last_hour{status="refused"} 1\n');
});

test("ends of deliveries and messages, and spans, are counted where one process sees to all of them", async () => {
  const { ports } = gateway.parts;
  expect(await metrics()).not.toMatch(/^pulse_(webhook_deliveries_total|spans_total)\{/m);
  const ended = createEndCounts();
  const spans = { exported: 5, dropped: 2, refused: 1 };
  const facts = { startedAt: 0, cpuSeconds: 0, residentBytes: 0, heapBytes: 0 };
  const tracing = { begin: () => expect.unreachable(), add: () => undefined, counts: () => spans };
  const process = () => ({ ...facts, openFds: null, maxFds: null, loopLagSeconds: null });
  Object.assign(ports, { ended, tracing, process });
  ended.add("delivery", "failed");
  ended.add("delivery", "failed");
  ended.add("message", "delivered");
  const text = await metrics();
  expect(text).toContain('pulse_webhook_deliveries_total{status="failed"} 2\n');
  expect(text).toContain('pulse_notification_messages_total{status="delivered"} 1\n');
  expect(text).toContain('pulse_spans_total{result="dropped"} 2\n');
});

test("when the last backup was made is told where the database is on a disk of the gateway's own", async () => {
  const { ports } = gateway.parts;
  const told = async () => /^pulse_last_backup_timestamp_seconds (.*)$/m.exec(await metrics())?.[1];
  Object.assign(ports, { disk: undefined });
  expect(await told()).toBeUndefined();
  Object.assign(ports, { disk: () => "ok" });
  expect(await told()).toBe("0");
  const at = ports.now() - 90_000_000;
  await run(`INSERT INTO audit_pending (id, project, at, entry, done)
    VALUES ('one', 'default', ${at}, '{"action":"backup.create"}', 1), ('two', 'default', ${at + 5000}, '{"action":"backup.create"}', 0)`);
  expect(Number(await told())).toBe(at / 1000);
});

test("a pool wants as many runners as what runs and could begin needs", async () => {
  await gateway.addFunction("hello");
  await gateway.addFunction("single", { maxConcurrency: 1 });
  for (let n = 0; n < 5; n++) await callLater();
  for (let n = 0; n < 9; n++)
    await gateway.call("/f/single", { method: "POST", headers: { prefer: "respond-async" }, body: "{}" });
  await gateway.parts.clock.advance(3000);
  const [none] = (await scaling("?slots=2")).pools;
  expect(none).toEqual({
    ...{ ...own, queued: 14, startable: 6, oldestSeconds: 3, runners: 0, slots: 0, used: 0 },
    ...{ slotsPerRunner: 2, desiredRunners: 3 },
  });
  const runner = await HttpRunner.join(gateway);
  const held = await runner.take();
  const [some] = (await scaling("?slots=2")).pools;
  expect(some).toMatchObject({
    ...{ queued: 10, startable: 2, runners: 1, slots: 4, used: 4 },
    ...{ slotsPerRunner: 4, desiredRunners: 2 },
  });
  await runner.complete(held, {});
});

test("a pool that is asked for by name is told of though nothing is there; others are not", async () => {
  await HttpRunner.join(gateway);
  expect((await scaling("?project=default&pool=gpu")).pools).toMatchObject([
    { project: "default", pool: "gpu", queued: 0, runners: 0, slotsPerRunner: 4, desiredRunners: 0 },
  ]);
  expect((await gateway.call("/metrics/scaling?slots=0")).status).toBe(422);
});

test("the metrics token opens the metrics and nothing else, and is nothing where it is not set", async () => {
  const token = "a-token-of-the-monitor";
  const { deps } = gateway.parts;
  const get = (path: string, key: string, config = deps.config) =>
    createApp({ ...deps, config }).fetch(
      new Request(origin + path, { headers: { authorization: `Bearer ${key}` } }),
    );
  const withToken = { ...deps.config, metricsToken: token };
  expect((await get("/metrics", token, withToken)).status).toBe(200);
  expect((await get("/metrics/scaling", token, withToken)).status).toBe(200);
  expect((await get("/metrics", `${token}x`, withToken)).status).toBe(401);
  expect((await get("/metrics", gateway.key, withToken)).status).toBe(200);
  expect((await get("/v1/functions", token, withToken)).status).toBe(401);
  expect((await get("/v1/master-key", token, withToken)).status).toBe(401);
  expect((await get("/metrics", token)).status).toBe(401);
  expect((await gateway.send("/metrics")).status).toBe(401);
});

test("it is ready where the database answers, is migrated, and the hub answers", async () => {
  const { deps } = gateway.parts;
  const ready = async (hub = deps.hub) => {
    const answer = await createApp({ ...deps, hub }).fetch(new Request(`${origin}/readyz`));
    return [answer.status, (await answer.json()).detail];
  };
  expect(await ready()).toEqual([200, undefined]);
  const owner = { take: () => Promise.reject(new Error("nobody owns the hub")) };
  expect(await ready(Object.assign(Object.create(deps.hub), owner))).toEqual([
    503,
    "the hub does not answer",
  ]);
  expect(gateway.parts.problems.splice(0).join()).toContain("nobody owns the hub");
  await run("DROP TABLE channel_messages");
  expect(await ready()).toEqual([503, expect.stringContaining("1 tables are missing (channel_messages)")]);
});
