import { afterEach, beforeEach, expect, test } from "vitest";
import { dueProjects } from "./due-projects.ts";
import { EngineWorld } from "./engine-world.suite.ts";

let world: EngineWorld;
beforeEach(async () => {
  world = await EngineWorld.make();
});
afterEach(() => world.close());

const due = () => dueProjects(world.ports.database, world.clock.now(), 10);

test("a project is due while nobody did what a run of its asks, and not while its runs only wait", async () => {
  expect(await due()).toEqual([]);
  await world.start({
    steps: [
      { name: "rest", type: "wait", duration: "30d" },
      { name: "ask", type: "prompt", message: "Well?", needs: [] },
      { name: "work", type: "execute", command: "true", needs: [] },
    ],
  });
  expect(await due()).toEqual(["default"]);
  for (let rounds = 0; rounds < 5; rounds++) await world.engine.tick();
  expect(await due()).toEqual([]);
});

test("a project is due when a time has come", async () => {
  const id = await world.start({ steps: [{ name: "rest", type: "wait", duration: "30d" }] });
  await world.engine.tick();
  expect(await due()).toEqual([]);
  await world.clock.advance(30 * 86_400_000);
  expect(await due()).toEqual(["default"]);
  await world.play(id);
  expect(await world.status(id)).toMatchObject({ status: "succeeded" });
  expect(await due()).toEqual([]);
});

test("a project is due when what a run waits for has ended", async () => {
  await world.start({ steps: [{ name: "rest", type: "wait", duration: "30d" }] });
  await world.engine.tick();
  await world.ports.database.client.batch([
    `INSERT INTO workflow_children (execution_id, key, target, project, kind, child_id)
     SELECT execution_id, 'k', '', project, 'workflow', execution_id FROM workflow_runs`,
  ]);
  expect(await due()).toEqual([]);
  await world.ports.database.client.batch([
    "UPDATE executions SET status = 'running' WHERE kind = 'workflow'",
  ]);
  await world.ports.database.client.batch([
    "UPDATE executions SET status = 'succeeded', ended_at = 1 WHERE kind = 'workflow'",
  ]);
  expect(await due()).toEqual(["default"]);
});
