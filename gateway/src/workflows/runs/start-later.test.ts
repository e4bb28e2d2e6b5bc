import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../../dispatch/world.suite.ts";
import { TestGateway } from "../../runners/gateway.suite.ts";
import { EngineWorld } from "./engine-world.suite.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const note = {
  steps: [{ id: "note", name: "Note", type: "set", set: { at: "execution.startedAt" } }],
  outputs: { at: "vars.at" },
};
const send = async (method: string, path: string, body?: unknown, more: Record<string, string> = {}) => {
  const headers = { "content-type": "application/json", ...more };
  const given = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await gateway.call(path, { method, headers, ...given });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
};
const save = (more: object = {}) => send("PUT", "/v1/workflows/patch", { ...note, ...more });
const ask = (headers: Record<string, string>, body: object = {}) =>
  send("POST", "/v1/workflows/patch/executions", body, headers);
const view = async (id: string) => (await send("GET", `/v1/executions/${id}`)).body;
const later = (ms: number) => new Date(gateway.parts.clock.now() + ms).toISOString();
const passed = (ms: number) => gateway.parts.clock.advance(ms);
const rows = async (sql: string) => (await gateway.parts.ports.database.client.execute(sql)).rows;

test("a run that was put off is scheduled, costs a timer, and begins when its time has come", async () => {
  await save({ timeout: "1m" });
  const due = later(3_600_000);
  const { status, body } = await ask({ "pulse-delay": "1h" });
  expect([status, body]).toEqual([202, { id: body.id, url: body.url, status: "scheduled", runAt: due }]);
  await passed(10);
  expect(await view(body.id)).toMatchObject({
    ...{
      status: "scheduled",
      runAt: due,
      startedAt: null,
      attempt: 0,
      run: { phase: "scheduled", steps: [] },
    },
    waitingFor: `it may run from ${due} on`,
  });
  const { items } = (await send("GET", "/v1/executions?status=scheduled&kind=workflow")).body;
  expect(items.map(({ id }: { id: string }) => id)).toEqual([body.id]);
  expect(await rows("SELECT key, at FROM workflow_timers")).toMatchObject([{ at: Date.parse(due) }]);
  await passed(3_599_980);
  expect((await view(body.id)).status).toBe("scheduled");
  // As it stands between its time and its begin, which a busy gateway may see.
  await rows("UPDATE executions SET run_at = run_at - 3600000");
  expect((await view(body.id)).waitingFor).toBe("its time has come, and it begins");
  await passed(20);
  // Its time limit counts from here, and so does what expressions see.
  expect(await view(body.id)).toMatchObject({
    ...{ status: "succeeded", runAt: null, startedAt: due, attempt: 1 },
    run: { outputs: { at: due } },
  });
  expect(await rows("SELECT * FROM workflow_timers")).toEqual([]);
});

test("the time, the inputs and the right to run it are judged when it is asked for, and the revision is that of then", async () => {
  await save({ inputs: { n: { type: "integer", required: true } }, outputs: { n: "inputs.n" } });
  const codes = async (headers: Record<string, string>, body: object = { inputs: { n: 1 } }) =>
    (await ask(headers, body)).body.code;
  expect(await codes({ "pulse-delay": "soon" })).toBe("bad_request");
  expect(await codes({ "pulse-run-at": later(31 * 86_400_000) })).toBe("bad_request");
  expect(await codes({ "pulse-delay": "1m" }, {})).toBe("validation_failed");
  const key = { "idempotency-key": "one", "pulse-delay": "1m" };
  const first = await ask(key, { inputs: { n: 7 } });
  await passed(1000);
  expect((await ask(key, { inputs: { n: 7 } })).body.id).toBe(first.body.id);
  expect(await codes({ ...key, "pulse-delay": "2m" }, { inputs: { n: 7 } })).toBe("idempotency_mismatch");
  await save({ outputs: { other: "1" } });
  await passed(60_000);
  expect(await view(first.body.id)).toMatchObject({ version: 1, run: { outputs: { n: 7 } } });
  expect((await ask({ "pulse-run-at": later(-5000) })).body.status).toBe("running");
});

