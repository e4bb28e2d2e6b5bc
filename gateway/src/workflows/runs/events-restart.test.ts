import { expect, test } from "vitest";
import { emit } from "../../emitted/emit.ts";
import { emittingExecution } from "../../emitted/emitting-execution.ts";
import { saveWorkflow } from "../define.ts";
import { EngineWorld } from "./engine-world.suite.ts";

const waits = (id: string, order: number) => ({
  ...{ id, name: id, type: "wait", needs: [] },
  event: { name: "order.paid", match: `event.order === ${order}` },
});
const definition = {
  steps: [
    waits("a", 1),
    waits("b", 2),
    { id: "after", name: "After", type: "execute", command: "ship", needs: ["a", "b"] },
  ],
  outputs: { seen: "[steps.a.output.n, steps.b.output.n]" },
};
const subscribed = {
  triggers: [{ type: "event", name: "order.paid", inputs: {} }],
  steps: [{ id: "run", name: "Run", type: "execute", command: "count" }],
};

/** Starts a run that waits, emits while no gateway runs, and plays on; with `dieAt` the gateway is killed at that write. */
async function play(dieAt: number | null, when: "before" | "after") {
  const world = await EngineWorld.make();
  try {
    const read = { value: subscribed, errors: [], warnings: [], steps: 1 };
    await saveWorkflow(world.ports, { project: "default", name: "sub", by: "anna", ifMatch: null }, read);
    const id = await world.start(definition);
    await world.engine.tick();
    world.engine.stop();
    for (const [n, order] of [2, 1, 2].entries()) {
      const data = { order, n };
      await emit(world.ports, {
        ...{ project: "default", name: "order.paid", data, depth: 0, by: "exe_1", idempotencyKey: null },
        emitter: emittingExecution("exe_1", "orders"),
      });
    }
    const mortal = world.restart(dieAt, when);
    let isDead = false;
    const died = mortal.died.then(() => {
      isDead = true;
    });
    await world.play(id, mortal);
    // What others were started by the events goes on to its end.
    for (let i = 0; i < 8; i++) {
      const wasDead = isDead;
      await Promise.race([world.engine.tick(), ...(wasDead ? [] : [died])]);
      if (isDead && !wasDead) world.restart();
    }
    const [kept] = await world.rows("SELECT response_body AS body FROM executions WHERE id = ?", [id]);
    const started = await world.rows(
      "SELECT trigger ->> '$.event' AS event, status FROM executions WHERE name = 'sub' AND kind = 'workflow'",
    );
    const deliveries = await world.rows("SELECT status FROM event_deliveries");
    return {
      writes: mortal.writes,
      outcome: {
        status: (await world.status(id)).status,
        outputs: new TextDecoder().decode(Uint8Array.fromBase64(String(kept?.body))),
        runs: started.map(({ status }) => status),
        events: new Set(started.map(({ event }) => event)).size,
        deliveries: deliveries.map(({ status }) => status),
        commands: [...world.outside.started.values()],
        awaits: await world.rows("SELECT * FROM workflow_awaits"),
      },
      problems: world.problems,
    };
  } finally {
    world.close();
  }
}

test("events that came while no gateway ran are taken once by each wait and each trigger, wherever the next one is killed", async () => {
  const { writes, outcome, problems } = await play(null, "after");
  expect(problems).toEqual([]);
  expect(outcome).toEqual({
    ...{ status: "succeeded", outputs: '{"seen":[1,0]}', events: 3, awaits: [] },
    runs: Array(3).fill("succeeded"),
    deliveries: Array(3).fill("started"),
    // Two runners, for the run and for each of the three that events started.
    commands: Array(8).fill(1),
  });
  for (let dieAt = 1; dieAt <= writes; dieAt++) {
    const again = await play(dieAt, dieAt % 2 === 0 ? "before" : "after");
    expect([dieAt, again.outcome]).toEqual([dieAt, outcome]);
  }
}, 120_000);
