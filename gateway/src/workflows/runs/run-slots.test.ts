import { afterEach, expect, test } from "vitest";
import { cancelRun } from "./cancel-run.ts";
import { EngineWorld } from "./engine-world.suite.ts";
import { PlayedOutside } from "./played-outside.suite.ts";

let worlds: EngineWorld[] = [];
afterEach(() => {
  for (const world of worlds) {
    expect(world.problems).toEqual([]);
    world.close();
  }
  worlds = [];
});

async function makeWorld(): Promise<EngineWorld> {
  const outside = new PlayedOutside(["db-1"]);
  outside.job = () => null;
  const world = await EngineWorld.make(outside);
  worlds.push(world);
  return world;
}

/** Its first step goes on until somebody ends it. */
const deploy = (concurrency: object = {}, more: object = {}) => ({
  inputs: { env: { type: "string", default: "prod" } },
  concurrency: { key: `deploy-\${{ inputs.env }}`, ...concurrency },
  steps: [{ id: "d", name: "Deploy", type: "execute", command: "deploy" }],
  finally: [{ id: "f", name: "Clean up", type: "set", set: { cleaned: "true" } }],
  ...more,
});

/** Lets the engines look until nothing moves. */
async function settle(of: EngineWorld): Promise<void> {
  for (let i = 0; i < 6; i++) await of.clock.advance(1).then(() => of.engine.tick());
}

async function started(of: EngineWorld, ...definitions: object[]): Promise<string[]> {
  const ids: string[] = [];
  for (const definition of definitions) {
    ids.push(await of.start(definition));
    await settle(of);
  }
  return ids;
}

async function finishJobs(of: EngineWorld): Promise<number> {
  const { rowsAffected } = await of.ports.database.client.execute({
    sql: "UPDATE executions SET status = 'succeeded', ended_at = ? WHERE kind = 'command' AND ended_at IS NULL",
    args: [of.clock.now()],
  });
  await settle(of);
  return rowsAffected;
}

const statuses = async (of: EngineWorld, ids: string[]) =>
  await Promise.all(ids.map(async (id) => (await of.status(id)).status));

const phaseOf = async (of: EngineWorld, id: string) => (await of.log.read(id))?.state.phase;

test("runs of one concurrency key go one after the other, and what waits has begun nothing", async () => {
  const of = await makeWorld();
  const ids = await started(of, deploy(), deploy(), deploy());
  expect(await statuses(of, ids)).toEqual(["running", "waiting", "waiting"]);
  expect(await phaseOf(of, ids[1] ?? "")).toBe("queued");
  for (let i = 1; i <= 3; i++) {
    expect(of.outside.started.size).toBe(i);
    expect(await finishJobs(of)).toBe(1);
  }
  expect(await statuses(of, ids)).toEqual(["succeeded", "succeeded", "succeeded"]);
  expect(await of.rows("SELECT * FROM workflow_slots")).toEqual([]);
});

test("the key is made of the inputs, and `limit` runs go at once", async () => {
  const of = await makeWorld();
  const staging = await of.start(deploy({ limit: 2 }), { env: "staging" });
  const ids = [
    staging,
    ...(await started(of, deploy({ limit: 2 }), deploy({ limit: 2 }), deploy({ limit: 2 }))),
  ];
  expect(await statuses(of, ids)).toEqual(["running", "running", "running", "waiting"]);
});

test("one that finds its key taken is superseded, fails, or finds the queue full; none of its steps ran", async () => {
  const of = await makeWorld();
  const ids = await started(
    ...([of, deploy(), deploy({ onConflict: "skip" }), deploy({ onConflict: "fail" })] as const),
    ...[deploy({ maxQueued: 1 }), deploy({ maxQueued: 1 })],
  );
  expect(await statuses(of, ids)).toEqual(["running", "superseded", "failed", "waiting", "failed"]);
  for (const id of [ids[1], ids[2], ids[4]]) expect(await of.ends(id ?? "")).toEqual({});
  const [row] = await of.rows("SELECT error FROM executions WHERE id = ?", [ids[2] ?? ""]);
  expect(JSON.parse(String(row?.error))).toMatchObject({
    code: "concurrency",
    message: expect.stringContaining(ids[0] ?? "?"),
  });
});

