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

/** A fleet of two runners, of which the second takes nothing for the first `times` times that it is asked. */
async function makeWorld(times: number): Promise<EngineWorld> {
  const outside = new PlayedOutside();
  let asked = 0;
  outside.full = (target) => (target === "web-2" && asked++ < times ? "no more than 1 at once" : null);
  const world = await EngineWorld.make(outside);
  worlds.push(world);
  return world;
}

const deploy = (timeout: string) => ({
  steps: [{ id: "d", name: "Deploy", type: "execute", command: "deploy", timeout }],
  finally: [{ id: "f", name: "Clean up", type: "set", set: { cleaned: "true" } }],
});

const errorOf = async (of: EngineWorld, id: string) => {
  const [row] = await of.rows("SELECT error FROM executions WHERE id = ?", [id]);
  return row?.error == null ? null : JSON.parse(String(row.error));
};

test("a job for which there is no room is handed in again, later each time, and begins once", async () => {
  const of = await makeWorld(4);
  const from = of.clock.now();
  const id = await of.start(deploy("1m"));
  await of.play(id);
  expect([(await of.status(id)).status, of.clock.now() - from]).toEqual(["succeeded", 15_000]);
  expect([...of.outside.started.values()]).toEqual([1, 1]);
});

test("one for which there was none for as long as the step's timeout fails with the reason", async () => {
  const of = await makeWorld(Number.POSITIVE_INFINITY);
  const from = of.clock.now();
  const id = await of.start(deploy("10s"));
  await of.play(id);
  expect([(await of.status(id)).status, of.clock.now() - from]).toEqual(["failed", 10_000]);
  expect(await errorOf(of, id)).toMatchObject({
    code: "quota_exceeded",
    message: "no more than 1 at once on web-2",
  });
  expect(of.outside.started.size).toBe(1);
});

test("a run that is cancelled while a job waits for room ends, with what it started", async () => {
  const of = await makeWorld(Number.POSITIVE_INFINITY);
  of.outside.job = () => null;
  const id = await of.start(deploy("1h"));
  await of.engine.tick();
  const hub = { changed: async () => undefined } as unknown as Parameters<typeof cancelRun>[0]["hub"];
  await cancelRun({ ports: of.ports, hub }, "default", id, "anna");
  await of.play(id);
  expect((await of.status(id)).status).toBe("cancelled");
  expect(await of.ends(id)).toEqual({ d: "cancelled", f: "succeeded" });
  expect(await of.rows("SELECT status FROM executions WHERE parent_id = ?", [id])).toEqual([
    { status: "cancelled" },
  ]);
});

test("a killed gateway changes nothing of who waits for room", async () => {
  for (let dieAt = 1; dieAt < 12; dieAt++) {
    const of = await makeWorld(3);
    const id = await of.start(deploy("1h"));
    const mortal = of.restart(dieAt, dieAt % 2 === 0 ? "before" : "after");
    await of.play(id, mortal);
    expect([dieAt, (await of.status(id)).status]).toEqual([dieAt, "succeeded"]);
    expect([...of.outside.started.values()]).toEqual([1, 1]);
  }
});
