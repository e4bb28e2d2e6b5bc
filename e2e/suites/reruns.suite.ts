import { diffExecutions } from "@pulse/schema/wire/execution-diff";
import { replayExecution } from "@pulse/schema/wire/executions";
import { describe, expect, test } from "vitest";
import { commandRunners, filled, NotedRuns, note, on } from "../noted-runs.ts";
import type { World } from "../world.ts";

/** Runs that are run again in part, and compared, on every platform. The world's runners are `commandRunners`. */
export function rerunsSuite(world: () => World): void {
  const runs = new NotedRuns(world);

  describe("reruns", () => {
    test("only the target that failed runs again, and the two runs are compared with their logs", async () => {
      const { client, signal } = world();
      const isWell = `test ${filled("target.name")} = web-1 || test -e "$FOLDER/mended"`;
      const id = await runs.start("again", {
        steps: [
          { id: "build", name: "Build", ...on("web-1"), command: note("build") },
          {
            ...{ id: "check", name: "Check", ...on(...commandRunners) },
            command: `${note("check")}; date; ${isWell} || { echo broken; exit 3; }; echo fine`,
          },
          { id: "last", name: "Last", ...on("web-2"), command: note("last") },
        ],
      });
      expect((await world().ended(id)).status).toBe("failed");
      runs.release("mended");
      const again = await client.call(replayExecution, {
        params: { id },
        body: { onlyFailed: true },
        headers: { "idempotency-key": `again-${id}` },
        signal,
      });
      const { status, run } = await world().ended(again.id);
      expect(status).toBe("succeeded");
      expect(["build", "check", "last"].map((file) => runs.lines(file).length)).toEqual([1, 3, 1]);
      expect([run?.rerunOf, run?.steps.map(({ path, reused }) => [path, reused])]).toEqual([
        id,
        [
          ["build", true],
          ["check", false],
          ["last", false],
        ],
      ]);
      const diff = await client.call(diffExecutions, { params: { id, other: again.id }, signal });
      expect(diff).toMatchObject({ isSame: false, definition: [], inputs: [] });
      const steps = diff.steps.map((step) => [
        step.path,
        step.isSame,
        step.before?.status,
        step.after?.status,
      ]);
      expect(steps).toEqual([
        ["build", true, "succeeded", "succeeded"],
        ["check", false, "failed", "succeeded"],
        ["last", false, "blocked", "succeeded"],
      ]);
      const targets = diff.steps[1]?.targets.map(({ runner, logs }) => [
        runner,
        logs?.hunks.flatMap(({ lines }) => lines.map(({ kind, text }) => `${kind} ${text}`)).slice(-2) ??
          null,
      ]);
      expect(new Map(targets as [string, unknown][])).toEqual(
        new Map<string, unknown>([
          ["web-1", null],
          ["web-2", ["removed broken", "added fine"]],
        ]),
      );
    });
  });
}
