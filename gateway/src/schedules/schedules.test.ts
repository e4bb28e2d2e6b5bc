import { afterEach, beforeEach, expect, test } from "vitest";
import { createCore } from "../core.ts";
import { createDirectory } from "../runners/presence.ts";
import { forgetTicks } from "./forget.ts";
import { ScheduleWorld } from "./schedule-world.suite.ts";

let world: ScheduleWorld;
let gateway: ScheduleWorld["gateway"];
beforeEach(async () => {
  world = await ScheduleWorld.start();
  gateway = world.gateway;
  await gateway.addFunction("hello");
});
afterEach(async () => expect(await world.close()).toEqual([]));

const minute = 60_000;
const hour = 60 * minute;
const send = (method: string, path: string, body?: unknown) => world.send(method, path, body);
const get = (path: string) => world.get(path);
const pass = (ms: number) => world.pass(ms);
const now = () => world.now();
const ticks = async (which = "nightly") => (await get(`/v1/schedules/${which}/ticks`)).items;
const executions = async () => (await get("/v1/executions")).items;

async function make(change: Record<string, unknown> = {}) {
  const body = { name: "nightly", every: "1h", target: { function: "hello" }, ...change };
  const made = await send("POST", "/v1/schedules", body);
  expect([made.status, made.body]).toEqual([201, expect.anything()]);
  return made.body as { id: string; nextAt: string };
}

/** Ends an execution: nobody runs it here. */
const end = async (id: string) =>
  expect((await send("POST", `/v1/executions/${id}/cancel`)).status).toBe(200);

test("a function is called at each tick with what the schedule gives it, and the audit has who did it", async () => {
  const made = await make({ target: { function: "hello", input: { name: "Ana" } }, overlap: "allow" });
  expect(Date.parse(made.nextAt)).toBe(now() + hour);
  await pass(hour - 1);
  expect(await executions()).toEqual([]);
  await pass(2);
  const [first] = await executions();
  expect(await get(`/v1/executions/${first.id}`)).toMatchObject({
    name: "hello",
    trigger: {
      type: "schedule",
      schedule: "nightly",
      scheduledTime: Date.parse(made.nextAt),
      input: { name: "Ana" },
    },
  });
  const input = await get(`/v1/executions/${first.id}/input`);
  expect(input).toMatchObject({ method: "POST", body: { text: '{"name":"Ana"}' } });
  expect(await ticks()).toMatchObject([
    { at: made.nextAt, status: "started", executionId: first.id, executionStatus: "queued", by: null },
  ]);
  await pass(2 * hour);
  expect(await executions()).toHaveLength(3);
  const audit = (await get("/v1/audit?action=schedule.start")).items;
  expect(audit).toHaveLength(3);
  expect(audit[0]).toMatchObject({ actor: { kind: "schedule", name: "nightly" }, target: "hello" });
});

const statuses = async () => (await ticks()).map(({ status }: { status: string }) => status);

test("while what it started runs, a tick is skipped with the reason", async () => {
  await make();
  await pass(2 * hour);
  expect(await ticks()).toMatchObject([
    { status: "skipped", reason: "the execution before was still running", executionId: null },
    { status: "started" },
  ]);
  await end((await executions())[0].id);
  await pass(hour);
  expect(await statuses()).toEqual(["started", "skipped", "started"]);
});

test("with bufferOne one tick waits until the execution has ended, and with bufferAll all do, in their order", async () => {
  await make({ every: "1m", overlap: "bufferOne" });
  await make({ every: "1m", name: "all", overlap: "bufferAll" });
  await pass(3 * minute);
  expect(await statuses()).toEqual(["skipped", "buffered", "started"]);
  expect((await ticks("all")).map(({ status }: { status: string }) => status)).toEqual([
    "buffered",
    "buffered",
    "started",
  ]);
  for (const { id } of await executions()) await end(id);
  await pass(5000);
  expect(await statuses()).toEqual(["skipped", "started", "started"]);
  expect((await ticks("all")).map(({ status }: { status: string }) => status)).toEqual([
    "buffered",
    "started",
    "started",
  ]);
});

test("with cancelRunning the later one takes the place of what runs", async () => {
  await make({ every: "1m", overlap: "cancelRunning" });
  await pass(2 * minute);
  await pass(5000);
  expect(await statuses()).toEqual(["started", "started"]);
  const all = await executions();
  expect(all.map(({ status }: { status: string }) => status)).toEqual(["queued", "cancelled"]);
});

