import { expect, test } from "vitest";
import { settle } from "../../dispatch/world.suite.ts";
import { WorkflowEngine } from "./engine.ts";
import { EngineWorld } from "./engine-world.suite.ts";
import { PlayedOutside } from "./played-outside.suite.ts";

/** How often the engine writes for a run of so many steps on so many runners. */
async function writesOf(runners: number, steps: number): Promise<number> {
  const names = Array.from({ length: runners }, (_, i) => `web-${i}`);
  const world = await EngineWorld.make(new PlayedOutside(names));
  const step = (i: number) => ({ id: `s${i}`, name: `S${i}`, type: "execute", command: "true" });
  const id = await world.start({ steps: Array.from({ length: steps }, (_, i) => step(i)) });
  const mortal = world.restart();
  await world.play(id);
  expect((await world.status(id)).status).toBe("succeeded");
  expect(world.problems).toEqual([]);
  world.close();
  return mortal.writes;
}

test("a step costs two transactions, on one runner as on fifty", async () => {
  const [few, more, wide] = [await writesOf(1, 2), await writesOf(1, 12), await writesOf(50, 12)];
  expect(more - few).toBe(20);
  expect(wide).toBe(more);
});

test("a request that could not be made for a moment is made again", async () => {
  const world = await EngineWorld.make();
  world.engine.stop();
  const outside = world.outside.over(world.ports);
  let asked = 0;
  const call: typeof outside.call = async () => {
    asked += 1;
    if (asked === 1) throw new Error("the store is away");
    return { status: "succeeded", output: { status: 200, headers: {}, body: null } };
  };
  world.engine = new WorkflowEngine({ ports: world.ports, outside: { ...outside, call } });
  const id = await world.start({
    steps: [{ id: "get", name: "Get", type: "http", url: "https://example.test/" }],
  });
  await world.engine.tick();
  await settle();
  expect([asked, (await world.status(id)).endedAt, world.problems.length]).toEqual([1, null, 1]);
  await world.clock.advance(1000);
  await world.engine.tick();
  await settle();
  expect([asked, (await world.status(id)).status]).toEqual([2, "succeeded"]);
  world.close();
});
