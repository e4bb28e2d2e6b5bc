import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeWorld, newExecution, PlayedRunner, settledOf, type World } from "../../dispatch/world.suite.ts";
import type { Hub } from "../../hub.ts";
import { listen } from "./listen.ts";
import { createOwnerRow } from "./owner-row.ts";
import { SharedHub } from "./shared-hub.ts";

/** Long after all that happens at once; a test that waits for its end fails by its own limit. */
const pace = { renewMs: 20, lookMs: 10, silentMs: 150, certainMs: 100 };
const never = new AbortController().signal;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

let world: World;
const servers: Server[] = [];
const hubs: SharedHub[] = [];
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.stop();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  world.close();
});

/** The shared hub of a gateway, which takes the core of the world when it owns it. */
function sharedHub(url: string): SharedHub {
  const start = async () => ({ core: world.core, stop: () => undefined });
  const hub = new SharedHub({ client: world.ports.database.client, url, secret: "s", log, start, pace });
  hubs.push(hub);
  return hub;
}

/** A gateway that owned the hub and is frozen: it takes connections and answers nothing. `asked` resolves when a call arrived. */
async function frozenOwner(): Promise<{ asked: Promise<void> }> {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const server = createServer(() => resolve()).listen(0, "127.0.0.1");
  servers.push(server);
  await new Promise((listening) => server.once("listening", listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await createOwnerRow(world.ports.database.client).claim(null, url);
  return { asked };
}

/** A gateway whose hub the others can call. */
async function gateway(): Promise<SharedHub> {
  const calls = async (request: Request) => (await hub.serve(request)) ?? new Response("", { status: 404 });
  const { server, port } = await listen({ host: "127.0.0.1", port: 0 }, calls, log);
  servers.push(server);
  const hub = sharedHub(`http://127.0.0.1:${port}`);
  await hub.begin();
  return hub;
}

/** An execution that is running, and its runner. */
async function running(): Promise<{ id: string; finish(): Promise<unknown> }> {
  const runner = new PlayedRunner(world);
  await runner.join();
  const { execution } = await runner.handed({ mode: "async" });
  return { id: execution.id, finish: () => runner.complete(execution.id, 1) };
}

const outcomeOf = (work: Promise<unknown>) =>
  work.then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error }),
  );
const waitFor = (hub: Hub, id: string) => hub.wait({ id, waitMs: 15_000 }, never);

test("a call that waits for a frozen owner waits on here once this gateway owns the hub", async () => {
  const { id, finish } = await running();
  const { asked } = await frozenOwner();
  const standby = await gateway();
  expect(standby.isOwner).toBe(false);
  const answer = waitFor(standby.hub, id);
  await asked;
  await expect.poll(() => standby.isOwner).toBe(true);
  await finish();
  expect(settledOf(await answer).status).toBe("succeeded");
});

test("a call that a frozen owner never answered and that may have happened is unavailable, not repeated", async () => {
  const { id } = await running();
  const { asked } = await frozenOwner();
  const standby = await gateway();
  const call = outcomeOf(standby.hub.cancel({ project: "default", id, reason: "cancelled" }));
  await asked;
  expect(await call).toMatchObject({ error: { code: "unavailable", extras: { retryAfter: 1 } } });
  expect((await world.status(id)).status).toBe("offered");
});

test("a call that was never accepted by a frozen owner is unavailable when the hub has moved", async () => {
  const { asked } = await frozenOwner();
  const standby = await gateway();
  const execution = newExecution(world, { mode: "async" });
  const call = outcomeOf(standby.hub.invoke({ execution, waitMs: 0, body: null }, never));
  await asked;
  expect(await call).toMatchObject({ error: { code: "unavailable" } });
  expect(standby.isOwner).toBe(true);
  expect((await world.status(execution.id)).status).toBeUndefined();
});

test("whoever waits at an owner that loses the hub waits on at the next one", async () => {
  const { id, finish } = await running();
  const first = await gateway();
  expect(first.isOwner).toBe(true);
  const answer = waitFor(first.hub, id);
  const row = createOwnerRow(world.ports.database.client);
  const owner = await row.read();
  if (owner !== null) await row.release(owner);
  const second = await gateway();
  await expect.poll(() => [first.isOwner, second.isOwner]).toEqual([false, true]);
  await finish();
  expect(settledOf(await answer).status).toBe("succeeded");
});

test("a call that is passed on is answered, and one that the owner leaves behind waits on at the next one", async () => {
  const { id, finish } = await running();
  const owner = await gateway();
  const standby = await gateway();
  expect([owner.isOwner, standby.isOwner]).toEqual([true, false]);
  const takes = [{ bucket: "b", perMinute: 2 }];
  expect(await standby.hub.take({ project: "default", takes })).toMatchObject([{ remaining: 1 }]);
  const answer = waitFor(standby.hub, id);
  await owner.stop();
  await expect.poll(() => standby.isOwner).toBe(true);
  await finish();
  expect(settledOf(await answer).status).toBe("succeeded");
});

test("a gateway that stops while it looks for the owner takes no hub", async () => {
  const hub = sharedHub("http://127.0.0.1:1");
  const begun = hub.begin();
  await hub.stop();
  await begun;
  expect(await createOwnerRow(world.ports.database.client).read()).toBeNull();
});
