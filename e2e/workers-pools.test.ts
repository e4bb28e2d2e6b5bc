import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@libsql/client/web";
import { createEnrolmentToken, listRunners } from "@pulse/schema/wire/runners";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GitHostServer } from "./platforms/git-host.ts";
import { handOut, packRunner } from "./platforms/installed-runner.ts";
import { type Running, until } from "./platforms/node.ts";
import { startWorkersGateway, type WorkersCounts, type WorkersGateway } from "./platforms/workers.ts";
import { sourcesSuite } from "./suites/sources.suite.ts";
import { type Archives, upgradesSuite } from "./suites/upgrades.suite.ts";
import { executionOf, startWorld, type World } from "./world.ts";

const pools = ["red", "green", "blue"] as const;
type Pool = (typeof pools)[number];

const source = {
  "index.ts": `
    export default async (req) => {
      const { ms = 0, parts = 0 } = await req.json();
      if (parts === 0) { await new Promise((r) => setTimeout(r, ms)); return Response.json({ ok: true }); }
      let left = parts;
      return new Response(new ReadableStream({
        async pull(c) {
          if (left-- === 0) return c.close();
          c.enqueue(new TextEncoder().encode("part "));
          await new Promise((r) => setTimeout(r, 50));
        },
      }));
    };
  `,
};

