import { afterEach, beforeEach, expect, test } from "vitest";
import { type Core, createCore } from "../../core.ts";
import {
  makeWorld,
  never,
  newExecution,
  PlayedRunner,
  settle,
  settledOf,
  type World,
} from "../../dispatch/world.suite.ts";
import type { Hub } from "../../hub.ts";
import { hubClient, serveHub } from "./hub-wire.ts";
import { NewsRelay } from "./news-relay.ts";
import { controlObject, roleOf } from "./object-name.ts";
import { createPlaces } from "./places.ts";
import { shardedHub } from "./sharded-hub.ts";

const pools = ["red", "green", "blue"];
let world: World;
/** Started objects by name, each its own core over the one database, reached over the wire. */
let objects: Map<string, Core>;
let failures: unknown[];

beforeEach(async () => {
  world = await makeWorld();
  world.core.stop();
  objects = new Map();
  failures = [];
  world.hub = newIsolate();
});
afterEach(async () => {
  for (const core of objects.values()) core.stop();
  await settle();
  world.close();
  expect([...world.problems, ...failures]).toEqual([]);
});

/** The HTTP half of an isolate that has read nothing yet. */
function newIsolate(): Hub {
  return shardedHub(
    (name) => hubClient(async (request) => serveHub((await objectAt(name)).hub)(request)),
    createPlaces(world.ports.database.client),
  );
}

async function objectAt(name: string): Promise<Core> {
  const known = objects.get(name);
  if (known !== undefined) return known;
  const role = roleOf(name);
  if (role === null) throw new Error(`no object is called ${name}`);
  const relay = new NewsRelay(
    world.ports.timer,
    async (project) => (await objectAt(controlObject(project))).hub.changed({ project }),
    (cause) => failures.push(cause),
  );
  const core = createCore({
    ports: world.ports,
    directory: {
      loadRunner: async (id) => world.runners.get(id) ?? null,
      savePresence: async () => undefined,
    },
    onBuildEnded: async () => undefined,
    bootGraceMs: 0,
    place: {
      only: role.kind === "pool" ? role : null,
      onChanged: (project) => role.kind === "pool" && relay.tell(project),
    },
  });
  objects.set(name, core);
  if (role.kind === "pool") await core.start();
  return core;
}

/** The object loses its memory; its next call starts another one. */
function evict(pool: string): void {
  objects.get(`pool/default/${pool}`)?.stop();
  objects.delete(`pool/default/${pool}`);
}

const submit = async (pool: string) => {
  const execution = newExecution(world, { mode: "async", pool });
  await world.hub.invoke({ execution, waitMs: 0, body: null }, never);
  return execution.id;
};
const runnerOf = async (pool: string, slots = 10) => {
  const runner = new PlayedRunner(world, { name: pool, pool, slots });
  await runner.join();
  return runner;
};

test("three pools side by side: each runner gets its own pool's work, all of it and nothing else", async () => {
  const submitted = new Map<string, string[]>(pools.map((pool) => [pool, []]));
  for (let i = 0; i < 4; i++) for (const pool of pools) submitted.get(pool)?.push(await submit(pool));
  for (const pool of pools) {
    const runner = await runnerOf(pool);
    const { jobs } = await runner.sync();
    expect(jobs.map((job) => job.execution)).toEqual(submitted.get(pool));
  }
  expect([...objects.keys()].sort()).toEqual([
    "control/default",
    "pool/default/blue",
    "pool/default/green",
    "pool/default/red",
  ]);
});

test("an object that starts again takes up its own pool's rows and leaves the others' alone", async () => {
  const [red, green] = [await runnerOf("red"), await runnerOf("green")];
  const held = await submit("red");
  const { jobs } = await red.sync();
  expect(jobs.map((job) => job.execution)).toEqual([held]);
  await world.hub.renew({ holder: red.holder, running: [{ execution: held, fence: 1 }] });
  const ours = await submit("green");
  evict("green");
  expect((await green.sync()).jobs.map((job) => job.execution)).toEqual([ours]);
  await world.clock.advance(69_000);
  expect(await world.status(held)).toMatchObject({ losses: 0 });
  await world.clock.advance(51_000);
  // The silent runner's work is given away by its own pool's object, once.
  expect(await world.status(held)).toMatchObject({ status: "queued", losses: 1 });
});

