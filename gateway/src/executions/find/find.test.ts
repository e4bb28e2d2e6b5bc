import { fitsFilter } from "@pulse/schema/filter/fits-filter";
import { readFilter } from "@pulse/schema/filter/read-filter";
import { executionFilter } from "@pulse/schema/wire/executions";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../../dispatch/world.suite.ts";
import { TestGateway } from "../../runners/gateway.suite.ts";
import { listExecutions } from "../read.ts";
import { countExecutions } from "./count.ts";
import { conditionsOf, pathOf } from "./path.ts";
import { timeExecutions } from "./timings.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const client = () => gateway.parts.ports.database.client;

/** Makes so many executions, one a second up to now, of many kinds. */
async function seed(
  count: number,
  status = "CASE WHEN i % 97 = 5 THEN 'failed' WHEN i % 61 = 7 THEN 'dead' WHEN i % 53 = 3 THEN 'queued' ELSE 'succeeded' END",
) {
  await client().execute({
    sql: `INSERT INTO executions (id, project, kind, status, reason, name, version, pool, route, mode, delivery, trigger_type, parent_id, runner_name, caller,
        run_at, created_at, error, trigger, job)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      SELECT printf('exe_%026d', i), CASE WHEN i % 19 = 2 THEN 'other' ELSE 'default' END, CASE WHEN i % 5 = 1 THEN 'workflow' ELSE 'function' END, ${status},
        CASE WHEN i % 97 = 5 THEN 'function_error' END, 'f' || (i % 7), CASE WHEN i % 5 = 1 THEN NULL ELSE i % 3 + 1 END, 'default', '', 'async', 'atLeastOnce',
        CASE WHEN i % 2 THEN 'http' ELSE 'schedule' END, CASE WHEN i % 11 = 4 THEN 'exe_parent' END, CASE WHEN i % 3 THEN 'pi-' || (i % 4) END,
        CASE WHEN i % 2 THEN 'key_a' ELSE 'anonymous' END, 0, ? - (? - i) * 1000,
        CASE WHEN i % 97 = 5 THEN '{"code":"function_error","message":"100% Broken_","source":"function"}' END,
        CASE WHEN i % 2 THEN '{"type":"http"}' ELSE '{"type":"schedule"}' END, '{}' FROM n`,
    args: [count, gateway.parts.clock.now(), count],
  });
}

const list = (filter: string, page: { limit?: number; cursor?: string } = {}) =>
  listExecutions(gateway.parts.deps, "default", {
    ...executionFilter.parse({ filter }),
    limit: 200,
    ...page,
  });

async function all(filter: string, limit = 200): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await list(filter, { limit, ...(cursor === undefined ? {} : { cursor }) });
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return ids;
}

const filters = [
  "status:failed",
  "status:failed,dead,queued",
  "status:ended",
  "-status:succeeded",
  "status:failed fn:f3",
  "fn:f1,f2",
  "workflow:f*",
  "name:f3 -kind:workflow",
  "runner:PI-*",
  "-runner:pi-1",
  "trigger:schedule version:2",
  "reason:function_error",
  "parent:exe_parent status:dead",
  'broken_ "100%"',
  "-broken",
  "id:exe_00000000000000000000000005,exe_00000000000000000000000006",
  "id:*05",
  "since:5m until:1m",
  "status:succeeded since:3m -fn:f1",
];

test("a filter finds what it says, by whatever index, page by page, in order, as it is decided from outside too", async () => {
  await seed(600);
  const everything = await listAll();
  expect(everything).toHaveLength(568);
  for (const filter of filters) {
    const { conditions } = readFilter(filter);
    const expected = everything
      .filter((view) => fitsFilter(conditions, view, gateway.parts.clock.now()))
      .map(({ id }) => id);
    expect(expected.length, filter).toBeGreaterThan(0);
    expect(await all(filter), filter).toEqual(expected);
    expect(await all(filter, 7), filter).toEqual(expected);
    const { items } = await countExecutions(gateway.parts.deps, "default", { filter, steps: 60 });
    const counted = items.flatMap(({ counts }) => counts).reduce((sum, n) => sum + n, 0);
    expect(counted, filter).toBe(expected.length);
  }
});

