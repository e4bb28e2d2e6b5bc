import { expect, test } from "vitest";
import { createCore } from "../core.ts";
import { makeWorld, PlayedRunner, settle } from "./world.suite.ts";

const minutes = 10;

test("idle runners cost no statement; their presence is saved together, at most once in 20 s", async () => {
  const world = await makeWorld();
  world.core.stop();
  let saved = 0;
  const core = createCore({
    ports: world.ports,
    directory: {
      loadRunner: async (id) => world.runners.get(id) ?? null,
      savePresence: async () => {
        saved += 1;
      },
    },
    onBuildEnded: async () => undefined,
  });
  await core.start();
  world.hub = core.hub;
  const runners = ["a", "b", "c"].map((name) => new PlayedRunner(world, { name }));
  for (const runner of runners) await runner.join();
  // Once after its start a hub looks for what an older one had still on its way to the rows.
  await world.clock.advance(25_000);
  saved = 0;

  const { client } = world.ports.database;
  let statements = 0;
  const counted =
    <Args extends unknown[], Answer>(method: (...args: Args) => Answer) =>
    (...args: Args) => {
      statements += 1;
      return method(...args);
    };
  client.execute = counted(client.execute.bind(client)) as typeof client.execute;
  client.batch = counted(client.batch.bind(client)) as typeof client.batch;
  let polls = 0;
  const endAt = world.clock.now() + minutes * 60_000;
  const poll = async (runner: PlayedRunner): Promise<void> => {
    while (world.clock.now() < endAt) {
      await runner.sync({ waitMs: 27_500 });
      polls += 1;
    }
  };
  const polling = Promise.all(runners.map(poll));
  while (world.clock.now() < endAt + 30_000) {
    await world.clock.advance(5000);
    await settle();
  }
  await polling;
  core.stop();
  world.close();
  expect(polls).toBeGreaterThan(60);
  expect(statements).toBe(0);
  expect(saved).toBeGreaterThan(5);
  expect(saved).toBeLessThanOrEqual((minutes * 60 + 30) / 20);
});
