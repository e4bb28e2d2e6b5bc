import { countedMost } from "@pulse/schema/overview";
import { expect, test } from "vitest";
import { gatewayOfEachTest, signedIn } from "../auth/browser.suite.ts";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner } from "../runners/gateway.suite.ts";

const gateway = gatewayOfEachTest();
const hourMs = 3_600_000;
const json = { "content-type": "application/json" };
const send = (method: string, path: string, body: unknown) =>
  gateway().call(path, { method, headers: json, body: JSON.stringify(body) });
const read = async (query = "") => await (await gateway().call(`/v1/overview${query}`)).json();
const sum = (counts: number[] | undefined) => (counts ?? []).reduce((all, one) => all + one, 0);

test("executions stand in the hour in which they were made, by how they are now; what has not ended is counted whenever it was made", async () => {
  await gateway().addFunction("hello");
  const call = () => gateway().call("/f/hello", { method: "POST", headers: { prefer: "respond-async" } });
  const runner = await HttpRunner.join(gateway());
  await call();
  await runner.answer("ok");
  await gateway().parts.clock.advance(3 * hourMs);
  await call();
  await settle();
  const overview = await read();
  expect(overview.made.succeeded).toHaveLength(24);
  expect([overview.made.succeeded.indexOf(1), sum(overview.made.succeeded)]).toEqual([20, 1]);
  expect([overview.made.queued.indexOf(1), sum(overview.made.queued)]).toEqual([23, 1]);
  expect(overview.made.failed).toBeUndefined();
  expect(overview.live).toEqual({ scheduled: 0, queued: 1, offered: 0, running: 0, waiting: 0 });
  expect(overview.isWhole).toBe(true);
  expect(Date.parse(overview.to) - Date.parse(overview.from)).toBe(24 * hourMs);
  expect((await read("?window=1h")).made.succeeded).toBeUndefined();
  expect((await gateway().call("/v1/overview?window=2h")).status).toBe(422);
});

test("of more than ten thousand of a status the newest are counted, and that is said", async () => {
  const now = gateway().parts.clock.now();
  await gateway().parts.ports.database.client.execute({
    sql: `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
      INSERT INTO executions (id, project, kind, status, name, pool, route, mode, delivery, trigger_type, run_at, created_at, trigger, job)
      SELECT 'exe_' || i, 'default', 'function', 'waiting', 'many', '', '', 'async', 'atMostOnce', 'http', 1, ?2 - i, '{"type":"http"}', '{}' FROM n`,
    args: [countedMost + 5, now],
  });
  const overview = await read();
  expect(overview.live.waiting).toBe(countedMost);
  expect(sum(overview.made.waiting)).toBe(countedMost);
  expect(overview.isWhole).toBe(false);
});

test("each first step is ticked by what it is about, and by nothing else", async () => {
  const steps = async () => (await read()).firstSteps;
  expect(await steps()).toEqual({ runner: false, function: false, call: false, trigger: false });
  expect((await send("PUT", "/v1/functions/hello", {})).status).toBe(201);
  expect((await steps()).function).toBe(false);
  await gateway().addFunction("greet");
  expect(await steps()).toEqual({ runner: false, function: true, call: false, trigger: false });
  const runner = await HttpRunner.join(gateway());
  expect(await steps()).toEqual({ runner: true, function: true, call: false, trigger: false });
  await gateway().call("/f/greet", { method: "POST", headers: { prefer: "respond-async" } });
  await runner.answer("ok");
  await settle();
  expect(await steps()).toEqual({ runner: true, function: true, call: true, trigger: false });
  await send("POST", "/v1/schedules", { name: "hourly", every: "1h", target: { function: "greet" } });
  expect(await steps()).toEqual({ runner: true, function: true, call: true, trigger: true });
});

test("runs of a workflow that somebody may not view are not counted for them", async () => {
  const ask = { id: "ask", name: "Ask", type: "prompt", message: "Go on?" };
  await send("PUT", "/v1/workflows/hidden", { permissions: { view: ["user:ana"] }, steps: [ask] });
  await send("POST", "/v1/workflows/hidden/executions", {});
  await gateway().parts.clock.advance(10);
  const seenBy = async (name: string) => {
    const person = await signedIn(gateway(), name, { default: "viewer" });
    const { live, made } = await (await person.send("GET", "/v1/overview")).json();
    return [live.waiting, sum(made.waiting)];
  };
  expect(await seenBy("ana")).toEqual([1, 1]);
  expect(await seenBy("ben")).toEqual([0, 0]);
});