async function listAll() {
  const items = [];
  let cursor: string | undefined;
  do {
    const page = await list("", cursor === undefined ? {} : { cursor });
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}

test("a key is named by its name or id", async () => {
  await seed(20);
  await client().execute(
    "INSERT INTO keys (id, project, name, prefix, digest, scopes, created_at) VALUES ('key_a', 'default', 'ci', 'x', 'y', '[]', 0)",
  );
  const named = await all("key:ci");
  expect(named).toHaveLength(10);
  expect(await all("key:key_a")).toEqual(named);
  expect(await all("key:c*")).toEqual(named);
  expect(await all("-key:ci")).toHaveLength(9);
  expect(await all("key:other")).toEqual([]);
});

test("what is rare or not there is looked for in bounded steps, whatever is asked", async () => {
  await seed(30_000, "CASE WHEN i = 3 THEN 'failed' ELSE 'succeeded' END");
  // Each of these would walk through everything.
  for (const filter of ["runner:none", "status:succeeded trigger:event", "-status:succeeded"]) {
    const first = await list(filter, { limit: 5 });
    expect(first.items, filter).toEqual([]);
    expect(first.nextCursor, filter).not.toBeNull();
  }
  // These are found by their index at once.
  expect(await list("status:failed,dead,lost")).toMatchObject({
    items: [{ status: "failed" }],
    nextCursor: null,
  });
  expect(await list("name:none")).toEqual({ items: [], nextCursor: null });
  expect(await all("-status:succeeded")).toEqual(["exe_00000000000000000000000003"]);
});

test("each filter goes by an index", async () => {
  await seed(50);
  const plans: string[][] = [];
  const { ports } = gateway.parts;
  const execute = ports.database.client.execute.bind(ports.database.client);
  for (const filter of filters) {
    const seen: { sql: string; args: never }[] = [];
    ports.database.client.execute = ((statement: { sql: string; args: never }) => {
      seen.push(statement);
      return execute(statement);
    }) as never;
    await list(filter);
    ports.database.client.execute = execute as never;
    const ofThese = seen.filter(({ sql }) => /from "?executions/i.test(sql));
    expect(ofThese.length, filter).toBeGreaterThan(0);
    for (const { sql, args } of ofThese) {
      const { rows } = await execute({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
      plans.push([filter, ...rows.map(({ detail }) => String(detail))]);
    }
  }
  for (const plan of plans) expect(plan.join("\n")).not.toMatch(/SCAN executions\b/);
  const { index } = pathOf(conditionsOf(executionFilter.parse({ filter: "status:failed fn:f3" })));
  expect(index).toBe("executions_status");
});

test("counts say how far they go", async () => {
  await seed(110_000, "'succeeded'");
  const counts = await countExecutions(gateway.parts.deps, "default", { filter: "since:3d", steps: 40 });
  const total = counts.items.flatMap((one) => one.counts).reduce((sum, n) => sum + n, 0);
  expect(counts.countedFrom).not.toBeNull();
  expect(total).toBeGreaterThanOrEqual(100_000);
  expect(total).toBeLessThan(100_100);
  const first = Date.parse(counts.countedFrom ?? "");
  expect(gateway.parts.clock.now() - first).toBeLessThan(110_000_000);
  const few = await countExecutions(gateway.parts.deps, "default", { filter: "since:10m", steps: 10 });
  expect(few).toMatchObject({ stepMs: 120_000, countedFrom: null, items: [{ status: "succeeded" }] });
});

test("timings are told in percentiles by step, with how many began cold", async () => {
  await seed(100, "'succeeded'");
  await client().execute(
    `UPDATE executions SET timing = json_object('runMs', CAST(substr(id, -3) AS INTEGER), 'queueMs', 5, 'start', CASE WHEN CAST(substr(id, -3) AS INTEGER) % 10 = 0 THEN 'cold' ELSE 'warm' END), project = 'default', name = 'f'`,
  );
  const { items, measuredFrom } = await timeExecutions(gateway.parts.deps, "default", {
    filter: "name:f since:1h",
    steps: 1,
  });
  const measured = items.filter(({ started }) => started > 0);
  expect(measured.reduce((sum, { started }) => sum + started, 0)).toBe(100);
  expect(measured.reduce((sum, { cold }) => sum + cold, 0)).toBe(10);
  expect(measuredFrom).toBeNull();
  expect(measured.at(-1)?.queue).toEqual({ p50: 5, p95: 5, p99: 5 });
  expect(measured.at(-1)?.run?.p99).toBeGreaterThanOrEqual(99);
  const none = await timeExecutions(gateway.parts.deps, "other", { filter: "name:f since:1h", steps: 1 });
  expect(none.items.every(({ run, started }) => run === null && started === 0)).toBe(true);
});

test("the problem of a filter says what is wrong and what there is", async () => {
  const response = await gateway.call("/v1/executions?filter=stauts:failed%20since:soon");
  expect(response.status).toBe(422);
  const problem = await response.json();
  expect(problem.errors.map((one: { detail: string }) => one.detail)).toEqual([
    'there is no filter "stauts"; did you mean status?',
    expect.stringContaining("since must be so long ago"),
  ]);
  const counts = await (await gateway.call("/v1/executions/counts?filter=status:failed&steps=5")).json();
  expect(counts).toMatchObject({ items: [], countedFrom: null });
  const bulk = { method: "POST", headers: { "content-type": "application/json" } };
  const asked = { action: "cancel", dryRun: true };
  await seed(300);
  const named = await gateway.call("/v1/executions/bulk", {
    ...bulk,
    body: JSON.stringify({ ...asked, filter: "status:queued fn:f3" }),
  });
  expect(await named.json()).toMatchObject({
    matched: (await all("status:queued fn:f3")).length,
    skipped: [],
  });
  const wrong = await gateway.call("/v1/executions/bulk", {
    ...bulk,
    body: JSON.stringify({ ...asked, filter: "status:x" }),
  });
  expect(wrong.status).toBe(422);
});
