import { cancelExecution } from "@pulse/schema/wire/executions";
import { beforeAll, describe, expect, test } from "vitest";
import { commandRunners, env, filled, held, NotedRuns, note, on, say } from "../noted-runs.ts";
import { until } from "../platforms/node.ts";
import { stolenMs } from "../platforms/stolen-time.ts";
import type { World } from "../world.ts";

/** Workflows with steps on two runners, on every platform. The world's runners are `commandRunners`. */
export function workflowsSuite(world: () => World): void {
  const runs = new NotedRuns(world);

  describe("workflows", () => {
    beforeAll(async () => {
      await world().deploy("sum", {
        "index.ts": "export const handler = ({ a, b }: { a: number; b: number }) => ({ sum: a + b });",
      });
      await runs.save("child", {
        inputs: { n: { type: "integer", required: true } },
        steps: [{ id: "twice", name: "Twice", type: "set", set: { n: "inputs.n * 2" } }],
        outputs: { n: "vars.n" },
      });
    });

    test("steps of every kind, one after the other and side by side, each taking what came before", async () => {
      const stolenBefore = stolenMs();
      const id = await runs.start("kinds", {
        steps: [
          {
            ...{ id: "both", name: "Both", type: "execute", targets: [...commandRunners], env },
            command: `${note("both")}; echo 20`,
            outputs: { total: "results.map(r => Number(r.stdout)).reduce((a, b) => a + b, 0)" },
          },
          { id: "kept", name: "Kept", type: "set", set: { total: "steps.both.outputs.total + 2" } },
          {
            ...{ id: "choice", name: "Choice", type: "if", if: "vars.total === 42" },
            // biome-ignore lint/suspicious/noThenProperty: the format says so.
            then: [{ id: "yes", name: "Yes", ...on("web-1"), command: `${note("yes")}; echo taken` }],
            else: [{ id: "no", name: "No", type: "stop", status: "failed" }],
          },
          {
            ...{ id: "beside", name: "Side by side", type: "parallel" },
            branches: [
              {
                name: "adds",
                steps: [
                  {
                    ...{ id: "add", name: "Add", type: "function", function: "sum" },
                    input: { a: filled("vars.total"), b: 1 },
                  },
                ],
              },
              { name: "rests", steps: [{ id: "rest", name: "Rest", type: "wait", duration: "1s" }] },
            ],
          },
          {
            ...{ id: "inner", name: "Inner", type: "workflow", workflow: "child" },
            inputs: { n: filled("steps.add.output.sum") },
          },
          { id: "ask", name: "Ask", type: "prompt", message: "Go on?", options: ["Yes", "No"] },
          {
            ...{ id: "last", name: "Last", ...on("web-2"), condition: "promptResponse === 'Yes'" },
            command: `${note("last")}; ${say("steps.inner.output.n")}`,
          },
        ],
        outputs: {
          yes: "steps.yes.results[0].stdout",
          sum: "steps.add.output.sum",
          last: "steps.last.results[0].stdout",
        },
      });
      const { id: promptId } = await runs.asked(id);
      expect(await world().execution(id)).toMatchObject({ status: "waiting" });
      expect(await runs.answer(id, "Yes")).toMatchObject({
        id: promptId,
        status: "answered",
        response: "Yes",
      });
      await expect(runs.answer(id, "No")).rejects.toMatchObject({ status: 409 });
      const { status, run } = await world().ended(id);
      expect([status, run?.outputs]).toEqual(["succeeded", { yes: "taken", sum: 43, last: "86" }]);
      expect([runs.lines("both").length, runs.lines("yes").length, runs.lines("last").length]).toEqual([
        2, 1, 1,
      ]);
      const step = (path: string) => run?.steps.find((one) => one.path === path);
      expect(
        step("both")
          ?.targets.map(({ runner, exitCode }) => [runner, exitCode])
          .sort(),
      ).toEqual([
        ["web-1", 0],
        ["web-2", 0],
      ]);
      const restedMs = Date.parse(step("rest")?.finishedAt ?? "") - Date.parse(step("rest")?.startedAt ?? "");
      expect(restedMs).toBeGreaterThanOrEqual(1000);
      // To about a second, and room for a busy machine.
      expect(restedMs - (stolenMs() - stolenBefore)).toBeLessThan(5000);
    });

    test("fifty items, ten at a time on two runners: each begins once and gives its value", async () => {
      const id = await runs.start("each", {
        steps: [
          {
            ...{ id: "all", name: "All", type: "foreach", maxParallel: 10, as: "n" },
            items: Array.from({ length: 50 }, (_, i) => i),
            steps: [
              {
                ...{
                  id: "one",
                  name: "One",
                  type: "execute",
                  env,
                  targets: [filled("n % 2 === 0 ? 'web-1' : 'web-2'")],
                },
                command: `${say("n")} >> "$FOLDER/all"; ${say("n * n")}`,
              },
            ],
            collect: "Number(steps.one.results[0].stdout)",
          },
        ],
        outputs: { squares: "steps.all.outputs" },
      });
      const { status, run } = await world().ended(id);
      expect([status, run?.outputs.squares]).toEqual([
        "succeeded",
        Array.from({ length: 50 }, (_, i) => i * i),
      ]);
      const numbers = runs.lines("all").map(Number);
      expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    });

    test("what all targets of a step wrote is one log, in the order of time, each line with its host", async () => {
      const steps = [
        {
          ...{ id: "talk", name: "Talk", ...on(...commandRunners) },
          command: `echo begun; ${note("talk")}; ${held("go")}; echo over >&2`,
        },
      ];
      const id = await runs.start("talks", { steps });
      await runs.written("talk", 2);
      runs.release("go");
      const { run } = await world().ended(id);
      const log = (query: string, accept = "text/plain") =>
        world().call(`/v1/executions/${id}/logs${query}`, { headers: { accept } });
      const lines = (await (await log("?step=talk")).text()).trimEnd().split("\n");
      expect(
        lines.map((line) => line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /, "")).sort(),
      ).toEqual([...["web-1 stderr over", "web-1 stdout begun", "web-2 stderr over", "web-2 stdout begun"]]);
      expect(lines.toSorted()).toEqual(
        lines.toSorted((one, other) => lines.indexOf(one) - lines.indexOf(other)),
      );
      const json = (await (await log("?step=talk", "application/x-ndjson")).text()).trimEnd().split("\n");
      const targets = run?.steps.find(({ path }) => path === "talk")?.targets ?? [];
      expect(
        json.map((line) => JSON.parse(line)).map(({ execution, runner }) => [runner, execution]),
      ).toEqual(
        lines
          .map((line) => line.split(" ")[1])
          .map((name) => [name, targets.find(({ runner }) => runner === name)?.execution]),
      );
      expect([(await log("?step=other")).status, (await log("?step=talk&follow=true")).status]).toEqual([
        404, 400,
      ]);
    });

    test("a cancelled run stops its commands, begins no other step, and still cleans up", async () => {
      const id = await runs.start("stopped", {
        steps: [
          { id: "long", name: "Long", ...on("web-1"), command: `echo $$ >> "$FOLDER/long"; exec sleep 600` },
          { id: "next", name: "Next", ...on("web-1"), command: note("next") },
        ],
        finally: [{ id: "clean", name: "Clean", ...on("web-1"), command: note("clean") }],
      });
      await runs.written("long", 1);
      const { client, signal } = world();
      await client.call(cancelExecution, { params: { id }, signal });
      const { status, run } = await world().ended(id);
      expect([status, run?.steps.map((step) => [step.path, step.status])]).toEqual([
        "cancelled",
        expect.arrayContaining([
          ["long", "cancelled"],
          ["clean", "succeeded"],
        ]),
      ]);
      expect([runs.lines("next"), runs.lines("clean")]).toEqual([[], ["begun"]]);
      const isGone = () => {
        try {
          return process.kill(Number(runs.lines("long")[0]), 0) ? null : true;
        } catch {
          return true;
        }
      };
      await until("the command is gone", async () => isGone());
    });

    test("the gateway is killed in the middle of steps: the run ends right and each step began once", async () => {
      const id = await runs.start("killed", {
        steps: [
          {
            ...{ id: "held", name: "Held", type: "execute", targets: [...commandRunners], env },
            command: `${note("held")}; ${held("go")}; echo 3`,
            outputs: { sum: "results.map(r => Number(r.stdout)).reduce((a, b) => a + b, 0)" },
          },
          { id: "rest", name: "Rest", type: "wait", duration: "1s" },
          {
            ...{
              id: "all",
              name: "All",
              type: "foreach",
              maxParallel: 4,
              as: "n",
              items: filled("[1, 2, 3, 4, 5, 6, 7, 8]"),
            },
            steps: [
              {
                ...{ id: "one", name: "One", ...on("web-2") },
                command: `${say("n")} >> "$FOLDER/all"; ${held("more")}`,
              },
            ],
          },
          {
            id: "inner",
            name: "Inner",
            type: "workflow",
            workflow: "child",
            inputs: { n: filled("steps.held.outputs.sum") },
          },
          { id: "ask", name: "Ask", type: "prompt", message: "Well?", options: ["Yes"] },
          { id: "last", name: "Last", ...on("web-1"), command: note("last") },
        ],
        outputs: { n: "steps.inner.output.n" },
      });
      await runs.written("held", 2);
      await world().crashGateway();
      runs.release("go");
      await runs.written("all", 4);
      await world().crashGateway();
      runs.release("more");
      await runs.asked(id);
      await world().crashGateway();
      await runs.answer(id, "Yes");
      const { status, run } = await world().ended(id);
      expect([status, run?.outputs]).toEqual(["succeeded", { n: 12 }]);
      expect([runs.lines("held"), runs.lines("last")]).toEqual([["begun", "begun"], ["begun"]]);
      expect(runs.lines("all").sort()).toEqual(["1", "2", "3", "4", "5", "6", "7", "8"]);
    });
  });
}
