import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandRunners, held, NotedRuns, note, on, say } from "./noted-runs.ts";
import { until } from "./platforms/node.ts";
import { openSteadyAddress, type SteadyAddress } from "./platforms/steady-address.ts";
import { startWorkersGateway, type WorkersGateway } from "./platforms/workers.ts";
import { workflowsSuite } from "./suites/workflows.suite.ts";
import { startWorld, type World, type WorldOptions } from "./world.ts";

async function startWorkflowWorld(options: WorldOptions = {}): Promise<World> {
  const world = await startWorld({
    ...{ withoutRunner: true, runnerEnv: { PULSE_COMMANDS: "allow" } },
    ...options,
  });
  try {
    await Promise.all(commandRunners.map((name) => world.startRunner(name)));
  } catch (error) {
    await world.stop();
    throw error;
  }
  return world;
}

describe("on Node", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorkflowWorld();
  }, 180_000);
  afterAll(() => world?.stop(), 60_000);
  workflowsSuite(() => world);
});

describe("on Workers", () => {
  let world: World;
  let gateway: WorkersGateway;
  let address: SteadyAddress;
  beforeAll(async () => {
    address = await openSteadyAddress();
    world = await startWorkflowWorld({
      async startGateway(given) {
        gateway = await startWorkersGateway(given, {
          steady: address,
          vars: { PULSE_PUBLIC_URL: address.url },
        });
        // As when the machine is lost: nothing is left but the database, and the cron trigger comes around.
        const crash = async () => {
          await gateway.restart();
          await gateway.cron();
        };
        return { ...gateway, crash };
      },
    });
  }, 240_000);
  afterAll(async () => {
    await world?.stop();
    await address?.close();
  }, 60_000);
  workflowsSuite(() => world);

  test("an evicted control object is woken by its alarm when a wait is over", async () => {
    const runs = new NotedRuns(() => world);
    const id = await runs.start("wakes", {
      steps: [{ id: "rest", name: "Rest", type: "wait", duration: "2s" }],
    });
    const restOf = async () => (await world.execution(id)).run?.steps.find(({ path }) => path === "rest");
    await until("it rests", async () => ((await restOf())?.startedAt == null ? null : true));
    await gateway.evict("control/default");
    // Reading goes past the object: nobody calls it.
    expect(await world.ended(id)).toMatchObject({ status: "succeeded" });
    const rest = await restOf();
    const restedMs = Date.parse(rest?.finishedAt ?? "") - Date.parse(rest?.startedAt ?? "");
    expect(restedMs).toBeGreaterThanOrEqual(2000);
    expect(restedMs).toBeLessThan(8000);
  });

  test("objects that are evicted again and again in the middle of a run lose nothing and begin nothing twice", async () => {
    const runs = new NotedRuns(() => world);
    const id = await runs.start("evicted", {
      steps: [
        {
          ...{ id: "all", name: "All", type: "foreach", maxParallel: 2, as: "n" },
          items: Array.from({ length: 12 }, (_, i) => i),
          steps: [
            { id: "one", name: "One", ...on(...commandRunners), command: `${say("n")} >> "$FOLDER/all"` },
          ],
        },
        { id: "wait", name: "Wait", ...on("web-1"), command: `${note("wait")}; ${held("go")}` },
        { id: "last", name: "Last", ...on("web-2"), command: note("last") },
      ],
    });
    for (let count = 1; count <= 24; count += 2) {
      await runs.written("all", count);
      await gateway.evict(count % 4 === 1 ? "control/default" : "pool/default/default");
    }
    await runs.written("wait", 1);
    await Promise.all(["control/default", "pool/default/default"].map((name) => gateway.evict(name)));
    runs.release("go");
    expect(await world.ended(id)).toMatchObject({ status: "succeeded" });
    const twice = Array.from({ length: 24 }, (_, i) => Math.floor(i / 2));
    expect(
      runs
        .lines("all")
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual(twice);
    expect([runs.lines("wait"), runs.lines("last")]).toEqual([["begun"], ["begun"]]);
  });
});
