import type { InStatement } from "@libsql/client";
import { ProblemError } from "@pulse/schema/problem";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { NewExecution } from "../hub.ts";
import { makeWorld, never, newExecution, PlayedRunner, settle, type World } from "./world.suite.ts";

/** What becomes of a write whose answer never came: made all the same, at once or later; or of one whose answer comes late. */
type Fate = "made" | "made 20 s later" | "answered 20 s later";

let world: World;
let runner: PlayedRunner;
let fate: Fate | null;
beforeEach(async () => {
  world = await makeWorld();
  runner = new PlayedRunner(world);
  await runner.join();
  fate = null;
  const { client } = world.ports.database;
  const batch = client.batch.bind(client);
  client.batch = async (statements, mode) => {
    if (fate === null) return batch(statements, mode);
    const make = () => batch(statements as InStatement[], mode);
    if (fate === "answered 20 s later") {
      const answer = await make();
      await new Promise<void>((resolve) => world.clock.timer(20_000, resolve));
      return answer;
    }
    if (fate === "made") await make();
    else world.clock.timer(20_000, () => void make());
    throw new ProblemError("unavailable", "the database does not answer");
  };
});
afterEach(() => {
  world.close();
  // Each write without an answer is told to the operator.
  expect(world.problems.length).toBeGreaterThan(0);
});

const submit = (execution = newExecution(world, { mode: "async" })) =>
  world.hub.invoke({ execution, waitMs: 0, body: null }, never);
const during = async (how: Fate, act: () => Promise<unknown>) => {
  fate = how;
  await expect(act()).rejects.toMatchObject({ code: "unavailable" });
  fate = null;
};
/** Polls until the runner is handed this execution, and ends it. */
async function runsOnce(id: string): Promise<void> {
  for (let polls = 0; polls < 60; polls++) {
    const sync = runner.sync({ waitMs: 1000 });
    await world.clock.advance(1000);
    const { jobs } = await sync;
    const job = jobs.find(({ execution }) => execution === id);
    if (job === undefined) continue;
    await runner.complete(id, job.fence);
    expect(await world.status(id)).toMatchObject({ status: "succeeded", attempt: 1, losses: 0 });
    return;
  }
  throw new Error(`${id} was never handed out: ${JSON.stringify(await world.status(id))}`);
}

test.each<[Fate]>([["made"], ["made 20 s later"]])(
  "a new row offered to a free runner, %s without an answer, does not stay with nobody",
  async (how) => {
    const sync = runner.sync();
    await settle();
    const execution = newExecution(world, { mode: "async" });
    await during(how, () => submit(execution));
    await world.clock.advance(31_000);
    await sync;
    await runsOnce(execution.id);
  },
);

test.each<[Fate]>([["made"], ["made 20 s later"]])(
  "a new row for the queue, %s without an answer, is found there",
  async (how) => {
    const execution = newExecution(world, { mode: "async" });
    await during(how, () => submit(execution));
    await world.clock.advance(25_000);
    await runsOnce(execution.id);
  },
);

test("accepted work that was claimed without an answer is handed out after all", async () => {
  const execution = newExecution(world, { mode: "async" });
  await submit(execution);
  fate = "made";
  const sync = runner.sync({ waitMs: 1000 });
  await world.clock.advance(2000);
  await sync;
  fate = null;
  expect(await world.status(execution.id)).toMatchObject({ status: "offered" });
  await runsOnce(execution.id);
});

test("work that went on meanwhile is not taken up twice", async () => {
  const held = newExecution(world, { mode: "async" });
  const sync = runner.sync();
  await settle();
  await submit(held);
  await sync;
  await during("made", () => submit());
  const { holder } = runner;
  const running = [{ execution: held.id, fence: 1 }];
  for (let i = 0; i < 20; i++) {
    await world.hub.renew({ holder, running });
    await world.clock.advance(5000);
  }
  expect(await runner.complete(held.id, 1)).toMatchObject({ results: [{ result: "ok" }] });
  expect(await world.status(held.id)).toMatchObject({ status: "succeeded", attempt: 1, losses: 0 });
  expect(await world.hub.runnersLive({ ids: [holder.runner] })).toMatchObject([{ running: 0 }]);
});

test("a claim that is answered after its row was read and given back hands nothing out", async () => {
  const execution = newExecution(world, { mode: "async" });
  await submit(execution);
  await during("made", () => submit(newExecution(world, { mode: "async", runAt: Number.MAX_SAFE_INTEGER })));
  fate = "answered 20 s later";
  const handedOut: number[] = [];
  const sync = async () => {
    const { jobs } = await runner.sync({ waitMs: 1000 });
    handedOut.push(...jobs.map(({ fence }) => fence));
  };
  const syncs = [sync()];
  await settle();
  fate = null;
  for (let i = 0; i < 10; i++) {
    await world.clock.advance(3000);
    syncs.push(sync());
  }
  await world.clock.advance(3000);
  await Promise.all(syncs);
  expect(handedOut[0]).toBe(2);
  expect(await world.status(execution.id)).toMatchObject({ attempt: 1, losses: 0 });
});

const cap = { key: "fn_a", max: 1, onLimit: "queue" as const };
const idempotency = { scope: "fn_a", key: "k", fingerprint: "f", expiresAt: Number.MAX_SAFE_INTEGER };

test.each<[string, Partial<NewExecution>]>([
  ["", {}],
  [", under a key", { idempotency }],
])(
  "what was handed out under a cap and is made 20 s later waits for the one that runs%s",
  async (_, with_) => {
    const sync = runner.sync();
    await settle();
    const late = newExecution(world, { mode: "async", cap, ...with_ });
    await during("made 20 s later", () => submit(late));
    const next = newExecution(world, { mode: "async", cap });
    await submit(next);
    expect((await sync).jobs.map(({ execution }) => execution)).toEqual([next.id]);
    const running = [{ execution: next.id, fence: 1 }];
    for (let i = 0; i < 5; i++) {
      await world.hub.renew({ holder: runner.holder, running });
      await world.clock.advance(5000);
    }
    expect(await world.status(late.id)).toMatchObject({ status: "queued", fence: 0, runner_id: null });
    await runner.complete(next.id, 1);
    await runsOnce(late.id);
  },
);