const deploy = {
  inputs: { ref: { type: "string", required: true } },
  steps: [{ name: "wait", type: "wait", duration: "2h" }],
};

test("a workflow is started with its inputs, by the schedule, at the date of its time zone", async () => {
  expect((await send("PUT", "/v1/workflows/deploy", deploy)).status).toBe(201);
  const target = { workflow: "deploy", inputs: { ref: "main" } };
  await make({ cron: "0 0 * * *", every: undefined, timezone: "Pacific/Auckland", target });
  await pass(3 * hour);
  const [run] = await executions();
  const shown = await get(`/v1/executions/${run.id}`);
  expect(shown).toMatchObject({ kind: "workflow", trigger: { type: "schedule", schedule: "nightly" } });
  const { scheduledTime, scheduledDate } = shown.trigger;
  expect(new Date(scheduledTime).toISOString()).toMatch(/T11:00:00/);
  expect(scheduledDate).toBe(new Date(scheduledTime + 13 * hour).toISOString().slice(0, 10));
  expect(await ticks()).toMatchObject([{ executionId: run.id, status: "started" }]);
});

test("a tick that can never start says why, and one that cannot yet is tried again", async () => {
  expect((await send("PUT", "/v1/workflows/deploy", deploy)).status).toBe(201);
  await make({ target: { workflow: "deploy" } });
  await make({ name: "later" });
  await gateway.parts.ports.database.client.execute("UPDATE versions SET status = 'queued'");
  await pass(hour);
  expect(await ticks()).toMatchObject([{ status: "failed", reason: expect.stringContaining("/inputs/ref") }]);
  expect(await ticks("later")).toMatchObject([{ status: "starting", reason: expect.any(String) }]);
  await gateway.parts.ports.database.client.execute("UPDATE versions SET status = 'ready'");
  await pass(minute);
  expect(await ticks("later")).toMatchObject([{ status: "started", reason: null }]);
});

/** Another gateway over the same rows, as after a restart or beside this one, whose clock is so far ahead. */
function another(aheadMs = 0) {
  const ports = { ...gateway.parts.ports, now: () => now() + aheadMs };
  return createCore({
    ...{ ports, directory: createDirectory(ports), onBuildEnded: async () => undefined },
    schedules: (hub) => ({ hub, publicUrl: "http://localhost" }),
  });
}

test("what fell into an absence is started when the catch-up window holds it, and listed as missed when not", async () => {
  await make({ every: "10m", catchup: "25m", overlap: "allow" });
  gateway.parts.core.stop();
  await gateway.parts.clock.advance(65 * minute);
  expect(await ticks()).toEqual([]);
  const next = another();
  await next.tick();
  expect(await statuses()).toEqual(["started", "started", "started", "missed"]);
  const missed = (await ticks()).at(-1);
  expect(missed).toMatchObject({ count: 3, executionId: null });
  expect(missed.reason).toContain("catch-up window");
  expect(Date.parse(missed.until) - Date.parse(missed.at)).toBe(20 * minute);
  next.stop();
});

test("several gateways at once, and one that starts again in between, start each tick once", async () => {
  await make({ every: "1m", overlap: "allow", jitter: "20s" });
  await make({ name: "skips", every: "1m" });
  const cores = [another(), another(), another()];
  for (let i = 0; i < 10; i++) {
    await gateway.parts.clock.advance(30_000);
    const [one, ...others] = cores;
    await Promise.all(cores.map((core) => core.tick()));
    one?.stop();
    cores.splice(0, cores.length, ...others, another());
  }
  for (const core of cores) core.stop();
  await pass(minute);
  const started = (await ticks()).filter(({ status }: { status: string }) => status === "started");
  const times = new Set(started.map(({ at }: { at: string }) => at));
  expect([started.length, times.size]).toEqual([started.length, started.length]);
  expect(started.length).toBeGreaterThanOrEqual(5);
  // Nothing ended: of the one that skips only the first was started.
  expect((await ticks("skips")).at(-1)).toMatchObject({ status: "started" });
  expect(await executions()).toHaveLength(started.length + 1);
});

