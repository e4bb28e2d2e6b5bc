import { patchFunction } from "@pulse/schema/wire/functions";
import { drainRunner, listRunners, resumeRunner } from "@pulse/schema/wire/runners";
import { describe, expect, test } from "vitest";
import { until } from "../platforms/node.ts";
import { executionOf, type World } from "../world.ts";

/** What is warm before anybody calls. */
export function warmSuite(world: () => World): void {
  describe("minWarm", () => {
    test("a runner that has never served a function has it warm for the first call", async () => {
      const { client, signal } = world();
      const files = { "index.ts": "export const handler = () => ({ is: 'warm' });" };
      await world().deploy("kept", files, { settings: { minWarm: 2 } });
      const fresh = await world().startRunner("fresh");
      try {
        const isKept = async () => (fresh.output().includes("kept is kept warm: 1") ? true : null);
        await until("the new runner has it warm", isKept, fresh, 60_000);
        const { items } = await client.call(listRunners, { query: {}, signal });
        const full = await client.call(listRunners, { query: { full: "true" }, signal });
        const told = full.items.find(({ name }) => name === "fresh");
        expect(told?.warm).toEqual([{ function: "kept", version: 1 }]);
        expect(told?.samples?.[0]).toMatchObject({ memory: expect.closeTo(0.5, 0) });
        const others = items.filter(({ name }) => name !== "fresh");
        for (const { name } of others) await client.call(drainRunner, { params: { name }, signal });
        const answered = await world().call("/f/kept", { method: "POST", body: "{}" });
        expect(await answered.json()).toEqual({ is: "warm" });
        const { timing, runner } = await world().execution(executionOf(answered));
        expect([timing?.start, runner]).toEqual(["warm", "fresh"]);
        for (const { name } of others) await client.call(resumeRunner, { params: { name }, signal });
      } finally {
        const params = { name: "kept" };
        await client.call(patchFunction, { params, body: { minWarm: 0 }, signal });
        await fresh.stop();
      }
    }, 120_000);
  });
}