test("a newer run takes the place of what waits, or ends what runs with its clean-up", async () => {
  const of = await makeWorld();
  const ids = await started(of, deploy(), deploy(), deploy({ onConflict: "replaceQueued" }));
  expect(await statuses(of, ids)).toEqual(["running", "superseded", "waiting"]);
  const [last = ""] = await started(of, deploy({ onConflict: "cancelRunning" }));
  expect(await statuses(of, ids)).toEqual(["cancelled", "superseded", "running"]);
  expect(await of.ends(ids[0] ?? "")).toEqual({ d: "cancelled", f: "succeeded" });
  await finishJobs(of);
  await finishJobs(of);
  expect(await statuses(of, [ids[2] ?? "", last])).toEqual(["succeeded", "succeeded"]);
});

test("a run that is cancelled while it waits ends at once and gives its place in the queue up", async () => {
  const of = await makeWorld();
  const ids = await started(of, deploy(), deploy(), deploy());
  const hub = { changed: async () => undefined } as unknown as Parameters<typeof cancelRun>[0]["hub"];
  await cancelRun({ ports: of.ports, hub }, "default", ids[1] ?? "", "anna");
  await settle(of);
  expect(await statuses(of, ids)).toEqual(["running", "cancelled", "waiting"]);
  expect(await of.ends(ids[1] ?? "")).toEqual({});
  await finishJobs(of);
  expect(await statuses(of, ids)).toEqual(["succeeded", "cancelled", "running"]);
});

test("the time that a run waits for its place is not counted by its timeout", async () => {
  const of = await makeWorld();
  const ids = await started(of, deploy(), deploy({}, { timeout: 1000 }));
  await of.clock.advance(5000);
  await settle(of);
  expect(await statuses(of, ids)).toEqual(["running", "waiting"]);
  await finishJobs(of);
  await of.clock.advance(5000);
  await settle(of);
  expect(await statuses(of, ids)).toEqual(["succeeded", "timed_out"]);
});

test("of two that ask at the same moment through two gateways, one has the place and the other is told", async () => {
  for (const onConflict of ["fail", "skip", "queue"]) {
    const of = await makeWorld();
    const ids = [await of.start(deploy({ onConflict })), await of.start(deploy({ onConflict }))];
    const other = of.secondEngine();
    await Promise.all([of.engine.tick(), other.tick()]);
    for (let i = 0; i < 4; i++)
      await of.clock.advance(1).then(() => Promise.all([of.engine.tick(), other.tick()]));
    other.stop();
    expect(of.outside.started.size).toBe(1);
    const lost = { fail: "failed", skip: "superseded", queue: "waiting" }[onConflict] ?? "";
    expect((await statuses(of, ids)).sort()).toEqual([lost, "running"].sort());
  }
});

test("a killed gateway changes nothing of who runs and who waits", async () => {
  for (let dieAt = 1; dieAt < 14; dieAt++) {
    const of = await makeWorld();
    of.outside.job = () => ({ status: "succeeded", exitCode: 0 });
    const ids = [await of.start(deploy()), await of.start(deploy())];
    const mortal = of.restart(dieAt, dieAt % 2 === 0 ? "before" : "after");
    for (const id of ids) await of.play(id, mortal);
    expect([dieAt, ...(await statuses(of, ids))]).toEqual([dieAt, "succeeded", "succeeded"]);
    expect([...of.outside.started.values()]).toEqual([1, 1]);
    expect(await of.rows("SELECT * FROM workflow_slots")).toEqual([]);
  }
});

test("a run that would wait for the place of one that waits for it is refused", async () => {
  const of = await makeWorld();
  const key = { concurrency: { key: "one" } };
  const [own = "", nested = ""] = await started(
    of,
    { ...key, steps: [{ id: "s", name: "S", type: "execute", command: "x", ...key }] },
    { ...key, steps: [{ id: "w", name: "Again", type: "workflow", workflow: "tried" }] },
  );
  expect(await statuses(of, [own, nested])).toEqual(["failed", "failed"]);
});
