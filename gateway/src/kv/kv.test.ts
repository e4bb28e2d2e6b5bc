import { kvLimits } from "@pulse/schema/wire/kv";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";
import { setEntry } from "./entries.ts";
import { forgetExpired, forgetLeft } from "./forget.ts";
import { takeOne } from "./from-job.ts";
import { ownSpace } from "./space-of.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

type Asked = Record<string, unknown>;
const statusAndCode = async (response: Response) => ({
  status: response.status,
  code: (await response.json()).code,
});

/** A running call of a function, with what its code asks of `ctx.kv`. */
async function running(
  name: string,
  settings: Parameters<TestGateway["addFunction"]>[2] = {},
  runner?: HttpRunner,
) {
  await gateway.addFunction(name, {}, settings);
  const by = runner ?? (await HttpRunner.join(gateway));
  const answer = gateway.call(`/f/${name}`, { method: "POST", body: "hi" });
  const job = await by.take();
  const send = (asked: Asked, fence = job.fence) => by.post(`/executions/${job.execution}/kv`, asked, fence);
  const ask = async (asked: Asked) => {
    const response = await send(asked);
    const body = await response.json();
    return response.ok ? body.value : body.code;
  };
  const end = async () => {
    await by.complete(job);
    await answer;
  };
  return { runner: by, job, send, ask, end };
}

