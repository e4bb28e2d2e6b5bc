import { expect, test } from "vitest";
import { gatewayOfEachTest, seen, signedIn } from "../auth/browser.suite.ts";
import { emit } from "./emit.ts";
import { emittingExecution } from "./emitting-execution.ts";

const gateway = gatewayOfEachTest();

const send = async (method: string, path: string, body: unknown, more: Record<string, string> = {}) => {
  const headers = { "content-type": "application/json", ...more };
  const response = await gateway().call(path, { method, headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
};
const passed = () => gateway().parts.clock.advance(10);
const rows = async (sql: string) => (await gateway().parts.ports.database.client.execute(sql)).rows;
const triggers = [{ type: "event", name: "go" }];
const emitter = emittingExecution("exe_1", "orders");
const ask = { name: "Ask", type: "prompt", message: "Go on?" };

test("whoever emits an event has started what it starts, and does not approve it", async () => {
  const approvers = { users: ["ana", "ben"], allowStarter: false };
  await send("PUT", "/v1/workflows/patch", { triggers, steps: [{ ...ask, approvers }] });
  const ana = await signedIn(gateway(), "ana", { default: "operator" });
  const ben = await signedIn(gateway(), "ben", { default: "operator" });
  expect((await ana.send("POST", "/v1/events/go", {})).status).toBe(202);
  await passed();
  const [run] = await rows("SELECT execution_id, started_by FROM workflow_runs");
  expect(JSON.parse(String(run?.started_by))).toEqual({
    ...{
      kind: "user",
      id: expect.stringMatching(/^usr_/),
      name: "ana",
      userId: expect.stringMatching(/^usr_/),
    },
  });
  const answer = (who: typeof ana) =>
    who.send("POST", `/v1/executions/${run?.execution_id}/respond`, { response: "Continue" }).then(seen);
  expect(await answer(ana)).toBe("forbidden");
  expect(await answer(ben)).toBe("ok");
});

test("an event starts only what whoever emits it may run, and the rest is noted as failed", async () => {
  const steps = [{ name: "Note", type: "set", set: {} }];
  await send("PUT", "/v1/workflows/for-ana", { triggers, permissions: { run: ["user:ana"] }, steps });
  await send("PUT", "/v1/workflows/for-all", { triggers, steps });
  await send("PUT", "/v1/workflows/hidden", { triggers, permissions: { view: ["user:ana"] }, steps });
  const events = [{ name: "go" }];
  await gateway().addFunction("narrow", { events, permissions: { execute: ["user:ana"] } });
  await gateway().addFunction("wide", { events });
  const started = async () => {
    await passed();
    const names = await rows("SELECT name FROM executions ORDER BY name");
    await rows("DELETE FROM executions");
    return names.map(({ name }) => name);
  };
  const ben = await signedIn(gateway(), "ben", { default: "operator" });
  await ben.send("POST", "/v1/events/go", {});
  expect(await started()).toEqual(["for-all", "wide"]);
  const failed = await rows(
    "SELECT subscriber, error FROM event_deliveries WHERE status = 'failed' ORDER BY 1",
  );
  expect(failed.map(({ subscriber, error }) => [subscriber, error])).toEqual([
    ["for-ana", 'user:ben may not run the workflow "for-ana"'],
    ["hidden", 'user:ben may not run the workflow "hidden"'],
    ["narrow", 'user:ben may not call the function "narrow"'],
  ]);
  const ana = await signedIn(gateway(), "ana", { default: "operator" });
  await ana.send("POST", "/v1/events/go", {});
  const all = ["for-all", "for-ana", "hidden", "narrow", "wide"];
  expect(await started()).toEqual(all);
  // The gateway's own key is an admin's, and code of a function is of whoever deployed it.
  await send("POST", "/v1/events/go", {});
  expect(await started()).toEqual(all);
  const fromJob = {
    project: "default",
    name: "go",
    data: null,
    depth: 1,
    by: "exe_1",
    idempotencyKey: null,
    emitter,
  };
  await emit(gateway().parts.ports, fromJob);
  await gateway().parts.deps.hub.changed({ project: "default" });
  expect(await started()).toEqual(all);
});

test("what the code of a function emits is its call's, which has started what it starts", async () => {
  await send("PUT", "/v1/workflows/patch", { triggers, steps: [{ name: "Note", type: "set", set: {} }] });
  const fromJob = { project: "default", name: "go", data: null, depth: 1, by: "exe_1", idempotencyKey: null };
  await emit(gateway().parts.ports, { ...fromJob, emitter });
  await gateway().parts.deps.hub.changed({ project: "default" });
  await passed();
  const [run] = await rows("SELECT started_by, depth FROM workflow_runs");
  const call = { kind: "execution", id: "exe_1", name: "orders", userId: null };
  expect([JSON.parse(String(run?.started_by)), run?.depth]).toEqual([call, 1]);
  const [event] = await rows("SELECT emitter FROM emitted_events");
  expect(JSON.parse(String(event?.emitter))).toEqual(call);
});

test("a caller's idempotency key is never one that a job made of its execution", async () => {
  const idempotencyKey = "exe_1:1:a";
  const { body } = await send("POST", "/v1/events/go", {}, { "idempotency-key": idempotencyKey });
  const fromJob = {
    project: "default",
    name: "other",
    data: 1,
    depth: 1,
    by: "exe_1",
    idempotencyKey,
    emitter,
  };
  const made = await emit(gateway().parts.ports, fromJob);
  expect([made.isRepeated, made.id === body.id]).toEqual([false, false]);
  expect((await emit(gateway().parts.ports, fromJob)).id).toBe(made.id);
});

test("an idempotency key is that of whoever sends it: nobody takes the event of another one with it", async () => {
  await send("PUT", "/v1/workflows/patch", { triggers, steps: [{ name: "Note", type: "set", set: {} }] });
  const ana = await signedIn(gateway(), "ana", { default: "operator" });
  const asAna = await ana.send("POST", "/v1/events/go", {}, { "idempotency-key": "one" });
  const own = await send("POST", "/v1/events/go", {}, { "idempotency-key": "one" });
  const { id } = await asAna.json();
  expect([asAna.status, own.status, own.body.id === id]).toEqual([202, 202, false]);
});
