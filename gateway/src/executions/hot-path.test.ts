import type { InStatement } from "@libsql/client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";

let gateway: TestGateway;
let runner: HttpRunner;
/** What went to the database: each execute, and each batch as one commit. */
let seen: { commit: boolean; statements: InStatement[] }[];
beforeEach(async () => {
  gateway = await TestGateway.start();
  runner = await HttpRunner.join(gateway);
  await gateway.addFunction("hello");
  seen = [];
  const { client } = gateway.parts.ports.database;
  const [execute, batch] = [client.execute.bind(client), client.batch.bind(client)];
  client.execute = (...args: unknown[]) => {
    const [sql, values] = args as [InStatement, unknown[] | undefined];
    const whole = typeof sql === "string" ? { sql, args: (values ?? []) as never } : sql;
    seen.push({ commit: false, statements: [whole] });
    return (execute as (...args: unknown[]) => ReturnType<typeof execute>)(...args);
  };
  client.batch = (...args) => {
    seen.push({ commit: true, statements: args[0] as InStatement[] });
    return batch(...args);
  };
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const call = (headers: Record<string, string> = {}) =>
  gateway.call("/f/hello", { method: "POST", body: "x", headers });

/**
 * Steps of the plans that read a whole table or a whole index, or, in a change of rows, all rows of a state: such a change would cost more
 * the more work there is. Constant rows and JSON arrays are no tables, nor is what a subquery
 * found: how it finds that has steps of its own.
 */
async function scans(): Promise<string[]> {
  const { client } = gateway.parts.ports.database;
  const statements = seen.flatMap((one) => one.statements);
  const found: string[] = [];
  for (const statement of statements) {
    const { sql, args } = typeof statement === "string" ? { sql: statement, args: [] } : statement;
    const { rows } = await client.execute({ sql: `EXPLAIN QUERY PLAN ${sql}`, args: args ?? [] });
    for (const { detail } of rows) {
      const isScan = /^SCAN (?!CONSTANT|j\b|json_each|\d|\(subquery-\d+\))/.test(String(detail));
      const isGrowing =
        /^UPDATE/.test(sql) &&
        !sql.includes("LIMIT") &&
        /^SEARCH executions .*\(status=/.test(String(detail));
      if (isScan || isGrowing) found.push(`${detail}: ${sql}`);
    }
  }
  return found;
}

test("a warm call costs two commits and no other statement", async () => {
  const warm = call();
  await runner.answer("ok");
  await warm;
  const job = runner.take();
  await settle();
  seen.length = 0;
  const answer = call();
  await runner.complete(await job);
  expect((await answer).status).toBe(200);
  expect(seen.map(({ commit }) => commit)).toEqual([true, true]);
});

test("no statement of a call scans a table: cold, warm, queued, asynchronous, keyed", async () => {
  const cold = call({ "idempotency-key": "k-1" });
  await runner.answer("ok");
  await cold;
  const queued = await call({ prefer: "respond-async" });
  expect(queued.status).toBe(202);
  await runner.answer("later");
  const { id } = await queued.json();
  await gateway.parts.clock.advance(30_000);
  await gateway.call(`/v1/executions/${id}`);
  await gateway.call(`/v1/executions/${id}/logs`);
  await gateway.call(`/v1/executions/${id}/result`);
  expect(seen.length).toBeGreaterThan(8);
  expect(await scans()).toEqual([]);
});

test("no list scans a table, with each filter alone and at a cursor", async () => {
  for (let at = 0; at < 3; at++) await call({ prefer: "respond-async" });
  seen.length = 0;
  const { nextCursor } = await (await gateway.call("/v1/executions?limit=1")).json();
  for (const query of [
    "limit=1",
    `limit=1&cursor=${nextCursor}`,
    "name=hello",
    "status=failed,dead",
    "kind=function",
    "trigger=http",
    "parent=exe_1",
    "since=2025-01-01T00:00:00Z&until=2027-01-01T00:00:00Z",
  ]) {
    expect((await gateway.call(`/v1/executions?${query}`)).status).toBe(200);
  }
  for (const list of ["functions", "functions/hello/versions", "keys", "runners"]) {
    expect((await gateway.call(`/v1/${list}`)).status).toBe(200);
  }
  expect(await scans()).toEqual([]);
});
