import {
  changeSchedule,
  createSchedule,
  deleteSchedule,
  listTicks,
  type TickView,
} from "@pulse/schema/wire/schedules";
import { describe, expect, test } from "vitest";
import { filled, NotedRuns, note, on } from "../noted-runs.ts";
import { until } from "../platforms/node.ts";
import type { World } from "../world.ts";

/** What comes at times, on every platform. `lose` takes away whoever keeps the schedules: the platform brings them back. */
export function schedulesSuite(world: () => World, lose: () => Promise<void>): void {
  const runs = new NotedRuns(world);
  const ticksOf = async (id: string): Promise<TickView[]> => {
    const { client, signal } = world();
    const { items } = await client.call(listTicks, { params: { id }, query: { limit: 200 }, signal });
    return items.toReversed();
  };
  const startedOf = (id: string, count: number) =>
    until(
      `${id} has started ${count} times`,
      async () => {
        const all = (await ticksOf(id)).filter(({ status }) => status === "started");
        return all.length >= count ? all : null;
      },
      undefined,
      60_000,
    );

  describe("schedules", () => {
    test("a function is called every second, each tick once, also when whoever keeps it is lost in between", async () => {
      const { client, signal } = world();
      const code = "export const scheduled = (event) => event;\nexport const handler = () => 'not this one';";
      await world().deploy("ticking", { "index.ts": code });
      const target = { function: "ticking", input: { from: "schedule" } };
      const body = { name: "ticking", every: "1s", overlap: "allow" as const, target };
      await client.call(createSchedule, { body, signal });
      await startedOf("ticking", 2);
      await lose();
      const started = await startedOf("ticking", 5);
      const params = { id: "ticking" };
      const paused = await client.call(changeSchedule, {
        ...{ params, signal },
        body: { enabled: false, reason: "seen enough" },
      });
      expect(paused).toMatchObject({ nextAt: null, paused: { reason: "seen enough" } });
      const all = await ticksOf("ticking");
      const times = all.map(({ at }) => Date.parse(at));
      // No second is left out, and none comes twice.
      expect(times).toEqual(times.map((_, i) => (times[0] ?? 0) + i * 1000));
      expect(new Set(all.map(({ executionId }) => executionId)).size).toBe(all.length);
      const [first] = started;
      await world().ended(first?.executionId ?? "");
      const result = await world().call(`/v1/executions/${first?.executionId}/result`);
      expect(await result.json()).toMatchObject({
        ...{ scheduledTime: Date.parse(first?.at ?? ""), input: { from: "schedule" } },
      });
      await client.call(deleteSchedule, { params, signal });
    });

    test("a workflow's trigger starts it, and a tick that finds it running is skipped until it has ended", async () => {
      const { signal, client } = world();
      const folder = runs.folder("beats");
      const trigger = {
        type: "schedule",
        id: "beat",
        every: "1s",
        inputs: { folder, day: filled("event.scheduledDate") },
      };
      await runs.save("beats", {
        inputs: { folder: { type: "string" }, day: { type: "string" } },
        triggers: [trigger],
        steps: [
          { id: "note", name: "Note", ...on("web-1"), command: note("days", filled("inputs.day")) },
          { id: "rest", name: "Rest", type: "wait", duration: "1500ms" },
        ],
      });
      await startedOf("beats:beat", 2);
      const all = await ticksOf("beats:beat");
      expect(all.filter(({ status }) => status === "skipped")).not.toEqual([]);
      const [first, ...others] = all.filter(({ status }) => status === "started");
      expect(await world().ended(first?.executionId ?? "")).toMatchObject({ status: "succeeded" });
      expect(runs.lines("days")[0]).toBe(first?.at.slice(0, 10));
      const body = { enabled: false };
      await client.call(changeSchedule, { params: { id: "beats:beat" }, body, signal });
      for (const { executionId } of others) await world().ended(executionId ?? "");
    });
  });
}
