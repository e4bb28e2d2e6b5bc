import { afterEach, beforeEach, expect, test } from "vitest";
import { ScheduleWorld } from "./schedule-world.suite.ts";

let world: ScheduleWorld;
beforeEach(async () => {
  world = await ScheduleWorld.start();
  await world.gateway.addFunction("hello");
});
afterEach(async () => expect(await world.close()).toEqual([]));

const cron = { cron: "0 * * * *" };
const asked = async (method: string, path: string, body: object, depth: number) => {
  const headers = { "content-type": "application/json", "pulse-depth": String(depth) };
  const response = await world.gateway.call(path, { method, headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
};
const make = (name: string, target: object, depth: number) =>
  asked("POST", "/v1/schedules", { name, ...cron, target }, depth);

/** How deep what was started lies, by its name. */
async function depths(): Promise<Record<string, number>> {
  const { rows } = await world.gateway.parts.ports.database.client.execute(
    `SELECT e.trigger ->> '$.schedule' AS name, max(coalesce(r.depth, e.job ->> '$.spec.depth')) AS depth
     FROM executions AS e LEFT JOIN workflow_runs AS r ON r.execution_id = e.id GROUP BY 1 ORDER BY 1`,
  );
  return Object.fromEntries(rows.map(({ name, depth }) => [String(name), Number(depth)]));
}

test("a schedule begins a chain of its own, unless calls led to whoever made it or gave it its times", async () => {
  const fn = { function: "hello" };
  const wf = { workflow: "patch", inputs: {} };
  const steps = [{ name: "Note", type: "set", set: {} }];
  await asked("PUT", "/v1/workflows/patch", { steps }, 0);
  for (const [name, target] of [["own", fn] as const, ["flow", wf] as const]) {
    expect((await make(name, target, 0)).status).toBe(201);
    expect((await make(`${name}-made`, target, 3)).status).toBe(201);
  }
  await make("changed", wf, 1);
  await asked("PATCH", "/v1/schedules/changed", { every: "1h" }, 6);
  // Who changes it from outside does not take back how deep it lies.
  await asked("PATCH", "/v1/schedules/changed", { cron: "0 * * * *" }, 0);
  const triggers = [{ type: "cron", name: "hourly", ...cron }];
  await asked("PUT", "/v1/workflows/saved", { triggers, steps }, 5);
  await world.pass(3_600_000);
  expect(await depths()).toEqual({
    ...{ own: 0, "own-made": 3, flow: 0, "flow-made": 3, changed: 6, "saved:hourly": 5 },
  });
});

test("what makes a schedule of itself, time after time, comes to an end", async () => {
  const tooDeep = await make("ninth", { function: "hello" }, 9);
  expect([tooDeep.status, tooDeep.body.code]).toEqual([508, "loop_detected"]);
  // As deep as may be, it still runs; what it calls, with one more, does not.
  expect((await make("eighth", { function: "hello" }, 8)).status).toBe(201);
  await world.pass(3_600_000);
  expect(await depths()).toEqual({ eighth: 8 });
});