test("gateways whose clocks disagree start each tick once, and every tick is started or told of", async () => {
  await make({ every: "1m", overlap: "allow", catchup: "0s" });
  await make({ name: "cron", cron: "*/20 * * * * *", every: undefined, overlap: "bufferAll" });
  gateway.parts.core.stop();
  const aheads = [-50_000, 0, 40_000, 0, 300_000, -20_000, 0];
  const begun = now();
  for (let i = 0; i < 21; i++) {
    await gateway.parts.clock.advance(i % 5 === 4 ? 400_000 : 20_000);
    const cores = [another(aheads[i % aheads.length]), another(), another(aheads[(i + 3) % aheads.length])];
    await Promise.all(cores.map((core) => core.tick()));
    for (const core of cores) core.stop();
  }
  const all = (await get("/v1/schedules/nightly/ticks?limit=200")).items as {
    at: string;
    until: string | null;
    status: string;
  }[];
  const times = all.map(({ at }) => at);
  expect(new Set(times).size).toBe(times.length);
  const isTold = (at: number) =>
    all.some((one) => Date.parse(one.at) <= at && at <= Date.parse(one.until ?? one.at));
  for (let at = begun + minute; at <= now(); at += minute) expect([at, isTold(at)]).toEqual([at, true]);
  const started = await gateway.parts.ports.database.client.execute(
    "SELECT count(*) AS n, count(DISTINCT execution_id) AS d FROM schedule_ticks WHERE status = 'started'",
  );
  expect(started.rows[0]?.n).toBe(started.rows[0]?.d);
  expect(await executionCount()).toBe(started.rows[0]?.n);
  // Nothing ended, so that of the one whose ticks wait for their turn only the first was started.
  expect((await get("/v1/schedules/cron/ticks?status=started")).items).toHaveLength(1);
});

async function executionCount() {
  const { client } = gateway.parts.ports.database;
  return (await client.execute("SELECT count(*) AS n FROM executions")).rows[0]?.n;
}

test("a clock that goes far ahead and back again starts no tick twice and does not silence a schedule", async () => {
  await make({ overlap: "allow", catchup: "0s" });
  await pass(hour);
  const { client } = gateway.parts.ports.database;
  // As a look at a time a year ahead left it.
  await client.execute({
    sql: "UPDATE schedules SET seen = ?, next_at = ?",
    args: [now() + 8760 * hour, now() + 8761 * hour],
  });
  await pass(hour);
  await pass(hour);
  expect(await statuses()).toEqual(["started", "started", "started"]);
});

test("a paused schedule starts nothing and lists what it did not do once it is resumed", async () => {
  await make();
  const paused = await send("PATCH", "/v1/schedules/nightly", { enabled: false, reason: "audit week" });
  expect(paused.body).toMatchObject({
    enabled: false,
    nextAt: null,
    paused: { reason: "audit week", by: "key:admin" },
  });
  await pass(3 * hour);
  expect(await ticks()).toEqual([]);
  expect((await get("/v1/schedules/nightly/next?count=2")).items).toHaveLength(2);
  const resumed = await send("PATCH", "/v1/schedules/nightly", { enabled: true });
  expect(resumed.body).toMatchObject({ enabled: true, paused: null });
  expect(Date.parse(resumed.body.nextAt)).toBeGreaterThan(now());
  expect(await ticks()).toMatchObject([
    { status: "missed", reason: "the schedule was paused: audit week", executionId: null },
  ]);
  await pass(hour);
  expect(await statuses()).toEqual(["started", "missed"]);
});

test("it can be run now, paused or not, by its rule or by another one", async () => {
  await make({ enabled: false });
  const first = await send("POST", "/v1/schedules/nightly/trigger", {});
  expect(first).toMatchObject({ status: 201, body: { status: "started", by: "key:admin" } });
  const second = await send("POST", "/v1/schedules/nightly/trigger", {});
  expect(second.body).toMatchObject({ status: "skipped", executionId: null });
  const third = await send("POST", "/v1/schedules/nightly/trigger", { overlap: "allow" });
  expect(third.body).toMatchObject({ status: "started" });
  expect(await executions()).toHaveLength(2);
});

test("one that comes once comes once, and its time is not over when it is made", async () => {
  const at = (ms: number) => new Date(ms).toISOString();
  const made = await make({ every: undefined, at: at(now() + hour) });
  expect(made.nextAt).toBe(at(now() + hour));
  await pass(5 * hour);
  expect(await statuses()).toEqual(["started"]);
  expect(await get("/v1/schedules/nightly")).toMatchObject({ nextAt: null, enabled: true });
  const late = await send("POST", "/v1/schedules", {
    ...{ name: "late", at: at(now() - 1), target: { function: "hello" } },
  });
  expect(late.body).toMatchObject({ code: "validation_failed", errors: [{ pointer: "/at" }] });
});

