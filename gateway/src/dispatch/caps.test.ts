import { afterEach, beforeEach, expect, test } from "vitest";
import type { NewExecution } from "../hub.ts";
import { makeWorld, never, newExecution, PlayedRunner, settle, type World } from "./world.suite.ts";

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(async () => {
  await settle();
  world.close();
  expect(world.problems).toEqual([]);
});

const cap = { key: "fn_a", max: 2, onLimit: "queue" as const };

/** Accepts executions under the cap, or without one. */
async function accept(count: number, limit: typeof cap | null = cap): Promise<string[]> {
  const made = Array.from({ length: count }, () => newExecution(world, { mode: "async", cap: limit }));
  await Promise.all(made.map((execution) => world.hub.invoke({ execution, waitMs: 0, body: null }, never)));
  return made.map(({ id }) => id);
}

async function idsWith(status: string): Promise<string[]> {
  const { rows } = await world.ports.database.client.execute({
    sql: "SELECT id FROM executions WHERE status = ? ORDER BY id",
    args: [status],
  });
  return rows.map(({ id }) => String(id));
}

test("runners that finish in the same moment do not together take more than the cap allows", async () => {
  const names = ["a", "b", "c", "d"];
  const runners = names.map((name) => new PlayedRunner(world, { name, slots: 1 }));
  for (const runner of runners) await runner.join();
  const syncs = runners.map((runner) => runner.sync());
  await settle();
  await accept(8);
  await settle();
  const offered = await idsWith("offered");
  expect(offered).toHaveLength(2);
  const given = await Promise.all(
    syncs
      .slice(0, 2)
      .map(async (sync) => (await sync).jobs.map(({ execution, fence }) => ({ execution, fence }))),
  );
  const jobs = given.flat();
  expect(jobs).toHaveLength(2);
  // Both ask for the next job with their outcome, while two other runners are parked and free.
  await Promise.all(
    runners
      .slice(0, 2)
      .map((runner, i) => runner.complete(jobs[i]?.execution ?? "", jobs[i]?.fence ?? 0, {}, 1)),
  );
  await settle();
  expect(await idsWith("offered")).toHaveLength(2);
});

test("work without a cap is found behind any number of rows that must wait for theirs", async () => {
  const runner = new PlayedRunner(world, { slots: 5 });
  const capped = await accept(300, { ...cap, max: 1 });
  const free = await accept(2, null);
  await runner.join();
  const { jobs } = await runner.sync({ free: 5 });
  expect(jobs).toHaveLength(3);
  expect(jobs.filter(({ execution }) => free.includes(execution))).toHaveLength(2);
  expect(jobs.filter(({ execution }) => capped.includes(execution))).toHaveLength(1);
});

test("a cap that is lowered while work runs lets nothing more out until as many have ended", async () => {
  const runner = new PlayedRunner(world, { slots: 5 });
  await runner.join();
  const sync = runner.sync({ free: 5 });
  await settle();
  const ids = await accept(4);
  const { jobs } = await sync;
  await world.hub.capChanged({ key: cap.key, max: 1 });
  for (const { execution, fence } of jobs.slice(0, 1)) await runner.complete(execution, fence, {}, 5);
  await settle();
  expect((await idsWith("queued")).length).toBe(ids.length - 2);
});

test.each<[string, Partial<NewExecution>]>([
  ["a version that needs other runners", { requires: { runtime: "python", labels: {}, arch: null } }],
  ["another pool, where the function is now", { pool: "other" }],
])("what waits for a cap goes on when what holds it ends: %s", async (_what, change) => {
  // What a hub that starts reads from the rows is over.
  await world.clock.advance(60_000);
  const one = { ...cap, max: 1 };
  const before = new PlayedRunner(world, { name: "a" });
  const runtimes = ["typescript", "python"];
  const after = new PlayedRunner(world, { name: "b", runtimes, pool: change.pool ?? "default" });
  await before.join();
  const held = await before.handed({ mode: "async", cap: one });
  await after.join();
  const sync = after.sync();
  await settle();
  const waits = newExecution(world, { mode: "async", cap: one, ...change });
  await world.hub.invoke({ execution: waits, waitMs: 0, body: null }, never);
  await settle();
  await before.complete(held.execution.id, 1);
  await world.clock.advance(1000);
  expect((await sync).jobs.map(({ execution }) => execution)).toEqual([waits.id]);
});

test("of two that are handed out at once, beside one that only the rows know, as many run as the cap allows", async () => {
  const runner = new PlayedRunner(world, { slots: 3 });
  await runner.join();
  const { execution } = await runner.handed({ mode: "async" });
  // As a hub of another pool, where the function was before, would have handed it out.
  const { client } = world.ports.database;
  await client.execute({
    sql: "UPDATE executions SET cap_key = ? WHERE id = ?",
    args: [cap.key, execution.id],
  });
  const sync = runner.sync();
  await settle();
  const [first, second] = [newExecution(world, { cap }), newExecution(world, { cap })];
  for (const one of [first, second])
    void world.hub.invoke({ execution: one, waitMs: 60_000, body: null }, never);
  expect((await sync).jobs.map((job) => job.execution)).toEqual([first.id]);
  expect(await world.status(first.id)).toMatchObject({ status: "offered", fence: 1, expires_at: null });
  const expiresAt = world.clock.now() + 30_000;
  expect(await world.status(second.id)).toMatchObject({ status: "queued", fence: 0, expires_at: expiresAt });
  const next = runner.sync();
  await runner.complete(first.id, 1);
  expect((await next).jobs.map((job) => job.execution)).toEqual([second.id]);
});
