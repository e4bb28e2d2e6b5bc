import { afterEach, beforeEach, expect, test } from "vitest";
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
