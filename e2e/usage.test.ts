import { join } from "node:path";
import { createClient } from "@libsql/client";
import { liveStatuses } from "@pulse/schema/status";
import { listExecutions } from "@pulse/schema/wire/executions";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startProcess, until } from "./platforms/node.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ slots: 8 });
  await world.deploy(
    "work",
    {
      "index.ts": `export default async (request: Request) => {
  const body = await request.text();
  await new Promise((resolve) => setTimeout(resolve, Number(body) || 0));
  if (body === "13") throw new Error("unlucky");
  return new Response("x".repeat(Number(body)));
};`,
    },
    { settings: { retry: { attempts: 2, backoff: "1s" } } },
  );
}, 180_000);
afterAll(() => world?.stop(), 60_000);

const call = (i: number, wait: boolean) =>
  world
    .call("/f/work", {
      method: "POST",
      body: String(i % 50),
      ...(wait ? {} : { headers: { prefer: "respond-async" } }),
    })
    .then((response) => response.status)
    .catch(() => null);

const pulse = async (...args: string[]) => {
  const env = { PULSE_GATEWAY: world.url, PULSE_KEY: world.adminKey, PULSE_LANG: "en", HOME: world.dataDir };
  const command = startProcess("cli/src/main.ts", env, args);
  const code = await command.exited;
  return { code, out: command.output() };
};

test("the command line shows what was used, sets plans, and ends with 8 where one is used up", async () => {
  expect((await pulse("invoke", "work", "-d", "5")).code).toBe(0);
  const shown = await pulse("usage", "--by", "function");
  expect(shown.code, shown.out).toBe(0);
  expect(shown.out).toMatch(/^FUNCTION +EXECUTIONS +RUN S/);
  expect(shown.out).toMatch(/^work +1 /m);
  expect(JSON.parse((await pulse("usage", "--json")).out).total.executions).toBe(1);
  expect((await pulse("usage", "--csv")).out).toMatch(/^day,name,executions,/);
  expect((await pulse("usage", "plan")).out).toContain("nothing is limited");
  const set = await pulse("usage", "set-plan", "custom", "--quota", "executions=1", "--quota", "functions=7");
  expect(set.code, set.out).toBe(0);
  expect(set.out).toMatch(/executions +1 +1 +100 %/);
  const refused = await pulse("invoke", "work", "-d", "5");
  expect(refused.code, refused.out).toBe(8);
  expect(refused.out).toContain("1 executions a month");
  expect((await pulse("usage", "set-plan", "gold")).code).toBe(2);
  expect((await pulse("usage", "set-plan", "custom", "--quota", "executions")).code).toBe(2);
  expect((await pulse("usage", "set-plan", "custom", "--quota", "apples=1")).code).toBe(6);
  expect((await pulse("usage", "set-plan", "none")).code).toBe(0);
  expect((await pulse("invoke", "work", "-d", "5")).code).toBe(0);
}, 120_000);

const sums = `coalesce(sum(executions), 0) AS executions, coalesce(sum(run_ms), 0) AS run_ms, coalesce(sum(mb_ms), 0) AS mb_ms,
  coalesce(sum(bytes_in), 0) AS bytes_in, coalesce(sum(bytes_out), 0) AS bytes_out`;

test("after kills without warning, what was used is to the last byte what the executions say", async () => {
  for (let round = 0; round < 3; round++) {
    let answered = 0;
    const { promise: enough, resolve } = Promise.withResolvers<void>();
    const calls = Array.from({ length: 120 }, (_, i) =>
      call(i, i % 2 === 0).then((status) => {
        answered += 1;
        if (answered === 60) resolve();
        return status;
      }),
    );
    await enough;
    await world.crashGateway();
    await Promise.all(calls);
  }
  const live = [...liveStatuses];
  await until(
    "everything has ended",
    async () => {
      const query = { status: live, limit: 1 } as never;
      const { items } = await world.client.call(listExecutions, { query, signal: world.signal });
      return items.length === 0 ? true : null;
    },
    undefined,
    240_000,
  );
  await world.gateway.kill();
  const client = createClient({ url: `file:${join(world.dataDir, "gateway", "pulse.db")}` });
  const { rows: counted } = await client.execute(`SELECT ${sums} FROM usage`);
  const { rows: said } = await client.execute(
    `SELECT ${sums} FROM (SELECT 1 AS executions, ms AS run_ms, ms * memory_mb AS mb_ms, bytes_in, bytes_out FROM (
      SELECT spent_ms + CAST(round(coalesce(timing ->> '$.runMs', 0)) AS INTEGER) AS ms, memory_mb, bytes_in,
        coalesce(response_bytes, 0) AS bytes_out FROM executions WHERE kind <> 'build' AND ended_at IS NOT NULL))`,
  );
  client.close();
  expect(counted[0]).toEqual(said[0]);
  expect(Number(said[0]?.executions)).toBeGreaterThan(180);
  expect(Number(said[0]?.run_ms)).toBeGreaterThan(1000);
  await world.startGateway();
}, 600_000);
