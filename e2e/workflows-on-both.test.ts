import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  commandRunners,
  held,
  NotedRuns,
  note,
  on,
  say,
  startCommandWorkers,
  startCommandWorld,
} from "./noted-runs.ts";
import { until } from "./platforms/node.ts";
import { stolenMs } from "./platforms/stolen-time.ts";
import type { WorkersGateway } from "./platforms/workers.ts";
import { requestsSuite } from "./suites/requests.suite.ts";
import { rerunsSuite } from "./suites/reruns.suite.ts";
import { turnsSuite } from "./suites/turns.suite.ts";
import { workflowsSuite } from "./suites/workflows.suite.ts";
import type { World } from "./world.ts";

describe("on Node", () => {
  let world: World;
  beforeAll(async () => {
    world = await startCommandWorld();
  }, 180_000);
  afterAll(() => world?.stop(), 60_000);
  workflowsSuite(() => world);
  turnsSuite(() => world);
  rerunsSuite(() => world);
  requestsSuite(() => world);
});

describe("on Workers", () => {
  let world: World;
  let gateway: WorkersGateway;
  beforeAll(async () => {
    ({ world, gateway } = await startCommandWorkers());
  }, 240_000);
  afterAll(() => world?.stop(), 60_000);
  workflowsSuite(() => world);
  turnsSuite(() => world);
  rerunsSuite(() => world);
  requestsSuite(() => world);

  test("an evicted control object is woken by its alarm when a wait is over", async () => {
    const runs = new NotedRuns(() => world);
    const stolenBefore = stolenMs();
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
    expect(restedMs - (stolenMs() - stolenBefore)).toBeLessThan(8000);
  });

  test("wherever between two requests to the database the control object is lost, the run goes on, each step begun once", async () => {
    const runs = new NotedRuns(() => world);
    const definition = {
      steps: [
        { id: "first", name: "First", ...on(...commandRunners), command: note("first") },
        { id: "rest", name: "Rest", type: "wait", duration: 1 },
        { id: "last", name: "Last", ...on("web-1"), command: note("last") },
      ],
    };
    let lost = 0;
    for (let nth = 6; ; nth += 4) {
      const hold = gateway.hrana.hold(nth);
      const starting = runs.start("lost", definition);
      const where = await Promise.race([
        hold.arrived.then(() => "in the middle" as const),
        starting.then(() => runs.written("last", 1)).then(() => "at the end" as const),
      ]);
      await gateway.evict("control/default");
      hold.release();
      const id = await starting;
      expect([nth, (await world.ended(id)).status]).toEqual([nth, "succeeded"]);
      expect([nth, runs.lines("first"), runs.lines("last")]).toEqual([nth, ["begun", "begun"], ["begun"]]);
      if (where === "at the end") break;
      lost += 1;
    }
    expect(lost).toBeGreaterThan(4);
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
