import { cancelExecution } from "@pulse/schema/wire/executions";
import { putSecret } from "@pulse/schema/wire/secrets";
import { patchWorkflow } from "@pulse/schema/wire/workflows";
import { describe, expect, test } from "vitest";
import { filled, held, NotedRuns, note, on } from "../noted-runs.ts";
import { until } from "../platforms/node.ts";
import type { World } from "../world.ts";

/** What keeps runs of workflows apart, and secrets out of what they leave, on every platform. The world's runners are `commandRunners`. */
export function turnsSuite(world: () => World): void {
  describe("turns and secrets of workflows", () => {
    test("runs of one concurrency key take turns; a disabled workflow has none", async () => {
      const [first, second] = [new NotedRuns(world), new NotedRuns(world)];
      const turn = {
        concurrency: { key: "turn" },
        steps: [{ id: "hold", name: "Hold", ...on("web-1"), command: `${note("begun")}; ${held("go")}` }],
      };
      const ids = [await first.start("turn", turn), await second.start("turn", turn)] as const;
      await first.written("begun", 1);
      await until("the second waits", async () => {
        const { status, run } = await world().execution(ids[1]);
        return status === "waiting" && run?.phase === "queued" ? true : null;
      });
      const { client, signal } = world();
      const body = { enabled: false, reason: "it is enough" };
      await client.call(patchWorkflow, { params: { name: "turn" }, body, signal });
      first.release("go");
      expect(await world().ended(ids[0])).toMatchObject({ status: "succeeded" });
      await second.written("begun", 1);
      second.release("go");
      expect(await world().ended(ids[1])).toMatchObject({ status: "succeeded" });
      await expect(new NotedRuns(world).start("turn", turn)).rejects.toMatchObject({ code: "conflict" });
    });

    test("what is put off begins at its time, on whatever became of its workflow then", async () => {
      const runs = new NotedRuns(world);
      const definition = { steps: [{ id: "one", name: "One", ...on("web-1"), command: note("one") }] };
      const { client, signal } = world();
      const asked = Date.now();
      const soon = await runs.start("later", definition, { "pulse-delay": "1s" });
      const never = await runs.start("later", definition, { "pulse-delay": "1h" });
      expect(await world().execution(never)).toMatchObject({ status: "scheduled", startedAt: null });
      const begun = await world().ended(soon);
      const afterMs = Date.parse(begun.startedAt ?? "") - asked;
      expect([begun.status, afterMs >= 1000]).toEqual(["succeeded", true]);
      const later = await runs.start("later", definition, { "pulse-delay": "8s" });
      const body = { enabled: false, reason: "it is enough" };
      await client.call(patchWorkflow, { params: { name: "later" }, body, signal });
      expect(await world().ended(later)).toMatchObject({
        ...{ status: "failed", startedAt: null, error: { code: "workflow_disabled" } },
      });
      await client.call(cancelExecution, { params: { id: never }, signal });
      expect(await world().ended(never)).toMatchObject({ status: "cancelled", startedAt: null });
      // The folder is that of the last one, which never began.
      expect(runs.lines("one")).toEqual([]);
    });

    test("a secret within a text is given to the command, and shows nowhere", async () => {
      const { client, signal } = world();
      const value = "hunter2-and-more";
      await client.call(putSecret, { params: { name: "TURN_TOKEN" }, body: { value }, signal });
      const id = await new NotedRuns(world).start("sealed", {
        steps: [
          {
            ...{ id: "say", name: "Say", type: "execute", targets: ["web-1"] },
            secrets: { key: "TURN_TOKEN" },
            env: { AUTH: `Bearer ${filled("secrets.key")}` },
            command: 'echo "$AUTH"; printf %s "$AUTH" | wc -c',
          },
        ],
        outputs: { said: "steps.say.results[0].stdout" },
      });
      const ended = await world().ended(id);
      expect(ended).toMatchObject({ status: "succeeded", run: { outputs: { said: "Bearer ***\n23" } } });
      expect(JSON.stringify(ended)).not.toContain(value);
    });
  });
}