describe("on Workers, three pools side by side", () => {
  let world: World;
  let gateway: WorkersGateway;
  let git: GitHostServer;
  let archives: Archives;
  const runners = new Map<Pool, Running>();
  beforeAll(async () => {
    git = await GitHostServer.start();
    world = await startWorld({
      withoutRunner: true,
      startGateway: async (given) => {
        const { dataDir } = given;
        archives = { before: packRunner(dataDir, "before"), handedOut: packRunner(dataDir, "handed out") };
        const dashboard = join(dataDir, "static");
        handOut(dashboard, archives.handedOut, "9.9.9");
        gateway = await startWorkersGateway(given, { vars: { PULSE_OUTBOUND_HOSTS: git.host }, dashboard });
        return gateway;
      },
    });
    for (const pool of pools) {
      const { token } = await world.client.call(createEnrolmentToken, {
        body: { pool },
        signal: world.signal,
      });
      runners.set(pool, await world.startRunner(`of-${pool}`, { PULSE_ENROLMENT_TOKEN: token }));
    }
    await Promise.all(pools.map((pool) => world.deploy(`in-${pool}`, source, { settings: { pool } })));
  }, 240_000);
  afterAll(async () => {
    await world?.stop();
    git?.close();
  }, 60_000);

  const call = (pool: Pool, input: object = {}, headers: Record<string, string> = {}) =>
    world.call(`/f/in-${pool}`, { method: "POST", body: JSON.stringify(input), headers });

  test("each pool's work runs on its own runner, however the calls are mixed", async () => {
    const calls = pools.flatMap((pool) =>
      Array.from({ length: 20 }, async (_, i) => {
        const response = await call(pool, {}, i % 2 === 0 ? { prefer: "respond-async" } : {});
        // What a refusal says is shown with it.
        const text = response.status < 300 ? "" : await response.text();
        expect([response.status, text]).toEqual([i % 2 === 0 ? 202 : 200, ""]);
        const { runner, status } = await world.ended(executionOf(response));
        expect([status, runner]).toEqual(["succeeded", `of-${pool}`]);
      }),
    );
    await Promise.all(calls);
  });

  test("the metrics are those of every pool's object", async () => {
    const text = await (await world.call("/metrics")).text();
    for (const pool of pools) {
      const labels = `project="default",pool="${pool}"`;
      const ended = `pulse_executions_total{${labels},kind="function",status="succeeded"} `;
      const counted = text.split("\n").find((line) => line.startsWith(ended));
      expect(Number(counted?.slice(ended.length))).toBeGreaterThanOrEqual(20);
      expect(text).toContain(`pulse_runners_up{${labels}} 1\n`);
      expect(text).toContain(`pulse_queue_depth{${labels}} 0\n`);
    }
    expect(text).toContain("pulse_hub_silent_parts 0\n");
    expect(text).not.toMatch(/^process_/m);
  });

  test("a warm call costs three requests of the Worker, three of its pool's object and two of the database", async () => {
    for (let i = 0; i < 20; i++) await call("green");
    const calls = 50;
    const begun = performance.now();
    const before = await gateway.counts();
    for (let i = 0; i < calls; i++) expect((await call("green")).status).toBe(200);
    const after = await gateway.counts();
    // Runners renew and are heard, presence is saved and news are told, however many calls there are: what comes without any in the same time is no call's.
    await sleep(performance.now() - begun);
    const later = await gateway.counts();
    const perCall = (count: (of: WorkersCounts) => number) =>
      (count(after) - count(before) - (count(later) - count(after))) / calls;
    const objectRequests = (of: WorkersCounts) => Object.values(of.object).reduce((sum, one) => sum + one, 0);
    // Names and keys are read once a second at most: half a request a call is room for that.
    expect(perCall(({ worker }) => worker)).toBeLessThan(3.5);
    expect(perCall(objectRequests)).toBeLessThan(3.5);
    expect(perCall(({ databaseRequests }) => databaseRequests)).toBeLessThan(3);
  }, 240_000);

  test("an object that is evicted takes nothing with it from another pool: its callers wait on, its bodies are whole", async () => {
    const streamed = await call("green", { parts: 40 });
    const reader = streamed.body?.getReader();
    await reader?.read();
    const waiting = call("blue", { ms: 2000 });
    await until("it runs", async () => {
      const list = await world.call("/v1/executions?name=in-blue&status=running,offered");
      return ((await list.json()) as { items: unknown[] }).items.length > 0 ? true : null;
    });
    for (let i = 0; i < 3; i++) await gateway.evict("pool/default/red");
    let text = "part ";
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
      text += new TextDecoder().decode(part.value);
    }
    expect(text.match(/part /g)?.length).toBeGreaterThanOrEqual(40);
    expect((await waiting).status).toBe(200);
    // It is back with its next call.
    expect((await call("red")).status).toBe(200);
  });

  test("work of a pool without a runner waits, and is not seen by the runners of the others", async () => {
    await runners.get("red")?.stop();
    const queued = await call("red", {}, { prefer: "respond-async" });
    expect(queued.status).toBe(202);
    const id = executionOf(queued);
    for (const pool of ["green", "blue"] as const) expect((await call(pool)).status).toBe(200);
    expect(await world.execution(id)).toMatchObject({ status: "queued", runner: null });
    const wanted = await (await world.call("/metrics/scaling?pool=red")).json();
    expect(wanted).toMatchObject({ isWhole: true, pools: [{ pool: "red", queued: 1, desiredRunners: 1 }] });
    const { token } = await world.client.call(createEnrolmentToken, {
      body: { pool: "red" },
      signal: world.signal,
    });
    runners.set("red", await world.startRunner("again-red", { PULSE_ENROLMENT_TOKEN: token }));
    expect(await world.ended(id)).toMatchObject({ status: "succeeded", runner: "again-red" });
  });

  test("what a project has in common is seen from everywhere: one key, its runners, its events", async () => {
    const { items } = await world.client.call(listRunners, { query: {}, signal: world.signal });
    const online = items.filter(({ status }) => status === "online").map(({ name, pool }) => [name, pool]);
    const expected = [
      ["again-red", "red"],
      ["of-green", "green"],
      ["of-blue", "blue"],
    ];
    expect(online).toEqual(expect.arrayContaining(expected));
    const leave = new AbortController();
    const events = await world.call("/v1/events?topics=executions", { signal: leave.signal });
    expect(events.status).toBe(200);
    const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
    let seen = "";
    const heard = async (what: string) => {
      while (!seen.includes(what)) {
        const part = await reader?.read();
        if (part === undefined || part.done) throw new Error(`the events ended: ${seen}`);
        seen += part.value;
      }
    };
    await heard("event: ready");
    for (const pool of pools) {
      const response = await call(pool, {}, { prefer: "respond-async" });
      await heard(executionOf(response));
    }
    leave.abort();
  });

  test("a preview whose time is over is removed in the hour's upkeep, with an entry in the audit", async () => {
    const settings = { pool: "green" };
    const { version } = await world.deploy("in-green", source, { settings, alias: "preview-x" });
    const client = createClient({ url: gateway.hrana.url });
    await client.execute("UPDATE aliases SET expires_at = 1000 WHERE name = 'preview-x'");
    client.close();
    await gateway.cron(17 * 60_000);
    const entry = await until("there is an entry", async () => {
      const { items } = await (await world.call("/v1/audit?action=alias.expire")).json();
      return items[0] ?? null;
    });
    expect(entry).toMatchObject({
      ...{ actor: { kind: "system", name: "gateway" }, target: "in-green/preview-x" },
      ...{ before: { version, canary: null }, details: { expiresAt: "1970-01-01T00:00:01.000Z" } },
    });
    expect((await world.call("/f/in-green@preview-x", { method: "POST", body: "{}" })).status).toBe(404);
  });

  sourcesSuite(
    () => world,
    () => ({
      ...{ git, pool: "green" },
      async goOn() {
        const client = createClient({ url: gateway.hrana.url });
        await client.execute("UPDATE source_syncs SET next_at = 0 WHERE status = 'waiting'");
        client.close();
        await gateway.cron();
      },
    }),
  );
  upgradesSuite(
    () => world,
    () => archives,
  );
});
