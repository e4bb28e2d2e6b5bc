import { afterEach, expect, test } from "vitest";
import { cancelRun } from "./cancel-run.ts";
import { WorkflowEngine } from "./engine.ts";
import { EngineWorld } from "./engine-world.suite.ts";
import { PlayedOutside } from "./played-outside.suite.ts";

let world: EngineWorld;
afterEach(() => {
  expect(world.problems).toEqual([]);
  world.close();
});

test("what is handed in at the moment at which its run is cancelled elsewhere is cancelled too", async () => {
  const played = new PlayedOutside(["db-1"]);
  played.job = () => null;
  world = await EngineWorld.make(played);
  const { ports, engine } = world;
  engine.stop();
  const hub = { changed: async () => undefined } as unknown as Parameters<typeof cancelRun>[0]["hub"];
  const outside = played.over(ports);
  let isCancelled = false;
  world.engine = new WorkflowEngine({
    ports,
    outside: {
      ...outside,
      submit: async (run, ...asked) => {
        const submitted = await outside.submit(run, ...asked);
        if (!isCancelled) {
          isCancelled = true;
          await cancelRun({ ports, hub }, "default", run.id, "anna");
        }
        return submitted;
      },
    },
  });
  const id = await world.start({ steps: [{ id: "d", name: "Deploy", type: "execute", command: "deploy" }] });
  await world.play(id);
  expect((await world.status(id)).status).toBe("cancelled");
  expect(await world.rows("SELECT status FROM executions WHERE parent_id = ?", [id])).toEqual([
    { status: "cancelled" },
  ]);
});
