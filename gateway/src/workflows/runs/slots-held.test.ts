import { afterEach, expect, test } from "vitest";
import { EngineWorld } from "./engine-world.suite.ts";
import { PlayedOutside } from "./played-outside.suite.ts";

let worlds: EngineWorld[] = [];
afterEach(() => {
  for (const world of worlds) {
    expect(world.problems).toEqual([]);
    world.close();
  }
  worlds = [];
});

async function makeWorld(): Promise<EngineWorld> {
  const outside = new PlayedOutside(["db-1"]);
  outside.job = () => null;
  const world = await EngineWorld.make(outside);
  worlds.push(world);
  return world;
}

const migration = (concurrency: object) => ({
  steps: [
    {
      id: "m",
      name: "Migrate",
      type: "execute",
      command: "migrate",
      concurrency: { key: "db", ...concurrency },
    },
  ],
});

/** Ends the jobs that run, and lets the engine take that. */
async function finishJobs(of: EngineWorld): Promise<number> {
  const { client } = of.ports.database;
  const { rowsAffected } = await client.execute({
    sql: "UPDATE executions SET status = 'succeeded', ended_at = ? WHERE kind = 'command' AND ended_at IS NULL",
    args: [of.clock.now()],
  });
  await of.engine.tick();
  await of.engine.tick();
  return rowsAffected;
}

test("steps of one concurrency key run one after the other, in the order they came", async () => {
  const of = await makeWorld();
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) {
    ids.push(await of.start(migration({})));
    await of.clock.advance(1);
  }
  await of.engine.tick();
  for (const id of ids) {
    expect(of.outside.started.size).toBe(ids.indexOf(id) + 1);
    expect(await finishJobs(of)).toBe(1);
    expect((await of.status(id)).status).toBe("succeeded");
  }
  expect(await of.rows("SELECT * FROM workflow_slots")).toEqual([]);
});

test("one that finds its key taken is skipped, fails, or waits in a queue that is full", async () => {
  const of = await makeWorld();
  const first = await of.start(migration({}));
  await of.engine.tick();
  const skipped = await of.start(migration({ onConflict: "skip" }));
  const failed = await of.start(migration({ onConflict: "fail" }));
  await of.engine.tick();
  const waiting = await of.start(migration({ maxQueued: 1 }));
  await of.engine.tick();
  const tooMany = await of.start(migration({ maxQueued: 1 }));
  await of.engine.tick();
  expect(await of.ends(skipped)).toEqual({ m: "skipped" });
  expect(await of.ends(failed)).toEqual({ m: "failed" });
  expect(await of.ends(tooMany)).toEqual({ m: "failed" });
  expect(await of.ends(waiting)).toEqual({});
  await finishJobs(of);
  await finishJobs(of);
  expect([(await of.status(first)).status, (await of.status(waiting)).status]).toEqual([
    "succeeded",
    "succeeded",
  ]);
});

test("a newer one takes the place of what waits, or ends what runs", async () => {
  const of = await makeWorld();
  const first = await of.start(migration({}));
  await of.engine.tick();
  const waiting = await of.start(migration({}));
  await of.engine.tick();
  const newer = await of.start(migration({ onConflict: "replaceQueued" }));
  for (let i = 0; i < 3; i++) await of.engine.tick();
  expect(await of.ends(waiting)).toEqual({ m: "skipped" });
  const last = await of.start(migration({ onConflict: "cancelRunning" }));
  for (let i = 0; i < 4; i++) await of.clock.advance(1).then(() => of.engine.tick());
  expect((await of.status(first)).status).toBe("cancelled");
  await finishJobs(of);
  await finishJobs(of);
  expect([(await of.status(newer)).status, (await of.status(last)).status]).toEqual([
    "succeeded",
    "succeeded",
  ]);
});

test("a place that was held when the gateway was killed is held after, and given back at the end", async () => {
  for (let dieAt = 1; dieAt < 14; dieAt++) {
    const of = await makeWorld();
    of.outside.job = () => ({ status: "succeeded", exitCode: 0 });
    const ids = [await of.start(migration({})), await of.start(migration({}))];
    const mortal = of.restart(dieAt, dieAt % 2 === 0 ? "before" : "after");
    for (const id of ids) await of.play(id, mortal);
    expect([dieAt, (await of.status(ids[0] ?? "")).status, (await of.status(ids[1] ?? "")).status]).toEqual([
      dieAt,
      "succeeded",
      "succeeded",
    ]);
    expect(await of.rows("SELECT * FROM workflow_slots")).toEqual([]);
    expect([...of.outside.started.values()]).toEqual([1, 1]);
  }
});
