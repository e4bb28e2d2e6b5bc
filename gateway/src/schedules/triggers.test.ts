import { afterEach, beforeEach, expect, test } from "vitest";
import { ScheduleWorld } from "./schedule-world.suite.ts";

let world: ScheduleWorld;
beforeEach(async () => {
  world = await ScheduleWorld.start();
});
afterEach(async () => expect(await world.close()).toEqual([]));

const hour = 3_600_000;
const send = (method: string, path: string, body?: unknown) => world.send(method, path, body);
const get = (path: string) => world.get(path);
const pass = (ms: number) => world.pass(ms);

const filled = (expression: string) => `\${{ ${expression} }}`;
const steps = [{ name: "end", type: "stop", status: "succeeded" }];
const outputs = { day: "inputs.day + (event.scheduledDate === execution.scheduledDate)" };
const inputs = { day: { type: "string", required: true } };
const hourly = { type: "cron", every: "1h", inputs: { day: filled("event.scheduledDate") } };
const save = async (triggers: unknown[]) =>
  send("PUT", "/v1/workflows/import", { inputs, outputs, steps, triggers });
const schedules = async () => (await get("/v1/schedules")).items;

test("a workflow's triggers are its schedules: they start it, with the tick in the templates of its inputs", async () => {
  expect((await save([hourly, { ...hourly, type: "schedule", id: "late", every: "2h" }])).status).toBe(201);
  expect(await schedules()).toMatchObject([
    { name: "import:cron-1", everyMs: hour, trigger: { workflow: "import", id: "cron-1" }, catchupMs: hour },
    { name: "import:late", everyMs: 2 * hour, target: { workflow: "import" } },
  ]);
  await pass(hour);
  const [run] = (await get("/v1/executions")).items;
  const { scheduledTime, ...trigger } = (await get(`/v1/executions/${run.id}`)).trigger;
  expect(trigger).toMatchObject({ type: "schedule", schedule: "import:cron-1", trigger: "cron-1" });
  expect(await get(`/v1/executions/${run.id}`)).toMatchObject({ status: "succeeded" });
  expect(new Date(scheduledTime).toISOString().slice(0, 10)).toBe(trigger.scheduledDate);
  const result = await get(`/v1/executions/${run.id}/result`);
  expect(result).toEqual({ day: `${trigger.scheduledDate}true` });
  const events = (await get("/v1/schedules/import:cron-1/ticks")).items;
  expect(events).toMatchObject([{ status: "started", executionStatus: "succeeded" }]);
});

test("a save that changes no times lets a schedule go on, one that does begins anew, and one without it takes it away", async () => {
  await save([hourly]);
  const [made] = await schedules();
  await pass(hour / 2);
  await save([{ ...hourly, overlap: "allow" }]);
  const [kept] = await schedules();
  expect(kept).toMatchObject({ id: made.id, nextAt: made.nextAt, overlap: "allow" });
  await save([{ ...hourly, every: "90m" }]);
  const [other] = await schedules();
  expect([other.id, other.everyMs]).toEqual([made.id, 1.5 * hour]);
  expect(Date.parse(other.nextAt)).toBe(world.now() + 1.5 * hour);
  await save([]);
  expect(await schedules()).toEqual([]);
});

test("it is paused and resumed by hand and stays so through a save, but is changed only with its workflow", async () => {
  await save([hourly]);
  const at = "/v1/schedules/import:cron-1";
  expect((await send("PATCH", at, { enabled: false, reason: "not today" })).status).toBe(200);
  await save([{ ...hourly, overlap: "allow" }]);
  expect(await schedules()).toMatchObject([{ enabled: false, paused: { reason: "not today" } }]);
  expect((await send("PATCH", at, { every: "5m" })).body).toMatchObject({ code: "conflict" });
  expect((await send("DELETE", at)).body).toMatchObject({ code: "conflict" });
  expect((await send("PATCH", at, { enabled: true })).body).toMatchObject({ enabled: true });
  await save([{ ...hourly, enabled: false }]);
  expect(await schedules()).toMatchObject([{ enabled: false, nextAt: null, paused: { by: "workflow" } }]);
  await save([hourly]);
  expect(await schedules()).toMatchObject([{ enabled: true, paused: null }]);
  expect((await send("DELETE", "/v1/workflows/import")).status).toBe(204);
  expect(await schedules()).toEqual([]);
});

test("a disabled workflow is not started, and the tick says why", async () => {
  await save([hourly]);
  await send("PATCH", "/v1/workflows/import", { enabled: false, reason: "broken" });
  await pass(hour);
  const [tick] = (await get("/v1/schedules/import:cron-1/ticks")).items;
  expect(tick).toMatchObject({ status: "failed", reason: expect.stringContaining("broken") });
});

test.each([
  ["/triggers/0/cron", { type: "cron", cron: "61 * * * *" }],
  ["/triggers/0/timezone", { type: "cron", cron: "0 3 * * *", timezone: "Mars/Olympus" }],
  ["/triggers/0/at", { type: "cron", at: "tomorrow" }],
  ["/triggers/0/every", { type: "schedule", every: "10ms" }],
  ["/triggers/0", { type: "schedule" }],
])("a definition whose times mean nothing is refused at %s", async (pointer, trigger) => {
  const { status, body } = await save([{ ...trigger, inputs: { day: "today" } }]);
  expect([status, body.findings[0].pointer]).toEqual([422, pointer]);
  const checked = { inputs, outputs, steps, triggers: [{ ...trigger, inputs: { day: "today" } }] };
  expect((await send("POST", "/v1/workflows/validate", checked)).body).toMatchObject({ valid: false });
});
