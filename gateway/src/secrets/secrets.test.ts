import { randomBytes } from "node:crypto";
import type { Job } from "@pulse/schema/wire/job";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";
import { masterKeyOf } from "./master-key.ts";
import { checkMasterKeys, rewrapLeft, rewrapSome } from "./rewrap.ts";
import { putSecret } from "./vault.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
});
afterEach(() => {
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const put = (name: string, value: unknown) =>
  gateway.call(`/v1/secrets/${name}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ value }),
  });
const list = async () => (await (await gateway.call("/v1/secrets")).json()).items;
const run = (sql: string) => gateway.parts.ports.database.client.execute(sql);
const submit = (name: string) =>
  gateway.call(`/f/${name}`, { method: "POST", headers: { prefer: "respond-async" } });

const opened = (runner: HttpRunner, job: Job) =>
  job.secrets === null ? null : runner.identity.opened(job.secrets);

test("SC-05: values only come in: the list has name, version and time, and no route gives a value", async () => {
  expect((await put("DB_URL", "postgres://hunter2")).status).toBe(204);
  expect((await put("DB_URL", "postgres://hunter3")).status).toBe(204);
  expect(await list()).toEqual([{ name: "DB_URL", version: 2, updatedAt: expect.any(String), usedBy: [] }]);
  expect((await gateway.call("/v1/secrets/DB_URL")).status).toBe(405);
  expect((await gateway.call("/v1/secrets/DB_URL", { method: "DELETE" })).status).toBe(204);
  expect(await list()).toEqual([]);
  expect((await gateway.call("/v1/secrets/DB_URL", { method: "DELETE" })).status).toBe(404);
  await put("DB_URL", "back");
  expect(await list()).toMatchObject([{ name: "DB_URL", version: 3 }]);
});

test.each([
  ["a name that no variable has", "DB-URL", "x"],
  ["an empty value", "A", ""],
  ["no text", "A", 5],
  ["over 32 KiB", "A", "é".repeat(16_385)],
  ["a NUL, which no variable holds", "A", "a\0b"],
])("%s is refused", async (_what, name, value) => {
  const response = await put(name, value);
  expect(response.status).toBe(422);
  expect(await list()).toEqual([]);
});

test("a job is handed the secrets that its function names, under the variables' names, sealed to the runner that takes it", async () => {
  await put("DB_URL", "postgres://hunter2");
  await put("OTHER", "not for this one");
  await gateway.addFunction("hello", {}, { secrets: { URL: "DB_URL" } });
  await gateway.addFunction("plain");
  const runner = await HttpRunner.join(gateway);
  await submit("hello");
  const job = await runner.take();
  expect(job.secretsFault).toBe(undefined);
  expect(await opened(runner, job)).toEqual({ URL: "postgres://hunter2" });
  expect(job.secrets).not.toContain("hunter2");
  const { rows } = await run("SELECT job FROM executions");
  expect(JSON.stringify(rows)).not.toContain(job.secrets);
  await submit("plain");
  expect((await runner.take()).secrets).toBe(null);
});

test("the list says which live functions and newest workflows are given a secret", async () => {
  for (const name of ["DB_URL", "TOKEN", "UNUSED"]) await put(name, "x");
  await gateway.addFunction("report", {}, { secrets: { URL: "DB_URL", AWAY: "vault:teams/bi#token" } });
  await gateway.addFunction("other", {}, { secrets: ["TOKEN", "DB_URL"] });
  const step = { id: "ask", name: "Ask", type: "execute", command: "true", targets: ["all"] };
  const write = async (secrets: object) => {
    const stored = await gateway.call("/v1/workflows/nightly", {
      method: "PUT",
      headers: { "content-type": "application/json" },
      // A form may have a field of this name: that is no secret.
      body: JSON.stringify({ name: "nightly", steps: [{ ...step, secrets, env: { secrets: "UNUSED" } }] }),
    });
    expect([200, 201], await stored.text()).toContain(stored.status);
  };
  await write({ db: "DB_URL" });
  await write({ token: "TOKEN" });
  expect(await list()).toMatchObject([
    {
      name: "DB_URL",
      usedBy: [
        { kind: "function", name: "other" },
        { kind: "function", name: "report" },
      ],
    },
    {
      name: "TOKEN",
      usedBy: [
        { kind: "function", name: "other" },
        { kind: "workflow", name: "nightly" },
      ],
    },
    { name: "UNUSED", usedBy: [] },
  ]);
});

test("the version that is there when the work leaves is the one that is given", async () => {
  await put("TOKEN", "first");
  await gateway.addFunction("hello", {}, { secrets: ["TOKEN"] });
  await submit("hello");
  await put("TOKEN", "second");
  const runner = await HttpRunner.join(gateway);
  expect(await opened(runner, await runner.take())).toEqual({ TOKEN: "second" });
});

test("SC-03, SC-06: a job whose secret is missing, is another project's, or was moved in the database says so, and holds none", async () => {
  const { ports } = gateway.parts;
  await putSecret(ports, { project: "other", kind: "user", name: "FOREIGN" }, "x");
  await put("A", "value of A");
  await put("B", "value of B");
  await run("UPDATE secrets SET name = 'SWAP' WHERE name = 'A'");
  await run("UPDATE secrets SET name = 'A' WHERE name = 'B'");
  await run("UPDATE secrets SET name = 'B' WHERE name = 'SWAP'");
  const runner = await HttpRunner.join(gateway);
  const faults: Record<string, RegExp> = {
    FOREIGN: /FOREIGN is not set in the project default/,
    A: /A does not open/,
    NONE: /NONE is not set/,
  };
  for (const [name, fault] of Object.entries(faults)) {
    const called = name.toLowerCase();
    await gateway.addFunction(called, {}, { secrets: [name] });
    await submit(called);
    const job = await runner.take();
    expect([job.secrets, job.secretsFault]).toEqual([null, expect.stringMatching(fault)]);
  }
});

test("SC-06: a deploy that names a secret which the project does not have is refused, and says which", async () => {
  await put("THERE", "x");
  const deploy = (secrets: unknown) =>
    gateway.call("/v1/functions/a/versions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        runtime: "typescript",
        files: { "index.ts": "export default 1" },
        settings: { secrets },
      }),
    });
  const refused = await deploy(["THERE", "GONE"]);
  expect(refused.status).toBe(422);
  expect(await refused.json()).toMatchObject({
    detail: expect.stringContaining("GONE"),
    hint: expect.stringContaining("pulse secret set GONE"),
  });
  expect((await deploy({ X: "THERE", Y: "vault:a/b#c" })).status).toBe(201);
});

test("SC-02: a database holds nothing of the values, in whatever form", async () => {
  const canary = `canary-${randomBytes(12).toString("hex")}`;
  await put("CANARY", canary);
  await gateway.addFunction("hello", {}, { secrets: ["CANARY"] });
  await submit("hello");
  await (await HttpRunner.join(gateway)).take();
  const tables = (await run("SELECT name FROM sqlite_master WHERE type = 'table'")).rows;
  for (const { name } of tables) {
    const { rows } = await run(`SELECT * FROM "${name}"`);
    const text = rows
      .flatMap((row) => Object.values(row))
      .map((one) => (one instanceof ArrayBuffer ? Buffer.from(one).toString("latin1") : String(one)))
      .join("\n");
    for (const form of [
      canary,
      Buffer.from(canary).toString("base64").slice(0, 20),
      Buffer.from(canary).toString("hex"),
    ]) {
      expect(text, String(name)).not.toContain(form);
    }
  }
});

test("SC-04: after a new master key everything opens; rewrapping goes on where it was broken off, and then the old key is not needed", async () => {
  const { ports } = gateway.parts;
  for (let i = 0; i < 25; i++) await put(`S${i}`, `value ${i}`);
  const [old] = await ports.masterKeys.known();
  const next = await masterKeyOf(new Uint8Array(randomBytes(32)));
  if (old === undefined) throw new Error("no key");
  ports.masterKeys = { known: async () => [next, old] };
  await checkMasterKeys(ports, { isShared: true });
  await put("S0", "value under the new key");
  expect(await rewrapSome(ports, 10)).toEqual({ rewrapped: 10, left: 14 });
  ports.masterKeys = { known: async () => [next] };
  await expect(checkMasterKeys(ports, { isShared: true })).rejects.toThrow(`${old.id} (14 secrets)`);
  expect(await rewrapSome(ports)).toEqual({ rewrapped: 0, left: 14 });
  ports.masterKeys = { known: async () => [next, old] };
  expect(await rewrapLeft(ports)).toBe(14);
  ports.masterKeys = { known: async () => [next] };
  await checkMasterKeys(ports, { isShared: true });
  await gateway.addFunction("hello", {}, { secrets: ["S0", "S1", "S24"] });
  const runner = await HttpRunner.join(gateway);
  await submit("hello");
  const values = { S0: "value under the new key", S1: "value 1", S24: "value 24" };
  expect(await opened(runner, await runner.take())).toEqual(values);
});

test("SC-01: gateways that share a database agree on a key before anything is sealed", async () => {
  const { ports } = gateway.parts;
  await checkMasterKeys(ports, { isShared: true });
  const stranger = await masterKeyOf(new Uint8Array(randomBytes(32)));
  const masterKeys = { known: async () => [stranger] };
  const checking = checkMasterKeys({ ...ports, masterKeys }, { isShared: true });
  await expect(checking).rejects.toMatchObject({ code: "unavailable" });
});

test("keys that come from outside are not renewed here, and what to do stands in the answer", async () => {
  const response = await gateway.call("/v1/master-key", { method: "POST" });
  expect(response.status).toBe(409);
  expect((await response.json()).hint).toContain("PULSE_MASTER_KEY");
  await put("A", "x");
  expect(await (await gateway.call("/v1/master-key")).json()).toEqual({
    keys: [{ id: "mk_test", secrets: 1 }],
    isOwn: false,
  });
  expect(await (await gateway.call("/v1/master-key/rewrap", { method: "POST" })).json()).toEqual({
    rewrapped: 0,
    left: 0,
  });
  await settle();
});
