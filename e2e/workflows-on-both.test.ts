import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "./platforms/node.ts";
import { openSteadyAddress, type SteadyAddress } from "./platforms/steady-address.ts";
import { startWorkersGateway, type WorkersGateway } from "./platforms/workers.ts";
import { commandRunners, workflowsSuite } from "./suites/workflows.suite.ts";
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
    const name = "wakes";
    const headers = { "content-type": "application/json" };
    const definition = { steps: [{ id: "rest", name: "Rest", type: "wait", duration: "2s" }] };
    await world.call(`/v1/workflows/${name}`, { method: "PUT", headers, body: JSON.stringify(definition) });
    const started = await world.call(`/v1/workflows/${name}/executions`, {
      ...{ method: "POST", headers, body: "{}" },
    });
    const { id } = (await started.json()) as { id: string };
    await until("its time is set", async () =>
      (await world.execution(id)).run?.steps[0]?.startedAt == null ? null : true,
    );
    await gateway.evict("control/default");
    // Reading goes past the object: nobody calls it.
    const { run } = await world.ended(id);
    const [step] = run?.steps ?? [];
    const restedMs = Date.parse(step?.finishedAt ?? "") - Date.parse(step?.startedAt ?? "");
    expect(restedMs).toBeGreaterThanOrEqual(2000);
    expect(restedMs).toBeLessThan(8000);
  });
});
