import type { InStatement } from "@libsql/client/web";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeWorld, never, newExecution, type World } from "../../dispatch/world.suite.ts";
import { createPlaces, openPools } from "./places.ts";

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(() => world.close());

const submit = async (project: string, pool: string) => {
  const plain = newExecution(world, { mode: "async", pool });
  const execution = { ...plain, job: { ...plain.job, project } };
  await world.hub.invoke({ execution, waitMs: 0, body: null }, never);
  return execution.id;
};
const database = () => world.ports.database.client;

test("the pool of an execution is read once and kept", async () => {
  const id = await submit("shop", "gpu");
  let reads = 0;
  const execute = database().execute.bind(database());
  database().execute = (...args: unknown[]) => {
    reads += 1;
    return (execute as (...args: unknown[]) => ReturnType<typeof execute>)(...args);
  };
  const places = createPlaces(database());
  for (let i = 0; i < 3; i++) {
    expect(await places.ofExecution(id)).toEqual({ project: "shop", pool: "gpu" });
  }
  expect(reads).toBe(1);
  expect(await places.ofExecution("exe_none")).toBeNull();
});

test("what was noted is not read, and only the last 10,000 are kept", async () => {
  const places = createPlaces(database());
  for (let i = 0; i <= 10_000; i++) places.note(`rnr_${i}`, { project: "shop", pool: "gpu" });
  expect(await places.ofRunner("rnr_0")).toBeNull();
  expect(await places.ofRunner("rnr_1")).toEqual({ project: "shop", pool: "gpu" });
});

test("open pools are those with work that has not ended, of every project", async () => {
  await submit("shop", "gpu");
  await submit("shop", "default");
  await submit("blog", "default");
  const ended = await submit("blog", "gpu");
  await world.hub.cancel({ project: "blog", id: ended, reason: "cancelled" });
  const found = await openPools(database(), 10);
  expect(found.map(({ project, pool }) => `${project}/${pool}`).sort()).toEqual([
    "blog/default",
    "shop/default",
    "shop/gpu",
  ]);
  expect(await openPools(database(), 2)).toHaveLength(2);
});

test("open pools are found without reading a long queue", async () => {
  const asked: InStatement[] = [];
  const execute = database().execute.bind(database());
  database().execute = (...args: unknown[]) => {
    asked.push(args[0] as InStatement);
    return (execute as (...args: unknown[]) => ReturnType<typeof execute>)(...args);
  };
  await openPools(database(), 10);
  const { sql, args } = asked[0] as { sql: string; args: [] };
  const { rows } = await execute({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
  const steps = rows.map(({ detail }) => String(detail));
  expect(steps.filter((step) => /^SCAN (e|executions)\b/.test(step))).toEqual([]);
  expect(steps.join("\n")).toMatch(/SEARCH e USING INDEX executions_claim/);
});
