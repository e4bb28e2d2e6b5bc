import { afterEach, beforeEach, expect, test } from "vitest";
import { ScheduleWorld } from "./schedule-world.suite.ts";
import { createTickStore } from "./tick-store.ts";

let world: ScheduleWorld;
beforeEach(async () => {
  world = await ScheduleWorld.start();
  await world.gateway.addFunction("hello");
  const steps = [{ name: "Ask", type: "prompt", message: "Go on?" }];
  expect((await world.send("PUT", "/v1/workflows/patch", { steps })).status).toBe(201);
});
afterEach(async () => expect(await world.close()).toEqual([]));

const minute = 60_000;
const workflow = { workflow: "patch" };
const hello = { function: "hello" };
const make = async (change: object) => {
  const made = await world.send("POST", "/v1/schedules", { name: "nightly", every: "1m", ...change });
  expect([made.status, made.body]).toEqual([201, expect.anything()]);
};
const change = async (body: object) =>
  expect((await world.send("PATCH", "/v1/schedules/nightly", body)).status).toBe(200);
const ticks = async () => (await world.get("/v1/schedules/nightly/ticks")).items;
const executions = async () => (await world.get("/v1/executions")).items;
const end = async (id: string) =>
  expect((await world.send("POST", `/v1/executions/${id}/cancel`, {})).status).toBe(200);

test.each([
  { name: "a function", from: hello, to: workflow },
  { name: "a workflow", from: workflow, to: hello },
])(
  "a tick of $name that waits starts what it came for, whatever its schedule is set to meanwhile",
  async ({ from, to }) => {
    await make({ target: from, overlap: "bufferOne" });
    await world.pass(2 * minute);
    const [first] = await executions();
    await change({ target: to });
    await end(first.id);
    await world.pass(3000);
    const started = (await executions()).map(({ id, kind, name }: Record<string, string>) => [
      id,
      kind,
      name,
    ]);
    expect(started).toHaveLength(2);
    for (const [id, kind, name] of started) {
      expect(id).toMatch(/^exe_[0-9a-z]{26}$/);
      expect([kind, name]).toEqual([first.kind, first.name]);
    }
    await end(started[0][0] === first.id ? started[1][0] : started[0][0]);
    await world.pass(minute);
    const latest = (await executions()).filter(({ kind }: { kind: string }) => kind !== first.kind);
    expect(latest).toHaveLength(1);
  },
);

test("what cancels a running execution does so by what that is, not by what the schedule starts now", async () => {
  await make({ target: workflow, overlap: "cancelRunning" });
  await world.pass(minute);
  const [run] = await executions();
  await change({ target: hello });
  await world.pass(minute);
  await world.pass(3000);
  expect((await world.get(`/v1/executions/${run.id}`)).status).toBe("cancelled");
  expect((await executions()).some(({ name }: { name: string }) => name === "hello")).toBe(true);
});

test("a tick that waits for its jitter, or behind another, does not start once its schedule is paused", async () => {
  await make({ target: hello, overlap: "bufferAll" });
  await world.pass(2 * minute);
  expect((await ticks()).map(({ status }: { status: string }) => status)).toEqual(["buffered", "started"]);
  await change({ enabled: false });
  await end((await executions())[0].id);
  await world.pass(minute);
  expect(await executions()).toHaveLength(1);
  expect((await ticks())[0]).toMatchObject({
    status: "skipped",
    reason: "the schedule was paused before it started",
  });
});

test("the claim itself is refused once the schedule is paused", async () => {
  await make({ target: hello, overlap: "allow", jitter: "24h" });
  await world.pass(minute);
  const { database } = world.gateway.parts.ports;
  const store = createTickStore(database);
  const [row] = await store.due(null, Number.MAX_SAFE_INTEGER, 1);
  if (row === undefined) throw new Error("no tick waits");
  await change({ enabled: false });
  expect(await store.claim(row.tick, world.now() + 1000, true)).toBe(false);
  await database.client.execute("UPDATE schedules SET enabled = 1");
  expect(await store.claim(row.tick, world.now() + 1000, true)).toBe(true);
});

test("a tick of a schedule that is gone is never written", async () => {
  await make({ target: hello });
  const { id } = await world.get("/v1/schedules/nightly");
  expect((await world.send("DELETE", "/v1/schedules/nightly")).status).toBe(204);
  const store = createTickStore(world.gateway.parts.ports.database);
  const row = { id: "tck_00000000000000000000000000", project: "default", scheduleId: id };
  await store.add(
    { ...row, at: world.now(), nextAt: world.now(), status: "waiting", by: "key:admin" },
    world.now(),
  );
  expect([await store.shown(row.id), await store.nextAt(null)]).toEqual([null, null]);
});

test("what is run now by a call lies as deep as that call, and too deep a one is refused", async () => {
  await make({ name: "fn", target: hello, overlap: "allow" });
  await make({ name: "wf", target: workflow, overlap: "allow" });
  const trigger = (name: string, depth: string) =>
    world.gateway.call(`/v1/schedules/${name}/trigger`, {
      method: "POST",
      headers: { "content-type": "application/json", "pulse-depth": depth },
      body: "{}",
    });
  const { rows } = await (async () => {
    for (const name of ["fn", "wf"]) expect((await trigger(name, "7")).status).toBe(201);
    return await world.gateway.parts.ports.database.client.execute(
      `SELECT coalesce((SELECT depth FROM workflow_runs WHERE execution_id = e.id), e.job ->> '$.spec.depth') AS depth
       FROM executions AS e`,
    );
  })();
  expect(rows.map(({ depth }) => Number(depth))).toEqual([7, 7]);
  const refused = await trigger("wf", "9");
  expect([refused.status, (await refused.json()).code]).toEqual([508, "loop_detected"]);
});

test("so many ticks may wait and no more", async () => {
  await make({ target: hello, overlap: "bufferAll", every: "24h" });
  const { database } = world.gateway.parts.ports;
  await database.client.execute({
    sql: `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
      INSERT INTO schedule_ticks (id, project, schedule_id, at, "by", status, is_open, next_at, tries, depth)
      SELECT 'tck_' || i, project, id, i, 'key:x', 'buffered', 0, 9e15, 0, 0 FROM schedules, n`,
    args: [],
  });
  const { status, body } = await world.send("POST", "/v1/schedules/nightly/trigger", {});
  expect([status, body.code, body.detail]).toEqual([
    409,
    "conflict",
    "200 ticks of this schedule wait already",
  ]);
});
