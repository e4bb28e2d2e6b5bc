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

async function makeWorld(outside = new PlayedOutside()): Promise<EngineWorld> {
  const world = await EngineWorld.make(outside);
  worlds.push(world);
  return world;
}

test("a run of a thousand items ends with each of them begun once", async () => {
  const world = await makeWorld(new PlayedOutside(["web-1"]));
  const items = Array.from({ length: 1000 }, (_, i) => i);
  const id = await world.start({
    steps: [
      {
        ...{ id: "all", name: "All", type: "foreach", items, maxParallel: 100, collect: "item" },
        steps: [{ id: "one", name: "One", type: "execute", command: "true" }],
      },
    ],
    outputs: { n: "steps.all.outputs.length" },
  });
  await world.play(id);
  expect((await world.status(id)).status).toBe("succeeded");
  expect(world.outside.started.size).toBe(1000);
}, 60_000);

/** A job that never ends by itself, next to one that does. */
const race = {
  steps: [
    {
      ...{ id: "race", name: "Race", type: "parallel", join: "any" },
      branches: [
        { name: "slow", steps: [{ id: "slow", name: "Slow", type: "execute", command: "sleep" }] },
        { name: "quick", steps: [{ id: "quick", name: "Quick", type: "execute", command: "true" }] },
      ],
    },
    {
      id: "cut",
      name: "Cut",
      type: "if",
      if: "true",
      timeout: "1s",
      continueOnError: true,
      // biome-ignore lint/suspicious/noThenProperty: the format says so.
      then: [{ id: "held", name: "Held", type: "execute", command: "sleep" }],
    },
  ],
};

async function playRace(dieAt: number | null, when: "before" | "after") {
  const outside = new PlayedOutside(["web-1"]);
  outside.job = (command) => (command === "sleep" ? null : { status: "succeeded", exitCode: 0 });
  const world = await makeWorld(outside);
  const id = await world.start(race);
  const mortal = world.restart(dieAt, when);
  await world.play(id, mortal);
  const jobs = await world.rows("SELECT status FROM executions WHERE parent_id = ? ORDER BY created_at, id", [
    id,
  ]);
  const outcome = {
    ...(await world.status(id)),
    endedAt: 0,
    ends: await world.ends(id),
    jobs: jobs.map(({ status }) => status).sort(),
  };
  return { outcome, writes: mortal.writes };
}

test("what lost a race or ran out of time is stopped, wherever the gateway is killed", async () => {
  const { outcome, writes } = await playRace(null, "after");
  expect(outcome).toMatchObject({
    status: "succeeded",
    ends: { slow: "cancelled", quick: "succeeded", race: "succeeded", held: "cancelled", cut: "timed_out" },
    jobs: ["cancelled", "cancelled", "succeeded"],
  });
  for (let dieAt = 1; dieAt <= writes; dieAt++) {
    for (const when of ["before", "after"] as const) {
      expect([dieAt, when, (await playRace(dieAt, when)).outcome]).toEqual([dieAt, when, outcome]);
    }
  }
}, 60_000);

test("a run that cannot be moved now is moved later, and the others meanwhile", async () => {
  const world = await makeWorld();
  let isDown = true;
  const over = world.outside.over(world.ports);
  world.outside.over = () => ({
    ...over,
    submit: async (...args) => {
      if (isDown) throw new Error("the store is down");
      return await over.submit(...args);
    },
  });
  world.restart();
  const stuck = await world.start({ steps: [{ name: "a", type: "execute", command: "true" }] });
  const other = await world.start({ steps: [{ name: "w", type: "wait", duration: 100 }] });
  const next = await world.engine.tick();
  expect(world.problems.splice(0)).toEqual([new Error("the store is down")]);
  expect(next).toBe(world.clock.now() + 100);
  await world.clock.advance(100);
  await world.engine.tick();
  expect((await world.status(other)).status).toBe("succeeded");
  expect((await world.status(stuck)).status).toBe("running");
  isDown = false;
  await world.clock.advance(1000);
  await world.play(stuck);
  expect((await world.status(stuck)).status).toBe("succeeded");
});

test("two engines over the same rows do not undo each other's work", async () => {
  const world = await makeWorld();
  const definition = {
    steps: ["a", "b", "c", "d"].map((name) => ({ name, type: "execute", command: name })),
  };
  const id = await world.start(definition);
  const first = world.engine;
  // Not stopped, as a process that has lost its place without knowing.
  world.engine = Object.assign(Object.create(null), { stop: () => undefined });
  world.restart();
  for (let i = 0; i < 60; i++) await Promise.all([first.tick(), world.engine.tick()]);
  expect((await world.status(id)).status).toBe("succeeded");
  expect([...world.outside.started.values()]).toEqual(Array(8).fill(1));
  first.stop();
});

test("an end at the same time as another process's word changes nothing twice", async () => {
  const world = await makeWorld();
  world.answer = () => "Continue";
  const id = await world.start({
    steps: [
      { name: "p", type: "prompt", message: "?", timeout: 50 },
      { name: "a", type: "execute", command: "a" },
    ],
  });
  await world.play(id);
  const seqs = await world.rows(
    "SELECT count(*) AS n, max(seq) AS last FROM workflow_events WHERE execution_id = ?",
    [id],
  );
  expect(seqs[0]?.n).toBe(seqs[0]?.last);
  expect((await world.status(id)).status).toBe("succeeded");
});
