import { versions } from "@pulse/schema/tables";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "../../runners/gateway.suite.ts";
import { createWarmWants } from "../warm-wants.ts";
import { forgetAliases } from "./forget.ts";
import { watchSplits } from "./watch.ts";

let gateway: TestGateway;
let runner: HttpRunner;
beforeEach(async () => {
  gateway = await TestGateway.start();
  runner = await HttpRunner.join(gateway);
  await gateway.addFunction("hello", { minWarm: 4 });
  const { orm } = gateway.parts.ports.database;
  const [first] = await orm.select().from(versions);
  if (first === undefined) throw new Error("there is no version");
  await orm.insert(versions).values({ ...first, id: "ver_second", number: 2, contentSha256: "2".repeat(64) });
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const send = (method: string, path: string, body?: unknown) =>
  gateway.call(path, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
const move = (body: unknown, alias = "live") => send("PUT", `/v1/functions/hello/aliases/${alias}`, body);
const aliases = async () => (await (await send("GET", "/v1/functions/hello/aliases")).json()).items;
const split = (change = {}) => move({ version: 1, canary: { version: 2, weight: 50, ...change } });

/** Has every draw from now on go to one of the two versions. */
function draws(which: 1 | 2): void {
  const { ports } = gateway.parts;
  const { random } = ports;
  ports.random = (bytes) => (bytes === 4 ? new Uint8Array(4).fill(which === 2 ? 0 : 255) : random(bytes));
}

/** Calls the function; its code answers with this status, or throws. */
async function call(status: number | "throws"): Promise<number> {
  const answer = gateway.call("/f/hello", { method: "POST", body: "x" });
  const job = await runner.take();
  if (status === "throws") {
    const error = { code: "function_error", message: "broken", source: "function" as const };
    await runner.complete(job, { status: "failed", reason: "function_error", response: null, error });
  } else {
    await runner.complete(job, { response: { status, headers: [], body: { base64: "" } } });
  }
  await (await answer).text();
  return job.spec.function.version;
}

test("each call is given one of the two versions, and the execution says which", async () => {
  expect((await split()).status).toBe(200);
  const went: number[] = [];
  for (const which of [2, 1, 2] as const) {
    draws(which);
    went.push(await call(200));
  }
  expect(went).toEqual([2, 1, 2]);
  const { items } = await (await send("GET", "/v1/executions?name=hello")).json();
  expect(items.map((one: { version: number }) => one.version).toSorted()).toEqual([1, 2, 2]);
  const [live] = await aliases();
  expect(live).toMatchObject({
    ...{ alias: "live", version: 1, expiresAt: null },
    split: {
      version: 2,
      weight: 50,
      guard: null,
      calls: { first: { ended: 1 }, second: { ended: 2, failed: 0 } },
    },
  });
  const shown = (await (await send("GET", "/v1/functions/hello/versions")).json()).items;
  expect(shown.map((one: { aliases: { share: number }[] }) => one.aliases[0]?.share)).toEqual([50, 50]);
});

test("a warm call of a split reads nothing, and draws without a statement", async () => {
  await split({ maxErrorRate: 5 });
  draws(2);
  await call(200);
  const { client } = gateway.parts.ports.database;
  let reads = 0;
  const execute = client.execute.bind(client);
  client.execute = (...args: unknown[]) => {
    reads += 1;
    return (execute as (...args: unknown[]) => ReturnType<typeof execute>)(...args);
  };
  await call(200);
  expect(reads).toBe(0);
});

test("a second version that fails too often is rolled back, with its reason in the alias and the audit", async () => {
  await split({ maxErrorRate: 10, minCalls: 4 });
  draws(2);
  await call("throws");
  await call(500);
  await call(200);
  expect(await watchSplits(gateway.parts.ports)).not.toBeNull();
  expect((await aliases())[0].split).toMatchObject({ calls: { second: { ended: 3, failed: 2 } } });
  await call(200);
  await watchSplits(gateway.parts.ports);
  const reason = "rolled back: 2 of 4 calls failed, more than 10 %";
  expect((await aliases())[0]).toMatchObject({
    ...{ version: 1, split: null, reason, movedBy: "system:gateway", movedFrom: 2 },
  });
  expect(await call(200)).toBe(1);
  const { items } = await (await send("GET", "/v1/audit?action=alias.move")).json();
  expect(items[0]).toMatchObject({
    ...{ actor: { kind: "system" }, target: "hello/live", details: { reason } },
    ...{ before: { canary: 2 }, after: { canary: null } },
  });
  const { rows } = await gateway.parts.ports.database.client.execute(
    "SELECT count(*) AS n FROM events WHERE topic = 'functions' AND subject = 'hello'",
  );
  expect(Number(rows[0]?.n)).toBe(2);
  expect(await watchSplits(gateway.parts.ports)).toBeNull();
});

test("however many splits there are without a guard, those that have one are watched", async () => {
  await split({ maxErrorRate: 10, minCalls: 1 });
  draws(2);
  await call("throws");
  await gateway.parts.ports.database.client.execute(
    `WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 600)
     INSERT INTO aliases (project, function_id, name, version_id, moved_at, canary_id, weight, split_at)
     SELECT a.project, a.function_id, 'a' || n, a.canary_id, a.moved_at, a.version_id, 50, a.split_at FROM aliases AS a, counted`,
  );
  await watchSplits(gateway.parts.ports);
  const live = (await aliases()).find(({ alias }: { alias: string }) => alias === "live");
  expect(live.split).toBeNull();
});

test("however many calls wait, and however many splits are guarded, a second version that fails is rolled back", async () => {
  await split({ maxErrorRate: 10, minCalls: 1 });
  draws(2);
  await call("throws");
  const { client } = gateway.parts.ports.database;
  const names =
    "SELECT name FROM pragma_table_info('executions') WHERE name NOT IN ('id', 'status', 'reason', 'ended_at', 'created_at')";
  const columns = (await client.execute(names)).rows.map(({ name }) => String(name)).join(", ");
  await client.execute(
    `WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 6000)
     INSERT INTO executions (id, status, reason, ended_at, created_at, ${columns})
     SELECT 'exe_' || n, 'queued', NULL, NULL, created_at + n, ${columns} FROM executions, counted`,
  );
  await client.execute(
    `WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 600)
     INSERT INTO aliases (project, function_id, name, version_id, moved_at, canary_id, weight, split_at, guard)
     SELECT a.project, a.function_id, 'a' || n, a.canary_id, a.moved_at, a.version_id, 50, a.split_at, a.guard FROM aliases AS a, counted`,
  );
  await watchSplits(gateway.parts.ports);
  const live = (await aliases()).find(({ alias }: { alias: string }) => alias === "live");
  expect(live).toMatchObject({ split: null, reason: "rolled back: 1 of 1 calls failed, more than 10 %" });
});

test("failures of before the split, and of the first version, end nothing", async () => {
  await call("throws");
  await gateway.parts.clock.advance(1000);
  await split({ maxErrorRate: 10, minCalls: 1 });
  draws(1);
  await call("throws");
  await watchSplits(gateway.parts.ports);
  expect((await aliases())[0].split).toMatchObject({
    calls: { first: { ended: 1, failed: 1 }, second: { ended: 0, failed: 0 } },
  });
});

test("a promotion is of the split that was seen: one that was rolled back meanwhile is refused", async () => {
  await split({ maxErrorRate: 10, minCalls: 1 });
  draws(2);
  await call("throws");
  await watchSplits(gateway.parts.ports);
  const late = await move({ version: 2, ifCanary: 2 });
  expect([late.status, (await late.json()).code]).toEqual([409, "conflict"]);
  expect((await aliases())[0]).toMatchObject({ version: 1, movedFrom: 2 });
  await split();
  expect((await aliases())[0]).toMatchObject({ version: 1, movedFrom: null, reason: null });
  expect((await move({ version: 2, ifCanary: 2 })).status).toBe(200);
  expect((await aliases())[0]).toMatchObject({ version: 2, split: null, movedFrom: 1 });
});

test("a move that another gateway's clock puts before the last one is told, and not passed over", async () => {
  await gateway.parts.ports.database.client.execute("UPDATE aliases SET moved_at = moved_at + 60000");
  const early = await move({ version: 2 });
  expect([early.status, (await early.json()).code]).toEqual([409, "conflict"]);
  expect((await aliases())[0]).toMatchObject({ version: 1 });
});

test("a split is of two versions that are ready, and its weight is a part", async () => {
  for (const [change, status] of [
    [{ version: 1 }, 422],
    [{ version: 9 }, 404],
    [{ weight: 0 }, 422],
    [{ weight: 100 }, 422],
    [{ maxErrorRate: 100 }, 422],
    [{ maxErrorRate: 5, weight: 1, minCalls: 1001 }, 422],
  ] as const)
    expect((await split(change)).status).toBe(status);
  expect((await aliases())[0].split).toBeNull();
});

test("what is kept warm is of both versions, the second by its part", async () => {
  await split({ weight: 30 });
  const wants = await createWarmWants(gateway.parts.ports)("default");
  expect(wants.map(({ count, order }) => [order.spec.function.version, count])).toEqual([
    [1, 4],
    [2, 2],
  ]);
});

test("an alias with an end is removed after it, one that is moved again lasts longer; live has none", async () => {
  await move({ version: 2, ttl: "1h" }, "preview-a");
  await move({ version: 2, ttl: "1h" }, "preview-b");
  expect((await move({ version: 1, ttl: "1h" })).status).toBe(422);
  await gateway.parts.clock.advance(3_000_000);
  await move({ version: 1, ttl: "1h" }, "preview-b");
  await gateway.parts.clock.advance(900_000);
  await forgetAliases(gateway.parts.ports);
  const left = await aliases();
  expect(left.map((one: { alias: string }) => one.alias)).toEqual(["live", "preview-b"]);
  expect(left[1].url).toBe("http://localhost:8787/f/hello@preview-b");
  expect(Date.parse(left[1].expiresAt)).toBe(gateway.parts.clock.now() + 2_700_000);
  const audit = await (await gateway.call("/v1/audit?action=alias.expire")).json();
  expect(audit.items).toHaveLength(1);
  expect(audit.items[0]).toMatchObject({
    ...{ actor: { kind: "system", name: "gateway" }, outcome: "done", target: "hello/preview-a" },
    ...{ before: { version: 2, canary: null }, after: null },
    details: { expiresAt: new Date(gateway.parts.clock.now() - 300_000).toISOString() },
  });
  expect(await forgetAliases(gateway.parts.ports)).toBe(false);
});
