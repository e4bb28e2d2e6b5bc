import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { TestGateway } from "../runners/gateway.suite.ts";
import { forgetEmitted } from "./forget.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const passed = (ms: number) => gateway.parts.clock.advance(ms);
const send = async (method: string, path: string, body: unknown, headers: Record<string, string> = {}) => {
  const init = {
    method,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
  const response = await gateway.call(path, init);
  return { status: response.status, body: await response.json() };
};
const save = async (definition: unknown, name = "tried") => {
  const { status, body } = await send("PUT", `/v1/workflows/${name}`, definition);
  expect([status < 300, body.detail]).toEqual([true, undefined]);
};
const emit = async (name: string, data?: unknown, headers: Record<string, string> = {}) => {
  const answer = await send("POST", `/v1/events/${name}`, data === undefined ? {} : { data }, headers);
  await passed(10);
  return answer;
};
const runs = async (filter = "kind=workflow") =>
  (await (await gateway.call(`/v1/executions?${filter}`)).json()).items;
const view = async (id: string) => (await gateway.call(`/v1/executions/${id}`)).json();
const start = async (definition: unknown, inputs: unknown = {}) => {
  await save(definition);
  const { body } = await send("POST", "/v1/workflows/tried/executions", { inputs });
  await passed(10);
  return String(body.id);
};
const rows = async (sql: string) => (await gateway.parts.ports.database.client.execute(sql)).rows;

const template = (text: string) => `$${"{{"} ${text} }}`;
const greet = {
  inputs: { who: { type: "string", required: true } },
  triggers: [
    {
      ...{ type: "event", id: "signup", name: "user.signed-up", match: "event.plan === 'pro'" },
      inputs: { who: template("event.name") },
    },
  ],
  steps: [
    { id: "note", name: "Note", type: "set", set: { text: "'hello ' + inputs.who + ' ' + event.plan" } },
  ],
  outputs: { text: "vars.text" },
};

test("an event starts what has it as a trigger, with inputs made of its data, when its match lets it", async () => {
  await save(greet);
  const taken = await emit("user.signed-up", { name: "Ana", plan: "pro" });
  expect([taken.status, taken.body]).toEqual([
    202,
    { id: expect.stringMatching(/^evt_/), name: "user.signed-up", at: expect.any(String), subscribers: 1 },
  ]);
  await emit("user.signed-up", { name: "Bea", plan: "free" });
  await emit("user.left", { name: "Ana", plan: "pro" });
  const [run, ...others] = await runs();
  expect(others).toEqual([]);
  expect(run).toMatchObject({
    trigger: {
      type: "event",
      event: taken.body.id,
      name: "user.signed-up",
      trigger: "signup",
      by: "key:admin",
    },
  });
  expect((await view(run.id)).run.outputs).toEqual({ text: "hello Ana pro" });
  const ends = await rows("SELECT status, execution_id FROM event_deliveries ORDER BY event_seq");
  expect(ends.map((row) => [row.status, row.execution_id])).toEqual([
    ["started", run.id],
    ["passed", null],
  ]);
});

test("the same idempotency key is the same event; of another event it is refused", async () => {
  await save(greet);
  const key = { "idempotency-key": "one" };
  const data = { name: "Ana", plan: "pro" };
  const first = await emit("user.signed-up", data, key);
  const second = await emit("user.signed-up", data, key);
  expect([second.status, second.body]).toEqual([200, first.body]);
  expect(await runs()).toHaveLength(1);
  const other = await emit("user.signed-up", {}, key);
  expect([other.status, other.body.code]).toEqual([422, "idempotency_mismatch"]);
});

test("what is no name, too large, or too deep is refused", async () => {
  expect((await emit("no name")).status).toBe(422);
  expect((await emit("big", "x".repeat(300_000))).body.code).toBe("payload_too_large");
  expect((await emit("deep", null, { "pulse-depth": "9" })).body.code).toBe("loop_detected");
  expect((await send("POST", "/v1/events/a", { daten: 1 })).status).toBe(422);
});

test("inputs that do not fit are noted with the delivery, and nothing starts", async () => {
  await save({ ...greet, inputs: { who: { type: "integer", required: true } } });
  await emit("user.signed-up", { name: "Ana", plan: "pro" });
  expect(await runs()).toEqual([]);
  const [end] = await rows("SELECT status, error FROM event_deliveries");
  expect([end?.status, end?.error]).toEqual(["failed", expect.stringContaining("inputs/who")]);
});

test("a trigger that was changed, disabled or deleted after the event starts nothing", async () => {
  await save(greet);
  await save({ ...greet, triggers: [{ ...greet.triggers[0], enabled: false }] });
  expect((await emit("user.signed-up", { name: "Ana", plan: "pro" })).body.subscribers).toBe(0);
  await save(greet, "other");
  await gateway.call("/v1/workflows/other", { method: "DELETE" });
  expect((await emit("user.signed-up", { name: "Ana", plan: "pro" })).body.subscribers).toBe(0);
  expect(await runs()).toEqual([]);
});

test("a workflow that emits what starts it ends where calls get too deep", async () => {
  await save(greet);
  const at = (depth: number) =>
    emit("user.signed-up", { name: "Ana", plan: "pro" }, { "pulse-depth": String(depth) });
  await at(8);
  expect(await runs()).toHaveLength(1);
  const depths = await rows("SELECT depth FROM workflow_runs");
  expect(depths.map(({ depth }) => depth)).toEqual([8]);
  expect((await at(9)).status).toBe(508);
});

test("a function is called once by an event that it names, with the data as its JSON", async () => {
  await gateway.addFunction("mail", { events: [{ name: "order.paid", match: "event.total > 10" }] });
  const taken = await emit("order.paid", { total: 12 });
  await emit("order.paid", { total: 3 });
  const calls = await runs("kind=function");
  expect(calls).toMatchObject([
    { name: "mail", trigger: { type: "event", event: taken.body.id, name: "order.paid", by: "key:admin" } },
  ]);
  const [{ input }] = (await rows(
    "SELECT job ->> '$.spec.body.base64' AS input FROM executions WHERE kind = 'function'",
  )) as unknown as [{ input: string }];
  expect(new TextDecoder().decode(Uint8Array.fromBase64(input))).toBe('{"total":12}');
});

const awaits = (more: object = {}, timeout?: string) => ({
  inputs: { order: { type: "integer", default: 7 } },
  steps: [
    {
      ...{ id: "paid", name: "Paid", type: "wait", ...(timeout === undefined ? {} : { timeout }) },
      event: { name: "order.paid", match: "event.id === inputs.order", ...more },
    },
  ],
  outputs: { by: "steps.paid.output.by" },
});

test("a wait is over with the first event that matches; the others are for others, and stand in no log", async () => {
  const id = await start(awaits());
  const logged = async () => (await rows("SELECT count(*) AS n FROM workflow_events"))[0]?.n;
  const before = await logged();
  await emit("order.paid", { id: 1, by: "card" });
  await emit("order.sent", { id: 7, by: "post" });
  expect([(await view(id)).status, await logged()]).toEqual(["waiting", before]);
  await emit("order.paid", { id: 7, by: "cash" });
  await emit("order.paid", { id: 7, by: "again" });
  const { status, run } = await view(id);
  expect([status, run.outputs]).toEqual(["succeeded", { by: "cash" }]);
  expect(await rows("SELECT * FROM workflow_awaits")).toEqual([]);
});

test("a wait that looks back finds what was emitted before it began, but nothing older", async () => {
  await emit("order.paid", { id: 7, by: "long ago" });
  await passed(120_000);
  await emit("order.paid", { id: 1, by: "other" });
  await emit("order.paid", { id: 7, by: "just now" });
  await passed(10_000);
  const id = await start(awaits({ lookback: "1m" }));
  expect((await view(id)).run.outputs).toEqual({ by: "just now" });
  const other = await start(awaits());
  expect((await view(other)).status).toBe("waiting");
});

test("each of many waits has its own event, in one run and in several", async () => {
  const step = (id: string, order: number) => ({
    ...{ id, name: id, type: "wait", needs: [] },
    event: { name: "order.paid", match: `event.id === ${order}` },
  });
  const both = await start({
    steps: [step("a", 1), step("b", 2), step("c", 1)],
    outputs: { all: "[steps.a.output.n, steps.b.output.n, steps.c.output.n]" },
  });
  const { body } = await send("POST", "/v1/workflows/tried/executions", { inputs: {} });
  await passed(10);
  await emit("order.paid", { id: 2, n: "second" });
  await emit("order.paid", { id: 1, n: "first" });
  for (const id of [both, body.id]) {
    expect((await view(id)).run.outputs).toEqual({ all: ["first", "second", "first"] });
  }
});

test("a wait for an event ends with its timeout, and one whose match cannot be judged fails its step", async () => {
  const late = await start(awaits({}, "1s"));
  await passed(1100);
  expect((await view(late)).run.steps[0]).toMatchObject({ status: "timed_out" });
  const odd = await start(awaits({ match: "event.deep.missing.field === 1" }));
  await emit("order.paid", {});
  expect((await view(odd)).run.steps[0]).toMatchObject({ status: "failed" });
  expect(await rows("SELECT * FROM workflow_awaits")).toEqual([]);
});

test("events go after a week, but not while they are to start something", async () => {
  await save(greet);
  await emit("user.signed-up", { name: "Ana", plan: "pro" });
  await emit("nobody.cares");
  await rows("UPDATE event_deliveries SET status = 'waiting', next_at = 9e15");
  await passed(8 * 24 * 3_600_000);
  expect(await forgetEmitted(gateway.parts.ports)).toBe(false);
  expect((await rows("SELECT name FROM emitted_events")).map(({ name }) => name)).toEqual(["user.signed-up"]);
  await rows("UPDATE event_deliveries SET status = 'passed'");
  await forgetEmitted(gateway.parts.ports);
  expect(await rows("SELECT * FROM event_deliveries")).toEqual([]);
});

test("a quota holds what an event starts until there is room for it again", async () => {
  const nap = {
    triggers: [{ type: "event", name: "go" }],
    steps: [{ id: "nap", name: "Nap", type: "wait", duration: "3s" }],
  };
  await save(nap);
  expect(
    (await send("PUT", "/v1/plan", { plan: "custom", quotas: { concurrentExecutions: 1 } })).status,
  ).toBe(200);
  await emit("go");
  await emit("go");
  const statuses = async () => (await runs()).map(({ status }: { status: string }) => status).sort();
  expect(await statuses()).toEqual(["waiting"]);
  const isOver = async () => (await statuses()).join() === "succeeded,succeeded";
  for (let seconds = 0; seconds < 120 && !(await isOver()); seconds++) await passed(1000);
  expect(await statuses()).toEqual(["succeeded", "succeeded"]);
});