test("one that waits for its time is cancelled and has never begun", async () => {
  await save({ finally: [{ name: "Always", type: "set", set: { cleaned: "true" } }] });
  const { body } = await ask({ "pulse-delay": "1h" });
  await passed(10);
  expect((await send("POST", `/v1/executions/${body.id}/cancel`)).status).toBeLessThan(300);
  await passed(3_600_000);
  expect(await view(body.id)).toMatchObject({ status: "cancelled", startedAt: null, run: { steps: [] } });
  expect(await rows("SELECT * FROM workflow_timers")).toEqual([]);
});

test("a workflow that was disabled or deleted meanwhile does not begin; the run says so", async () => {
  await save();
  const disabled = (await ask({ "pulse-delay": "1h" })).body.id;
  const enabledAgain = (await ask({ "pulse-delay": "2h" })).body.id;
  const deleted = (await ask({ "pulse-delay": "3h" })).body.id;
  await passed(10);
  await send("PATCH", "/v1/workflows/patch", { enabled: false, reason: "a freeze" });
  await passed(3_600_000);
  expect(await view(disabled)).toMatchObject({
    ...{ status: "failed", startedAt: null, run: { steps: [] } },
    error: {
      code: "workflow_disabled",
      message: 'the workflow "patch" is disabled by key:admin: a freeze',
    },
  });
  await send("PATCH", "/v1/workflows/patch", { enabled: true });
  await passed(3_600_000);
  expect((await view(enabledAgain)).status).toBe("succeeded");
  await send("DELETE", "/v1/workflows/patch");
  await save();
  await passed(3_600_000);
  expect((await view(deleted)).error).toMatchObject({ code: "workflow_deleted" });
});

test("its place under a concurrency key is asked for when it begins, not while it is put off", async () => {
  const concurrency = { key: "one", onConflict: "fail" };
  await save({ concurrency, steps: [{ name: "Nap", type: "wait", duration: "10m" }], outputs: {} });
  const later1 = (await ask({ "pulse-delay": "5m" })).body.id;
  const now = await ask({});
  expect([now.status, (await ask({})).status]).toEqual([202, 409]);
  await passed(300_100);
  expect(await view(later1)).toMatchObject({ status: "failed", error: { code: "concurrency" } });
  const later2 = (await ask({ "pulse-delay": "10m" })).body.id;
  await passed(600_100);
  expect((await view(later2)).status).toBe("waiting");
  await passed(600_100);
  expect((await view(later2)).status).toBe("succeeded");
});

test("it counts against quotas from when it is asked for", async () => {
  await save();
  const plan = { plan: "custom", quotas: { concurrentExecutions: 1 } };
  expect((await send("PUT", "/v1/plan", plan)).status).toBeLessThan(300);
  const { body } = await ask({ "pulse-delay": "1h" });
  expect((await ask({ "pulse-delay": "1h" })).body.code).toBe("quota_exceeded");
  await send("POST", `/v1/executions/${body.id}/cancel`);
  await passed(2000);
  expect((await ask({ "pulse-delay": "1h" })).status).toBe(202);
});

test("wherever the gateway is killed, it begins once, at its time", async () => {
  const play = async (dieAt: number | null, when: "before" | "after") => {
    const world = await EngineWorld.make();
    const at = world.clock.now() + 60_000;
    const id = await world.start(note, {}, at);
    const mortal = world.restart(dieAt, when);
    await world.play(id, mortal);
    const [row] = await world.rows("SELECT status, started_at FROM executions WHERE id = ?", [id]);
    const began = await world.rows(
      "SELECT type FROM workflow_events WHERE type IN ('timer.fired', 'begin.allowed', 'step.started')",
    );
    const outcome = { status: row?.status, late: Number(row?.started_at) - at, began: began.length };
    expect(world.problems).toEqual([]);
    world.close();
    return { outcome, writes: mortal.writes };
  };
  const { outcome, writes } = await play(null, "after");
  expect([outcome, writes > 1]).toEqual([{ status: "succeeded", late: 0, began: 3 }, true]);
  for (let dieAt = 1; dieAt <= writes; dieAt++) {
    for (const when of ["before", "after"] as const) {
      expect([dieAt, when, (await play(dieAt, when)).outcome]).toEqual([dieAt, when, outcome]);
    }
  }
});