test.each([
  ["/cron", { cron: "61 * * * *" }],
  ["/cron", { cron: "0 0 30 2 *" }],
  ["/timezone", { cron: "* * * * *", timezone: "Mars/Olympus" }],
  ["/every", { every: "10ms" }],
  ["", { every: "1h", cron: "* * * * *" }],
  ["", {}],
  ["/target/function", { every: "1h", target: { function: "nobody" } }],
])("what cannot be is refused at %s", async (pointer, change) => {
  const body = { name: "bad", target: { function: "hello" }, ...change };
  const { status, body: answer } = await send("POST", "/v1/schedules", body);
  expect([status, answer.errors?.[0].pointer]).toEqual([422, pointer]);
});

test("a schedule at other times begins anew, and the next ten are told", async () => {
  await make();
  const cron = { cron: "30 2 * * *", timezone: "Europe/Madrid" };
  const changed = await send("PATCH", "/v1/schedules/nightly", cron);
  expect(changed.body).toMatchObject({ ...cron, everyMs: null });
  const { items } = await get("/v1/schedules/nightly/next");
  expect(items).toHaveLength(10);
  expect(items[0]).toBe(changed.body.nextAt);
  expect((await get("/v1/schedules")).items).toMatchObject([{ name: "nightly" }]);
  expect((await send("DELETE", "/v1/schedules/nightly")).status).toBe(204);
  await pass(2 * hour);
  expect(await executions()).toEqual([]);
});

test("a function is warm before its tick", async () => {
  await make({ every: "10m" });
  const wants: unknown[] = [];
  const { hub } = gateway.parts.core;
  const before = hub.prewarm.bind(hub);
  hub.prewarm = async (want) => {
    wants.push({ from: want.fromMs - now(), function: want.want.order.spec.function.name });
    await before(want);
  };
  await pass(10 * minute - 36_000);
  expect(wants).toEqual([]);
  await pass(2000);
  expect(wants).toMatchObject([{ function: "hello" }]);
});

test("ticks are forgotten as executions are", async () => {
  await make();
  await pass(hour);
  await end((await executions())[0].id);
  await pass(hour);
  gateway.parts.core.stop();
  await gateway.parts.clock.advance(400 * 24 * hour);
  await forgetTicks(gateway.parts.ports);
  // What has not ended is not forgotten.
  expect(await ticks()).toMatchObject([{ status: "started", executionStatus: "queued" }]);
  await end((await executions())[0].id);
  await forgetTicks(gateway.parts.ports);
  expect(await ticks()).toEqual([]);
});

test("the times of a schedule that is not made are told, and what means none is refused in words", async () => {
  const preview = (body: unknown) => send("POST", "/v1/schedules/preview", body);
  const { status, body } = await preview({ cron: "30 2 * * *", timezone: "Europe/Madrid", count: 3 });
  expect([status, body.timezone, body.items.length]).toEqual([200, "Europe/Madrid", 3]);
  const made = await send("POST", "/v1/schedules", {
    ...{ name: "nightly", cron: "30 2 * * *", timezone: "Europe/Madrid", target: { function: "hello" } },
  });
  expect(made.status).toBe(201);
  expect((await get("/v1/schedules/nightly/next?count=3")).items).toEqual(body.items);
  const over = new Date(world.now() - 1).toISOString();
  for (const [asked, words] of [
    [{ at: over }, /at: is over already/],
    [{ cron: "61 * * * *" }, /cron: is no cron expression/],
    [{ cron: "0 0 30 2 *" }, /cron: means a time that never comes/],
    [{ cron: "0 3 * * *", timezone: "Mars/Olympus" }, /timezone: is no time zone/],
    [{}, /needs one of cron, every and at/],
  ] as const) {
    expect((await preview(asked)).body).toMatchObject({ status: 422, detail: expect.stringMatching(words) });
  }
  expect((await send("PATCH", "/v1/schedules/nightly", { at: over })).body.detail).toMatch(/is over already/);
  expect((await get("/v1/schedules")).items).toHaveLength(1);
});