const write = (path: string, body: unknown) =>
  gateway.call(path, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

test("what a function wrote it reads again, lists by prefix in order, and deletes", async () => {
  const { ask, end } = await running("hello");
  expect(await ask({ op: "get", key: "a" })).toBeNull();
  const first = await ask({ op: "set", key: "user/b", value: { n: 1 } });
  await ask({ op: "set", key: "user/a", value: "ü" });
  await ask({ op: "set", key: "other", value: null });
  expect(await ask({ op: "get", key: "user/b" })).toMatchObject({
    value: { n: 1 },
    version: first.version,
    expiresAt: null,
  });
  const page = await ask({ op: "list", key: "user/", limit: 1 });
  expect(page).toMatchObject({ items: [{ key: "user/a", bytes: 10 }], nextCursor: "user/a" });
  expect(page.items[0]).not.toHaveProperty("value");
  expect(await ask({ op: "list", key: "user/", cursor: "user/a" })).toMatchObject({
    items: [{ key: "user/b" }],
    nextCursor: null,
  });
  expect([await ask({ op: "delete", key: "user/b" }), await ask({ op: "delete", key: "user/b" })]).toEqual([
    true,
    false,
  ]);
  expect((await ask({ op: "list", key: "" })).items.map((one: { key: string }) => one.key)).toEqual([
    "other",
    "user/a",
  ]);
  await end();
});

test("of two writers that read the same version exactly one wins, and the number of a version never comes again", async () => {
  const { ask, end } = await running("hello");
  let won = 0;
  await ask({ op: "set", key: "n", value: 0 });
  for (let round = 0; round < 20; round++) {
    const { value, version } = await ask({ op: "get", key: "n" });
    const both = await Promise.all(
      [1, 2].map(() => ask({ op: "set", key: "n", value: value + 1, ifVersion: version })),
    );
    const lost = both.filter((one) => one === "precondition_failed").length;
    expect(lost).toBe(1);
    won += 2 - lost;
  }
  const { value, version } = await ask({ op: "get", key: "n" });
  expect([value, won]).toEqual([20, 20]);
  const made = await Promise.all(
    [1, 2, 3].map((value) => ask({ op: "set", key: "new", value, ifVersion: 0 })),
  );
  expect(made.filter((one) => one === "precondition_failed")).toHaveLength(2);
  await ask({ op: "delete", key: "n", ifVersion: version });
  const again = await ask({ op: "set", key: "n", value: 1 });
  expect(again.version).toBeGreaterThan(version);
  expect(await ask({ op: "delete", key: "n", ifVersion: version })).toBe("precondition_failed");
  await end();
});

test("an entry is gone when its time is over, for whoever compares too, and is swept", async () => {
  const { ask, end } = await running("hello");
  const { version } = await ask({ op: "set", key: "lock", value: 1, ttl: 60 });
  await ask({ op: "set", key: "stays", value: 1 });
  await gateway.parts.clock.advance(59_000);
  expect(await ask({ op: "set", key: "lock", value: 2, ifVersion: 0 })).toBe("precondition_failed");
  await gateway.parts.clock.advance(1000);
  expect(await ask({ op: "get", key: "lock" })).toBeNull();
  expect((await ask({ op: "list", key: "" })).items).toHaveLength(1);
  expect(await ask({ op: "set", key: "lock", value: 2, ifVersion: version })).toBe("precondition_failed");
  expect((await ask({ op: "set", key: "lock", value: 3, ttl: 1, ifVersion: 0 })).version).toBeGreaterThan(
    version,
  );
  await gateway.parts.clock.advance(1000);
  expect(await forgetExpired(gateway.parts.ports)).toBe(false);
  const { client } = gateway.parts.ports.database;
  expect((await client.execute("SELECT key FROM kv_entries")).rows).toMatchObject([{ key: "stays" }]);
  const left = await client.execute("SELECT entries, bytes FROM kv_spaces");
  expect(left.rows).toMatchObject([{ entries: 1, bytes: 6 }]);
  await end();
});

test("functions do not see each other's keys; a shared space is open to those whose version names it", async () => {
  const one = await running("one", { kv: { shared: ["sessions"] } });
  await one.ask({ op: "set", key: "k", value: "own" });
  await one.ask({ op: "set", shared: "sessions", key: "k", value: "shared" });
  const runner = one.runner;
  await one.end();
  const two = await running("two", { kv: { shared: ["sessions", "more"] } }, runner);
  expect(await two.ask({ op: "get", key: "k" })).toBeNull();
  expect(await two.ask({ op: "get", shared: "sessions", key: "k" })).toMatchObject({ value: "shared" });
  expect(await two.ask({ op: "get", shared: "more", key: "k" })).toBeNull();
  await two.end();
  const three = await running("three", {}, runner);
  for (const op of ["get", "set", "delete", "list"]) {
    expect(await three.ask({ op, shared: "sessions", key: "k", value: 1 })).toBe("forbidden");
  }
  await three.end();
});

test("an attempt that somebody else has by now writes and reads nothing; one that has succeeded goes on for a moment", async () => {
  const { runner, job, send, ask, end } = await running("hello");
  expect(await statusAndCode(await send({ op: "set", key: "k", value: 1 }, job.fence + 1))).toEqual({
    status: 409,
    code: "fenced",
  });
  expect(await statusAndCode(await send({ op: "get", key: "k" }, job.fence - 1))).toEqual({
    status: 409,
    code: "fenced",
  });
  await runner.post(`/executions/${job.execution}/release`, { reason: "drained", started: false }, job.fence);
  const again = await runner.take();
  expect(again.fence).toBe(job.fence + 1);
  for (const op of ["get", "set", "delete", "list"]) {
    expect(await ask({ op, key: "k", value: 1 })).toBe("fenced");
  }
  await runner.complete(again);
  await end().catch(() => undefined);
  const late = (key: string) => send({ op: "set", key, value: 1 }, again.fence);
  expect((await late("late")).status).toBe(200);
  await gateway.parts.clock.advance(60_000);
  expect(await statusAndCode(await late("later"))).toEqual({ status: 409, code: "fenced" });
});

test("a write between the look and the statement is guarded by the row itself", async () => {
  const { job, runner, end } = await running("hello");
  const access = {
    ...{ project: "default", space: ownSpace("fn_hello") },
    writer: { execution: job.execution, fence: job.fence, runner: runner.id },
  };
  const { ports } = gateway.parts;
  await setEntry(ports, access, { key: "k", value: 1 });
  await ports.database.client.execute({
    sql: "UPDATE executions SET fence = fence + 1 WHERE id = ?",
    args: [job.execution],
  });
  await expect(setEntry(ports, access, { key: "k", value: 2 })).rejects.toMatchObject({ code: "fenced" });
  await ports.database.client.execute({
    sql: "UPDATE executions SET fence = fence - 1 WHERE id = ?",
    args: [job.execution],
  });
  await end();
});

test("keys, values, spaces and projects have limits, and what has expired makes room", async () => {
  const { ports } = gateway.parts;
  const access = { project: "default", space: "shared s", writer: null };
  const set = (
    key: string,
    value: unknown = 1,
    more: { ttl?: number } = {},
    most = { entries: 2, projectBytes: 1000 },
  ) => setEntry(ports, access, { key, value, ...more }, most);
  await set("a");
  await set("b", 1, { ttl: 5 });
  await expect(set("c")).rejects.toMatchObject({
    code: "quota_exceeded",
    message: "a space has at most 2 keys, and this one has 2",
  });
  await set("a", 2);
  await gateway.parts.clock.advance(5000);
  await set("c");
  await expect(set("a", "x".repeat(1000))).rejects.toMatchObject({
    code: "quota_exceeded",
    message: "the key-value store of a project has at most 1000 bytes, and this one has 4",
  });
  await set("a", "x".repeat(900));
  await set("a", "x".repeat(800), {}, { entries: 2, projectBytes: 10 });
  await expect(set("a", "x".repeat(kvLimits.valueBytes))).rejects.toMatchObject({
    code: "payload_too_large",
  });
  await setEntry(
    ports,
    { ...access, project: "other" },
    { key: "a", value: "y".repeat(900) },
    { entries: 2, projectBytes: 1000 },
  );
  const { ask, end } = await running("hello");
  for (const key of ["", "x".repeat(257), "a\u0000b"]) {
    expect(await ask({ op: "set", key, value: 1 })).toBe("validation_failed");
  }
  expect(await ask({ op: "set", key: "é".repeat(128), value: 1 })).toMatchObject({ expiresAt: null });
  for (const ttl of [0, 1.5, -1, kvLimits.ttlS + 1])
    expect(await ask({ op: "set", key: "k", value: 1, ttl })).toBe("validation_failed");
  await end();
});

test("people read and write the same entries over the control API, each project its own", async () => {
  const { ask, end } = await running("hello");
  await ask({ op: "set", key: "a/b?&", value: [1] });
  const at = (key: string) => `/v1/kv/hello/entry?key=${encodeURIComponent(key)}`;
  expect(await (await gateway.call(at("a/b?&"))).json()).toMatchObject({ key: "a/b?&", value: [1] });
  const put = await (await write(at("b"), { value: { x: 1 }, ttl: 60 })).json();
  expect(await ask({ op: "get", key: "b" })).toMatchObject({ value: { x: 1 }, version: put.version });
  expect(await statusAndCode(await write(at("b"), { value: 1, ifVersion: 0 }))).toEqual({
    status: 412,
    code: "precondition_failed",
  });
  expect((await (await gateway.call("/v1/kv/hello/keys?prefix=a")).json()).items).toMatchObject([
    { key: "a/b?&" },
  ]);
  expect((await gateway.call(at("b"), { method: "DELETE" })).status).toBe(204);
  expect((await gateway.call(at("b"), { method: "DELETE" })).status).toBe(404);
  expect((await gateway.call("/v1/kv/nobody/keys")).status).toBe(404);
  expect((await write("/v1/kv/shared:s/entry?key=k", { value: 1 })).status).toBe(200);
  const spaces = await (await gateway.call("/v1/kv")).json();
  expect(spaces.items).toMatchObject([
    { space: "hello", entries: 1 },
    { space: "shared:s", entries: 1 },
  ]);
  await end();
});

test("a function that is gone takes its keys with it; a new one of its name has none", async () => {
  const { ask, end } = await running("hello");
  await ask({ op: "set", key: "k", value: 1 });
  await end();
  expect(await forgetLeft(gateway.parts.ports)).toBe(false);
  expect((await gateway.call("/v1/kv/hello/entry?key=k")).status).toBe(200);
  await gateway.call("/v1/functions/hello", { method: "DELETE" });
  await forgetLeft(gateway.parts.ports);
  const { rows } = await gateway.parts.ports.database.client.execute(
    "SELECT * FROM kv_entries UNION ALL SELECT project, space, '', '', 0, 0, 0, 0 FROM kv_spaces",
  );
  expect(rows).toEqual([]);
});

test("a space takes so many operations a minute and no more, and others go on", async () => {
  const { ask, end } = await running("hello", { kv: { shared: ["s"] } });
  const place = { project: "default", space: ownSpace("fn_hello") };
  for (let n = 0; n < kvLimits.perMinute; n++) takeOne(gateway.parts.ports, place);
  expect(await ask({ op: "get", key: "k" })).toBe("rate_limited");
  expect(await ask({ op: "get", shared: "s", key: "k" })).toBeNull();
  await gateway.parts.clock.advance(60_000);
  expect(await ask({ op: "get", key: "k" })).toBeNull();
  await end();
});
