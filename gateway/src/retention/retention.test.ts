import { logChunks } from "@pulse/schema/tables";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";
import { forgetOld } from "./forget.ts";

let gateway: TestGateway;
let runner: HttpRunner | null;
beforeEach(async () => {
  gateway = await TestGateway.start();
  runner = null;
  await gateway.addFunction("hello");
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const dayMs = 86_400_000;
const client = () => gateway.parts.ports.database.client;
const rows = async (sql: string) => (await client().execute(sql)).rows;
const count = async (table: string) => Number((await rows(`SELECT count(*) AS n FROM ${table}`))[0]?.n);
/** As if so many days had passed: what there is was made and ended earlier. */
const days = (n: number) =>
  client().execute({
    sql: "UPDATE executions SET created_at = created_at - ?, ended_at = ended_at - ?",
    args: [n * dayMs, n * dayMs],
  });
const get = async (path: string) => {
  const response = await gateway.call(path);
  return { status: response.status, body: await response.json() };
};
const patch = (body: unknown) =>
  gateway.call("/v1/retention", {
    method: "PATCH",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });

async function forget(): Promise<number> {
  let steps = 0;
  for await (const _ of forgetOld(gateway.parts.ports)) steps += 1;
  return steps;
}

/** Accepts a call with a body; returns its id. */
async function accept(body = "x"): Promise<string> {
  const response = await gateway.call("/f/hello", {
    method: "POST",
    body,
    headers: { prefer: "respond-async" },
  });
  return (await response.json()).id;
}

/** A call that was answered with a body and left a line in its log. */
async function ended(body = "x", answer = "ok"): Promise<string> {
  const id = await accept(body);
  runner ??= await HttpRunner.join(gateway);
  await runner.answer(answer);
  await addLog(id);
  return id;
}

async function addLog(executionId: string, bytes = 10): Promise<void> {
  await gateway.parts.ports.database.orm.insert(logChunks).values({
    project: "default",
    executionId,
    fence: 1,
    firstSeq: 1,
    lastSeq: 1,
    attempt: 1,
    rawBytes: bytes,
    totalBytes: bytes,
    createdAt: 0,
    data: Buffer.alloc(bytes),
  });
}

/** Rows that ended as they were made, each with a row of its log. */
async function fill(n: number, createdAt: number, jobBytes = 10): Promise<void> {
  const job = JSON.stringify({ kind: "function", spec: { body: { at: "none" }, pad: "x".repeat(jobBytes) } });
  await client().batch(
    [
      {
        sql: `WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?)
        INSERT INTO executions (id, project, kind, status, name, pool, route, mode, delivery, trigger_type, run_at, created_at, ended_at, trigger, job)
        SELECT 'exe_' || printf('%010d', ? / 1000) || printf('%08d', i), 'default', 'function', 'succeeded', 'hello', 'default', '', 'sync',
        'atLeastOnce', 'http', ?, ? + i, ? + i, '{}', ? FROM c`,
        args: [n, createdAt, createdAt, createdAt, createdAt, job],
      },
      `INSERT INTO log_chunks (project, execution_id, fence, first_seq, last_seq, attempt, raw_bytes, total_bytes, created_at, data)
       SELECT 'default', id, 1, 1, 1, 1, 1, 1, 0, zeroblob(100) FROM executions WHERE id LIKE 'exe_0%'`,
    ],
    "write",
  );
}

test("what was never said is 30 days of executions, 14 of logs, 7 of payloads and one of events", async () => {
  expect((await get("/v1/retention")).body).toEqual({
    executionsMs: 30 * dayMs,
    logsMs: 14 * dayMs,
    payloadsMs: 7 * dayMs,
    eventsMs: dayMs,
    versions: null,
    updatedAt: null,
  });
});

test("a project changes what it names, within bounds", async () => {
  expect((await patch({ logs: "3d", versions: 5 })).status).toBe(200);
  expect((await get("/v1/retention")).body).toMatchObject({
    executionsMs: 30 * dayMs,
    logsMs: 3 * dayMs,
    versions: 5,
    updatedAt: new Date(gateway.parts.clock.now()).toISOString(),
  });
  expect((await patch({ executions: "1h" })).status).toBe(422);
  const longer = await patch({ payloads: "60d" });
  expect(longer.status).toBe(422);
  expect((await longer.json()).errors[0]).toMatchObject({ pointer: "/payloads" });
});

test("bodies go after 7 days, logs after 14, the execution after 30", async () => {
  const id = await ended("the input", "the answer");
  const large = await ended("y".repeat(70_000));
  const bodies = async () => [
    (await gateway.call(`/v1/executions/${id}/result`)).status,
    (await get(`/v1/executions/${id}/input`)).body.isKept,
    (await get(`/v1/executions/${large}/input`)).body.isKept,
  ];
  await days(6);
  await forget();
  expect(await bodies()).toEqual([200, true, true]);
  await days(2);
  await forget();
  expect(await bodies()).toEqual([410, false, false]);
  expect((await get(`/v1/executions/${id}/input`)).body.bytes).toBeNull();
  expect([await count("payloads"), await count("log_chunks")]).toEqual([0, 2]);
  await days(7);
  await forget();
  expect([await count("executions"), await count("log_chunks")]).toEqual([2, 0]);
  await days(16);
  await forget();
  expect(await count("executions")).toBe(0);
  expect((await get(`/v1/executions/${id}`)).status).toBe(404);
});

test("an execution whose body is forgotten says so when it is to run again, and runs with another input", async () => {
  const id = await ended("the input");
  await days(8);
  await forget();
  const replay = (body: unknown) =>
    gateway.call(`/v1/executions/${id}/replay`, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    });
  const refused = await replay({});
  expect(refused.status).toBe(410);
  expect(await refused.json()).toMatchObject({
    code: "gone",
    detail: expect.stringMatching(/no longer kept/),
  });
  expect((await replay({ input: { a: 1 } })).status).toBe(202);
});

test("what has not ended stays whole, however old", async () => {
  const id = await accept("z".repeat(70_000));
  await client().execute({
    sql: "UPDATE executions SET expires_at = NULL, created_at = created_at - ? WHERE id = ?",
    args: [400 * dayMs, id],
  });
  await addLog(id);
  await forget();
  expect([await count("executions"), await count("payloads"), await count("log_chunks")]).toEqual([1, 1, 1]);
  const late = await HttpRunner.join(gateway);
  expect((await late.answer("done")).execution).toBe(id);
});

test("a child stays as long as its parent goes on, the build of a version until that is finished", async () => {
  const [parent, child, build] = [await accept(), await accept(), await accept()];
  const now = gateway.parts.clock.now();
  await client().batch([
    `UPDATE executions SET created_at = created_at - ${100 * dayMs}, run_at = ${now + dayMs}`,
    `UPDATE executions SET status = 'cancelled', ended_at = created_at WHERE id <> '${parent}'`,
    `UPDATE executions SET parent_id = '${parent}' WHERE id = '${child}'`,
    `UPDATE executions SET kind = 'build' WHERE id = '${build}'`,
    `UPDATE versions SET status = 'building', build_execution = '${build}'`,
  ]);
  await forget();
  expect(await count("executions")).toBe(3);
  await client().batch([
    `UPDATE executions SET status = 'cancelled', ended_at = ${now}`,
    "UPDATE versions SET status = 'ready'",
  ]);
  await forget();
  // The parent ended now; the others as the rows say.
  expect(await count("executions")).toBe(3);
  await client().execute(`UPDATE executions SET ended_at = created_at WHERE id <> '${parent}'`);
  await forget();
  expect((await rows("SELECT id FROM executions")).map((row) => row.id)).toEqual([parent]);
});

test("a project's own times rule it, and no other", async () => {
  await ended();
  await client().execute("UPDATE executions SET project = 'other'");
  await ended();
  await patch({ executions: "2d", logs: "2d", payloads: "2d" });
  await days(3);
  await forget();
  expect((await rows("SELECT project FROM executions")).map((row) => row.project)).toEqual(["other"]);
});

test("the preview counts what is then deleted", async () => {
  const preview = async (query = "") => (await get(`/v1/retention/preview${query}`)).body;
  await ended("the input", "the answer");
  await accept();
  await days(8);
  expect(await preview()).toMatchObject({ executions: { count: 0 }, payloads: { count: 1 }, isAll: true });
  const sooner = await preview("?executions=2d&logs=2d&payloads=2d");
  expect(sooner).toMatchObject({ executions: { count: 1 }, logs: { count: 1, bytes: 10 } });
  await patch({ executions: "2d", logs: "2d", payloads: "2d" });
  const before = await count("executions");
  await forget();
  expect(before - (await count("executions"))).toBe(sooner.executions.count);
  expect(await preview()).toEqual({
    executions: { count: 0 },
    logs: { count: 0, bytes: 0 },
    payloads: { count: 0, bytes: 0 },
    versions: { count: 0 },
    isAll: true,
  });
});

test("the newest versions stay, and those that an alias names", async () => {
  const columns =
    "project, function_id, status, runtime, entry, settings, content_sha256, bundle_sha256, bundle_bytes, kinds, created_at";
  for (const number of [2, 3, 4, 5, 6]) {
    await client().execute(
      `INSERT INTO versions (id, number, ${columns}) SELECT 'ver_${number}', ${number}, ${columns} FROM versions WHERE number = 1`,
    );
  }
  await client().batch([
    "UPDATE functions SET latest = 6",
    "UPDATE versions SET status = 'failed' WHERE number IN (3, 5)",
    "UPDATE versions SET status = 'building' WHERE number = 2",
  ]);
  const numbers = async () =>
    (await rows("SELECT number FROM versions ORDER BY number")).map((row) => Number(row.number));
  await forget();
  expect(await numbers()).toEqual([1, 2, 3, 4, 5, 6]);
  expect((await get("/v1/retention/preview?versions=2")).body.versions).toEqual({ count: 1 });
  await patch({ versions: 2 });
  await forget();
  // 1 is live, 2 is being built, 4 and 6 are the newest ready ones.
  expect(await numbers()).toEqual([1, 2, 4, 5, 6]);
});

test("10,000 executions go in steps, none of which holds the others up", async () => {
  const now = gateway.parts.clock.now();
  await fill(10_000, now - 60 * dayMs, 1000);
  const kept = await ended();
  let longest = 0;
  const steps = forgetOld(gateway.parts.ports);
  for (let n = 0; ; n++) {
    const begun = performance.now();
    const { done } = await steps.next();
    longest = Math.max(longest, performance.now() - begun);
    if (done) break;
    expect(n).toBeLessThan(300);
  }
  expect([await count("executions"), await count("log_chunks")]).toEqual([1, 1]);
  expect((await get(`/v1/executions/${kept}`)).status).toBe(200);
  // Some 20 ms on the test machine; the ceiling is for one that is busy.
  expect(longest).toBeLessThan(500);
}, 60_000);

test("a run that is broken off goes on where it ended", async () => {
  await fill(2500, gateway.parts.clock.now() - 20 * dayMs);
  const steps = forgetOld(gateway.parts.ports);
  for (let n = 0; n < 5; n++) await steps.next();
  await steps.return(undefined);
  const left = await count("log_chunks");
  expect(left).toBeLessThan(2500);
  const looked: string[] = [];
  const execute = client().execute.bind(client());
  client().execute = async (...args: unknown[]) => {
    const result = await (execute as (...all: unknown[]) => ReturnType<typeof execute>)(...args);
    for (const row of result.rows) if ("awaited" in row) looked.push(String(row.id));
    return result;
  };
  await forget();
  expect(await count("log_chunks")).toBe(0);
  // Once for the rest of the logs, once for the bodies; no execution is old enough to be looked at for itself.
  expect(looked.length).toBeLessThan(2 * 2500);
});

test("every statement finds its rows by an index", async () => {
  const seen: { sql: string; args: never[] }[] = [];
  const execute = client().execute.bind(client());
  const batch = client().batch.bind(client());
  await fill(1000, gateway.parts.clock.now() - 60 * dayMs);
  await patch({ versions: 1 });
  // What the change sets off elsewhere is not looked at here.
  await settle();
  client().execute = async (...given: unknown[]) => {
    const [first] = given;
    seen.push(
      typeof first === "string" ? { sql: first, args: [] } : (first as { sql: string; args: never[] }),
    );
    return await (execute as (...all: unknown[]) => ReturnType<typeof execute>)(...given);
  };
  client().batch = async (statements, mode) => {
    seen.push(...(statements as { sql: string; args: never[] }[]));
    return await batch(statements, mode);
  };
  await forget();
  expect(await count("executions")).toBe(0);
  const scans = new Set<string>();
  for (const { sql, args } of seen.filter((one) => !/^(INSERT|SELECT count)/.test(one.sql))) {
    const plan = await execute({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
    for (const { detail } of plan.rows)
      if (/^SCAN (?!p$|CONSTANT|\(|.* VIRTUAL)/.test(String(detail))) scans.add(String(detail));
  }
  expect([...scans]).toEqual([expect.stringMatching(/^SCAN retention /)]);
});
