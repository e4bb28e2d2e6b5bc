import { afterEach, beforeEach, expect, test } from "vitest";
import { EngineWorld } from "./engine-world.suite.ts";

let world: EngineWorld;
beforeEach(async () => {
  world = await EngineWorld.make();
});
afterEach(() => {
  expect(world.problems).toEqual([]);
  world.close();
});

const again = { id: "w", name: "Again", type: "workflow", workflow: "tried" };
const count = async () => Number((await world.rows("SELECT count(*) AS n FROM workflow_runs"))[0]?.n);

/** Lets the engine look until no run is left that moves. */
async function settle(): Promise<void> {
  for (let before = -1; ; ) {
    await world.clock.advance(1);
    await world.engine.tick();
    const [row] = await world.rows("SELECT count(*) AS n FROM workflow_events");
    if (Number(row?.n) === before) return;
    before = Number(row?.n);
  }
}

test("a workflow that runs itself ends at the depth of 8, and all above it fail with that", async () => {
  const id = await world.start({ steps: [again] });
  await settle();
  expect(await count()).toBe(9);
  const left = await world.rows(
    "SELECT status FROM executions WHERE kind = 'workflow' AND status <> 'failed'",
  );
  expect(left).toEqual([]);
  const [row] = await world.rows("SELECT error FROM executions WHERE id = ?", [id]);
  expect(String(row?.error)).toContain("loop_detected");
});

test("one that starts itself and does not wait comes to an end as well", async () => {
  await world.start({ steps: [{ ...again, detach: true }] });
  await settle();
  expect(await count()).toBe(9);
});

test("a foreach of workflows that are that foreach again is cut off by how many are below one run", async () => {
  const each = { id: "e", name: "Each", type: "foreach", items: [1, 2, 3, 4], steps: [again] };
  const id = await world.start({ steps: [each] });
  // As if it had come far.
  await world.rows(
    `INSERT INTO workflow_runs (execution_id, project, workflow_id, revision, root_id, depth, seq, performed)
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9990)
     SELECT 'exe_filler' || i, 'default', 'wf_x', 1, ?, 2, 1, 1 FROM n`,
    [id],
  );
  await settle();
  expect(await count()).toBe(10_000);
  expect((await world.status(id)).status).toBe("failed");
  const errors = await world.rows(
    "SELECT DISTINCT error ->> '$.code' AS code FROM executions WHERE kind = 'workflow'",
  );
  expect(errors).toEqual([{ code: "loop_detected" }]);
});

test("what other runs start is no matter of this one's", async () => {
  const plain = { steps: [{ id: "s", name: "S", type: "set", set: {} }] };
  const ids = [await world.start(plain), await world.start(plain)];
  const roots = await world.rows("SELECT root_id FROM workflow_runs ORDER BY rowid");
  expect(roots).toEqual(ids.map((id) => ({ root_id: id })));
});