test("a pool whose queue has expired work says nothing about another's", async () => {
  const soon = newExecution(world, { pool: "red", expiresAt: world.clock.now() + 1000 });
  const later = newExecution(world, { pool: "blue", expiresAt: world.clock.now() + 60_000 });
  const waits = [soon, later].map((execution) =>
    world.hub.invoke({ execution, waitMs: 120_000, body: null }, never),
  );
  await world.clock.advance(1500);
  expect(await world.status(soon.id)).toMatchObject({ status: "failed", reason: "no_runner" });
  expect(await world.status(later.id)).toMatchObject({ status: "queued" });
  await world.clock.advance(60_000);
  for (const wait of waits) expect(settledOf(await wait).status).toBe("failed");
});

test("an isolate that saw neither finds the pool of an execution in its row", async () => {
  const runner = await runnerOf("blue");
  const id = await submit("blue");
  await runner.sync();
  const isolate = newIsolate();
  const waiting = isolate.wait({ id, waitMs: 5000 }, never);
  await settle();
  await runner.complete(id, 1);
  expect(settledOf(await waiting)).toMatchObject({ id, status: "succeeded" });
  await expect(isolate.cancel({ project: "default", id, reason: "cancelled" })).rejects.toMatchObject({
    code: "already_finished",
  });
  await expect(isolate.wait({ id: "exe_none", waitMs: 1 }, never)).rejects.toMatchObject({
    code: "not_found",
  });
});

test("runners of several pools are shown together", async () => {
  for (const pool of pools) await runnerOf(pool);
  const ids = pools.map((pool) => `rnr_${pool}`);
  const live = await world.hub.runnersLive({ ids: [...ids, "rnr_none"] });
  expect(live.map(({ id }) => id).sort()).toEqual([...ids].sort());
});

test("a runner that nobody knows is refused, and its revocation ends its session in its own pool", async () => {
  const stranger = new PlayedRunner(world, { name: "stranger", pool: "red" });
  await expect(stranger.sync()).rejects.toMatchObject({ code: "invalid_credential" });
  const runner = await runnerOf("green");
  const parked = expect(runner.sync()).rejects.toMatchObject({ code: "session_superseded" });
  await settle();
  await world.hub.runnerChanged({ id: runner.record.id, record: null });
  await parked;
});

test("who follows a project hears of every pool's changes", async () => {
  const follow = async (ticket: number | null) =>
    (await world.hub.watchEvents({ project: "default", ticket, waitMs: 30_000 }, never)).ticket;
  let ticket = await follow(null);
  for (const pool of pools) {
    const next = follow(ticket);
    await settle();
    await submit(pool);
    await world.clock.advance(1000);
    const heard = await next;
    expect(heard).toBeGreaterThan(ticket);
    ticket = heard;
  }
});

test("every pool's object tells what it counted; one that does not answer is told of", async () => {
  const runner = await runnerOf("red");
  const execution = newExecution(world, { mode: "async", pool: "red" });
  await world.hub.invoke({ execution, waitMs: 0, body: null }, never);
  const [job] = (await runner.sync()).jobs;
  await runner.complete(execution.id, job?.fence ?? 0);
  const asked = { pools: ["red", "green"].map((pool) => ({ project: "default", pool })) };
  const { parts, silent } = await world.hub.measures(asked);
  expect(silent).toBe(0);
  expect(parts.map(({ of }) => of.pool).sort()).toEqual(["", "green", "red"]);
  const red = parts.find(({ of }) => of.pool === "red");
  expect(red?.pools).toMatchObject([
    { pool: "red", ends: [{ status: "succeeded", count: 1 }], live: { up: 1 } },
  ]);
  const lost = shardedHub((name) => {
    if (name.includes("green")) throw new Error("it is gone");
    return hubClient(async (request) => serveHub((await objectAt(name)).hub)(request));
  }, createPlaces(world.ports.database.client));
  expect(await lost.measures(asked)).toMatchObject({ silent: 1, parts: [{}, {}] });
});

test("a new cap reaches the pool where work waits for it", async () => {
  const cap = { key: "fn_capped", max: 1, onLimit: "queue" as const };
  const runner = await runnerOf("red");
  for (let i = 0; i < 2; i++) {
    const execution = newExecution(world, { mode: "async", pool: "red", cap });
    await world.hub.invoke({ execution, waitMs: 0, body: null }, never);
  }
  expect((await runner.sync()).jobs).toHaveLength(1);
  const next = runner.sync();
  await settle();
  await world.hub.capChanged({ key: cap.key, max: 2 });
  expect((await next).jobs).toHaveLength(1);
});
