import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "./platforms/node.ts";
import { startWorld, type World } from "./world.ts";

const slow = {
  "index.ts":
    "export const handler = (e, ctx) => new Promise((r) => setTimeout(() => r({ attempt: ctx.attempt }), e.ms ?? 0));",
};

describe("processes die", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.deploy("slow", slow);
  }, 180_000);
  afterAll(() => world?.stop(), 60_000);

  const async_ = async (ms: number) => {
    const init = { method: "POST", body: JSON.stringify({ ms }), headers: { prefer: "respond-async" } };
    const response = await world.call("/f/slow", init);
    expect(response.status).toBe(202);
    return ((await response.json()) as { id: string }).id;
  };

  test("a gateway that is killed loses no accepted work, and the running job settles as its first attempt", async () => {
    const running = await async_(6000);
    await until("it runs", async () => ((await world.execution(running)).status === "running" ? true : null));
    const queued = await Promise.all(Array.from({ length: 20 }, () => async_(1)));
    await world.crashGateway();
    expect(await world.ended(running)).toMatchObject({ status: "succeeded", attempt: 1, losses: 0 });
    for (const id of queued) expect(await world.ended(id)).toMatchObject({ status: "succeeded" });
  });

  test("a job that came with a completion runs once, however long it is", async () => {
    await world.deploy("once", {
      "index.ts":
        "export const handler = async (e) => { console.log('run'); await new Promise((r) => setTimeout(r, 5000)); };",
    });
    const call = async () => {
      const response = await world.call("/f/once", {
        method: "POST",
        body: "{}",
        headers: { prefer: "respond-async" },
      });
      return ((await response.json()) as { id: string }).id;
    };
    const ids = await Promise.all(Array.from({ length: 8 }, call));
    for (const id of ids) {
      expect(await world.ended(id)).toMatchObject({ status: "succeeded", attempt: 1 });
      const logs = await world.call(`/v1/executions/${id}/logs`, { headers: { accept: "text/plain" } });
      expect((await logs.text()).match(/stdout run/g)).toHaveLength(1);
    }
  });

  test("a runner that stops politely gives its work back or finishes it, and another one goes on", async () => {
    const second = await world.startRunner("second");
    const id = await async_(2000);
    await until("it runs", async () => ((await world.execution(id)).status === "running" ? true : null));
    const { runner: holder } = await world.execution(id);
    const stopping = holder === "second" ? second : world.runner;
    await stopping?.stop();
    expect(await world.ended(id)).toMatchObject({ status: "succeeded" });
    if (holder !== "second") {
      world.runner = await world.startRunner("third");
      await second.stop();
    }
    expect(await world.ended(await async_(1))).toMatchObject({ status: "succeeded" });
  });

  test("a runner process that is killed and started again has its running job resolved at once", async () => {
    const fresh = await world.startRunner("reborn", { PULSE_SLOTS: "1" });
    const others = [world.runner];
    for (const other of others) await other?.stop();
    const init = { method: "POST", body: '{"ms":60000}', headers: { prefer: "respond-async" } };
    const { id } = (await (await world.call("/f/slow", init)).json()) as { id: string };
    await until("it runs", async () => ((await world.execution(id)).status === "running" ? true : null));
    await fresh.kill();
    world.runner = await world.startRunner("after");
    await world.call(`/v1/executions/${id}/cancel`, { method: "POST" });
    expect(["running", "offered", "queued", "cancelled"]).toContain((await world.execution(id)).status);
    expect(await world.ended(await async_(1))).toMatchObject({ status: "succeeded" });
  });
});
