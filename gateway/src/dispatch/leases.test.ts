import { afterEach, beforeEach, expect, test } from "vitest";
import { makeWorld, never, newExecution, PlayedRunner, settle, type World } from "./world.suite.ts";

let world: World;
let runner: PlayedRunner;
beforeEach(async () => {
  world = await makeWorld();
  runner = new PlayedRunner(world);
  await runner.join();
});
afterEach(async () => {
  await settle();
  world.close();
  expect(world.problems).toEqual([]);
});

/** A job that the runner has acknowledged. */
async function running(): Promise<string> {
  const sync = runner.sync();
  await settle();
  const execution = newExecution(world, { mode: "async" });
  await world.hub.invoke({ execution, waitMs: 0, body: null }, never);
  await sync;
  await renew(execution.id);
  return execution.id;
}

function renew(...ids: string[]) {
  const listed = ids.map((execution) => ({ execution, fence: 1 }));
  return world.hub.renew({ holder: runner.holder, running: listed });
}

test("renewals that were written before a job came do not lose it, however many arrive together", async () => {
  const id = await running();
  for (let i = 0; i < 20; i++) await renew();
  await world.clock.advance(4_000);
  await renew();
  expect(await renew(id)).toEqual({ leases: [{ execution: id, fence: 1, status: "ok" }] });
  await world.clock.advance(9_000);
  await renew();
  expect(await renew(id)).toEqual({ leases: [{ execution: id, fence: 1, status: "ok" }] });
});

test("a job that no renewal lists for two intervals is lost and tried again", async () => {
  const id = await running();
  for (let i = 0; i < 3; i++) {
    await renew();
    await world.clock.advance(5_000);
  }
  await settle();
  expect(await world.status(id)).toMatchObject({ status: "queued", losses: 1 });
  expect(await renew(id)).toMatchObject({ leases: [{ status: "fenced" }] });
});

test("a job that no sync lists any longer, of a runner that renews nothing, is lost and tried again", async () => {
  const id = await running();
  const lists = (...ids: string[]) =>
    runner.sync({ running: ids.map((execution) => ({ execution, fence: 1 })) });
  void lists(id);
  await world.clock.advance(31_000);
  expect(await world.status(id)).toMatchObject({ status: "running" });
  void lists();
  await world.clock.advance(31_000);
  void lists();
  await settle();
  expect(await world.status(id)).toMatchObject({ losses: 1 });
});
