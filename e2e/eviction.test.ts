import { createClient } from "@libsql/client/web";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "./platforms/node.ts";
import { startWorkersGateway, type WorkersGateway } from "./platforms/workers.ts";
import { deploySlow, submitSlow } from "./suites/faults.suite.ts";
import { executionOf, startWorld, type World } from "./world.ts";

const alarmsToFail = 7;

/** The Durable Object is aborted in every moment that could hurt. */
describe("on Workers, eviction is harmless", () => {
  let world: World;
  let gateway: WorkersGateway;
  beforeAll(async () => {
    world = await startWorld({
      startGateway: async (given) => {
        gateway = await startWorkersGateway(given, { vars: { PULSE_BACKSTOP_MS: "500" } });
        return gateway;
      },
    });
    await deploySlow(world);
  }, 180_000);
  afterAll(() => world?.stop(), 60_000);

  const slow = (ms: number, headers: Record<string, string> = {}) =>
    world.call("/f/slow", { method: "POST", body: JSON.stringify({ ms }), headers });
  const ids = async (query: string) => {
    const list = await world.call(`/v1/executions?name=slow&limit=100&${query}`);
    return ((await list.json()) as { items: { id: string }[] }).items.map(({ id }) => id);
  };
  const running = (count: number) =>
    until(`${count} run`, async () => ((await ids("status=running,offered")).length >= count ? true : null));

  // Only the database is asked, so that nothing but the alarm or the cron trigger wakes the object.
  const statusOf = async (id: string) => {
    const sql = "SELECT status, reason FROM executions WHERE id = ?";
    const { rows } = await createClient({ url: gateway.hrana.url }).execute({ sql, args: [id] });
    return { ...rows[0] };
  };
  const givenUp = (id: string) =>
    until("it is given up", async () => {
      const { status, reason } = await statusOf(id);
      return status === "dead" ? reason : null;
    });
  const deployExpiring = () =>
    world.deploy(
      "expires",
      { "index.ts": "export const handler = () => 1;" },
      { settings: { retry: { maxAge: "1s" } } },
    );
  const submitExpiring = async () => {
    const init = { method: "POST", body: "{}", headers: { prefer: "respond-async" } };
    return ((await (await world.call("/f/expires", init)).json()) as { id: string }).id;
  };

  test("between offer and acknowledgement: the job is offered again and no attempt is used up", async () => {
    world.runner?.child.kill("SIGSTOP");
    const id = await submitSlow(world, 1);
    await until("it is offered", async () =>
      (await world.execution(id)).status === "offered" ? true : null,
    );
    await gateway.evict();
    world.runner?.child.kill("SIGCONT");
    expect(await world.ended(id)).toMatchObject({ status: "succeeded", attempt: 1, losses: 0 });
  });

  test("while callers wait: each gets its answer, though the object goes away twice", async () => {
    const calls = Array.from({ length: 4 }, () => slow(3000));
    await running(4);
    await gateway.evict();
    await until("it is back", async () => ((await world.call("/readyz")).ok ? true : null));
    await gateway.evict();
    for (const call of calls) {
      const response = await call;
      expect([response.status, await response.json()]).toEqual([200, { attempt: 1 }]);
    }
  });

  test("while a caller waits for less than the work takes: 202 with the id, and the work ends", async () => {
    const call = slow(4000, { prefer: "wait=2" });
    await running(1);
    await gateway.evict();
    const response = await call;
    expect(response.status).toBe(202);
    const { id } = (await response.json()) as { id: string };
    expect(await world.ended(id)).toMatchObject({ status: "succeeded", attempt: 1 });
  });

  test("while a response streams: the caller sees the body cut, and the execution ends", async () => {
    await world.deploy("streams", {
      "index.ts": `export default () => new Response(new ReadableStream({
        start() { this.left = 60; },
        async pull(c) {
          if (this.left-- === 0) return c.close();
          c.enqueue(new TextEncoder().encode("part "));
          await new Promise((r) => setTimeout(r, 50));
        },
      }));`,
    });
    const response = await world.call("/f/streams", { method: "POST" });
    const reader = response.body?.getReader();
    await reader?.read();
    // Before the row says so, the hand-out is as one that never arrived, and is made again.
    const id = executionOf(response);
    await until("it runs", async () => ((await world.execution(id)).status === "running" ? true : null));
    await gateway.evict();
    const cut = async () => {
      for (let part = await reader?.read(); part?.done === false; part = await reader?.read());
      return "ended as if whole";
    };
    await expect(cut()).rejects.toThrow();
    expect(await world.ended(id)).toMatchObject({ status: "failed", attempt: 1 });
  });

  test("with 200 queued jobs: every one ends, once", async () => {
    world.runner?.child.kill("SIGSTOP");
    const submitted: string[] = [];
    for (let i = 0; i < 20; i++) {
      submitted.push(...(await Promise.all(Array.from({ length: 10 }, () => submitSlow(world, 1)))));
    }
    await gateway.evict();
    world.runner?.child.kill("SIGCONT");
    await until("half of them ended", async () => {
      const succeeded = new Set(await ids("status=succeeded"));
      return submitted.filter((id) => succeeded.has(id)).length >= 50 ? true : null;
    });
    await gateway.evict();
    for (const id of submitted) {
      expect(await world.ended(id)).toMatchObject({ status: "succeeded", attempt: 1, losses: 0 });
    }
  });

  test("an alarm that failed seven times comes again: what is due is done though nobody calls", async () => {
    await deployExpiring();
    await world.runner?.stop();
    const id = await submitExpiring();
    await gateway.evict();
    gateway.harness.clearLogs();
    gateway.hrana.disturb({ refuse: true });
    await until("seven alarms failed", async () => {
      const failed = gateway.running.output().match(/the alarm failed and comes again/g) ?? [];
      return failed.length >= alarmsToFail ? true : null;
    });
    gateway.hrana.disturb({});
    expect(await givenUp(id)).toBe("expired");
  });

  test("an alarm that the platform gave up is made good by the cron trigger, and set again", async () => {
    const id = await submitExpiring();
    await gateway.evict();
    // As it is after seven alarms that threw: none is set, and nobody calls.
    expect(await gateway.alarm("forget")).toBeNull();
    const dueAt = Date.now() + 3000;
    await until("its time has long come", async () => (Date.now() > dueAt ? true : null));
    expect(await statusOf(id)).toMatchObject({ status: "queued" });
    await gateway.cron();
    expect(await givenUp(id)).toBe("expired");
    await until("an alarm is set", () => gateway.alarm());
    world.runner = await world.startRunner("next");
  });
});
