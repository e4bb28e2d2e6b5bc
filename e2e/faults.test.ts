import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "./platforms/node.ts";
import { deploySlow, faultsSuite, submitSlow } from "./suites/faults.suite.ts";
import { startWorld, type World } from "./world.ts";

describe("on Node", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 180_000);
  afterAll(() => world?.stop(), 60_000);
  faultsSuite(() => world);

  test("a gateway that is killed cuts its waiting callers, and their work ends and is recorded", async () => {
    const name = `cut-${Date.now()}`;
    await deploySlow(world, name);
    const cut = world.call(`/f/${name}`, { method: "POST", body: '{"ms":3000}' }).then(
      () => "answered",
      () => "cut",
    );
    const { id } = await until("the call runs", async () => {
      const list = await world.call(`/v1/executions?name=${name}&kind=function`);
      const [row] = ((await list.json()) as { items: { id: string; status: string }[] }).items;
      return row?.status === "running" ? row : null;
    });
    await world.crashGateway();
    expect(await cut).toBe("cut");
    expect(await world.ended(id)).toMatchObject({ status: "succeeded", attempt: 1 });
  });

  test("a gateway that is asked to stop answers its waiting callers first", async () => {
    const call = world.call("/f/slow", { method: "POST", body: '{"ms":1500}' });
    await until("the call runs", async () => {
      const list = await world.call("/v1/executions?name=slow&status=running,offered");
      return ((await list.json()) as { items: unknown[] }).items.length > 0 ? true : null;
    });
    await world.gateway.stop();
    expect(await (await call).json()).toEqual({ attempt: 1 });
    await world.startGateway();
    expect(await world.ended(await submitSlow(world, 1))).toMatchObject({ status: "succeeded" });
  });
});
