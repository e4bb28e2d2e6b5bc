import { join } from "node:path";
import { createClient } from "@libsql/client/web";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveHrana } from "../tools/hrana/server.ts";
import { until } from "./platforms/node.ts";
import { startWorkersGateway, type WorkersGateway } from "./platforms/workers.ts";
import { deploySlow, submitSlow } from "./suites/faults.suite.ts";
import { startWorld, type World } from "./world.ts";

/** A world on workerd whose database a test may disturb. */
interface Disturbed {
  world: World;
  gateway: WorkersGateway;
}

async function start(): Promise<Disturbed> {
  let gateway: WorkersGateway | undefined;
  const world = await startWorld({
    slots: 2,
    startGateway: async (given) => {
      gateway = await startWorkersGateway(given);
      return gateway;
    },
  });
  if (gateway === undefined) throw new Error("no gateway was started");
  await deploySlow(world);
  return { world, gateway };
}

const call = (world: World, ms: number, headers: Record<string, string> = {}) =>
  world.call("/f/slow", { method: "POST", body: JSON.stringify({ ms }), headers });

/** Accepts work that will be running, waiting in the queue and due again while the database is away; answers how to see that all of it ended. */
async function acceptedBefore(world: World): Promise<() => Promise<void>> {
  const running = await submitSlow(world, 3000);
  await until("it runs", async () => ((await world.execution(running)).status === "running" ? true : null));
  const waiting = await Promise.all(Array.from({ length: 20 }, () => submitSlow(world, 200)));
  return async () => {
    for (const id of [running, ...waiting]) {
      expect(await world.ended(id)).toMatchObject({ status: "succeeded", losses: 0 });
    }
  };
}

/** A call, an asynchronous call and a read, while the database is away: each is refused within `mostMs`, with the time to try again. */
async function expectRefused(world: World, mostMs: number): Promise<void> {
  const begun = Date.now();
  const tried = await Promise.all([
    call(world, 1),
    call(world, 1, { prefer: "respond-async" }),
    world.call("/v1/executions"),
  ]);
  expect(Date.now() - begun).toBeLessThan(mostMs);
  for (const response of tried) {
    const { code } = (await response.json()) as { code: string };
    const retryAfter = Number(response.headers.get("retry-after"));
    expect([response.status, code, retryAfter >= 1]).toEqual([503, "unavailable", true]);
  }
}

/** The same Worker, which nobody deployed again, takes calls as before. */
async function expectWell(world: World): Promise<void> {
  await until("it answers again", async () => ((await call(world, 1)).status === 200 ? true : null));
  expect((await world.call("/readyz")).status).toBe(200);
}

/** Waits until no row is open: what was refused leaves nothing behind that nobody works on. */
async function expectNothingOpen(url: string): Promise<void> {
  const sql = "SELECT id, status FROM executions WHERE ended_at IS NULL";
  await until("nothing is open", async () =>
    (await createClient({ url }).execute(sql)).rows.length === 0 ? true : null,
  );
}

/** Rows of asynchronous calls: those that were answered 202, and no other. */
async function rowsOf(url: string): Promise<number> {
  const sql = "SELECT count(*) AS n FROM executions WHERE kind = 'function' AND mode = 'async'";
  return Number((await createClient({ url }).execute(sql)).rows[0]?.n);
}

describe.concurrent("on Workers, a database that", () => {
  let gone: Disturbed;
  let refusing: Disturbed;
  let slow: Disturbed;
  beforeAll(async () => {
    [gone, refusing, slow] = await Promise.all([start(), start(), start()]);
  }, 240_000);
  afterAll(async () => {
    for (const one of [gone, refusing, slow]) await one?.world.stop();
  }, 60_000);

  test("disappears for 30 s: 503 with Retry-After, nothing accepted is lost, and it goes on by itself", async () => {
    const { world, gateway } = gone;
    const allEnded = await acceptedBefore(world);
    await gateway.hrana.close();
    const awayAt = Date.now();
    await expectRefused(world, 20_000);
    await until("30 s are over", async () => (Date.now() - awayAt >= 30_000 ? true : null));
    const { port } = gateway.hrana;
    gateway.hrana = await serveHrana({ file: join(world.dataDir, "workers.db"), port });
    await expectWell(world);
    await allEnded();
    expect(await rowsOf(gateway.hrana.url)).toBe(21);
    await expectNothingOpen(gateway.hrana.url);
  });

  test("refuses for 10 s: the same", async () => {
    const { world, gateway } = refusing;
    const allEnded = await acceptedBefore(world);
    gateway.hrana.disturb({ refuse: true });
    const awayAt = Date.now();
    await expectRefused(world, 20_000);
    await until("10 s are over", async () => (Date.now() - awayAt >= 10_000 ? true : null));
    gateway.hrana.disturb({});
    await expectWell(world);
    await allEnded();
    expect(await rowsOf(gateway.hrana.url)).toBe(21);
    await expectNothingOpen(gateway.hrana.url);
  });

  test("is slow: calls take longer; slower than 15 s it is as if it were away", async () => {
    const { world, gateway } = slow;
    gateway.hrana.disturb({ delayMs: 1000 });
    expect((await call(world, 1)).status).toBe(200);
    gateway.hrana.disturb({});
    const allEnded = await acceptedBefore(world);
    // Right after a call, so that the next one needs the database for its own row only, which is then written although nobody waited for it any longer.
    await call(world, 1, { prefer: "respond-async" });
    gateway.hrana.disturb({ delayMs: 20_000 });
    const doubtful = call(world, 1);
    await expectRefused(world, 40_000);
    gateway.hrana.disturb({});
    expect((await doubtful).status).toBe(503);
    await expectWell(world);
    await allEnded();
    await expectNothingOpen(gateway.hrana.url);
  });
});
