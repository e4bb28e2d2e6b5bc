import { checkChain } from "@pulse/schema/audit-chain";
import type { AuditEntry, AuditHead } from "@pulse/schema/wire/audit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";
import { RunnerIdentity } from "../runners/identity.suite.ts";
import { newPendingId } from "./chain.ts";
import { keepAudit } from "./forget.ts";
import { createAuditStore } from "./store.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const dayMs = 86_400_000;
const client = () => gateway.parts.ports.database.client;
const json = (method: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
  gateway.call(path, {
    method,
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });
const list = async (query = ""): Promise<AuditEntry[]> =>
  (await (await gateway.call(`/v1/audit?limit=200${query}`)).json()).items;
const actions = async (query = "") =>
  (await list(query)).map(({ action, outcome, code }) => [action, outcome, code].filter(Boolean).join(" "));
const head = async (): Promise<AuditHead> => (await gateway.call("/v1/audit/head")).json();
const lines = async (after = 0) =>
  (await (await gateway.call(`/v1/audit/export?after=${after}`)).text()).trimEnd().split("\n");
const check = async (...known: AuditHead[]) => checkChain(await lines(), { heads: known });
const keep = async () => {
  for await (const _ of keepAudit(gateway.parts.ports));
};

test("who did what, from where, under which request, and what came of it", async () => {
  const made = await json("POST", "/v1/keys", { name: "ci", scopes: ["read"] }, { "x-request-id": "req-1" });
  const { id, key } = await made.json();
  const [entry] = await list();
  const [admin] = (await client().execute("SELECT id FROM keys WHERE name = 'admin'")).rows;
  expect(entry).toMatchObject({
    project: "default",
    seq: 1,
    actor: { kind: "key", id: admin?.id, name: "admin" },
    action: "key.create",
    target: "ci",
    outcome: "done",
    code: null,
    requestId: "req-1",
    details: { name: "ci", scopes: ["read"], id },
  });
  expect(JSON.stringify(entry)).not.toContain(key);
  expect(await check()).toMatchObject({ ok: true, entries: 1, head: { seq: 1 } });
});

test("a change tells what was before and after, and nothing that stayed", async () => {
  await gateway.addFunction("resize", { maxConcurrency: 3 });
  await json("PATCH", "/v1/functions/resize", { maxConcurrency: 5 });
  const [entry] = await list("&action=function.change");
  expect(entry).toMatchObject({
    target: "resize",
    before: { maxConcurrency: 3 },
    after: { maxConcurrency: 5 },
  });
  expect(Object.keys(entry?.after ?? {})).toEqual(["maxConcurrency"]);
});

test("calls of functions are not audited, and reading is not", async () => {
  await gateway.addFunction("open", { endpoint: { auth: "public" } });
  const runner = await HttpRunner.join(gateway);
  const before = (await head()).seq;
  const called = gateway.call("/f/open");
  await runner.answer("hello");
  expect((await called).status).toBe(200);
  for (const path of ["/v1/functions", "/v1/executions", "/v1/keys"]) await gateway.call(path);
  expect((await head()).seq).toBe(before);
});

test("a person who is added is named by the username, whatever they are called", async () => {
  const ana = { username: "ana", name: "Dr. Ana", password: "correct horse battery" };
  await json("POST", "/v1/users", ana);
  await json("POST", "/v1/users", ana);
  const entries = await list("&action=user.create");
  expect(entries.map(({ target, outcome }) => [target, outcome]).sort()).toEqual([
    ["ana", "done"],
    ["ana", "refused"],
  ]);
});

test("a runner that enrols is the actor of that", async () => {
  const runner = await HttpRunner.join(gateway, "web-01");
  const [entry] = await list("&action=runner.enrol");
  expect(entry?.actor).toEqual({ kind: "runner", id: runner.id, name: "web-01" });
  expect(await actions("&action=enrolment_token.*")).toEqual(["enrolment_token.create done"]);
});

test("a runner that is refused is told of where its token is from, and one with a token of nobody is not", async () => {
  const { token } = await (await json("POST", "/v1/enrolment-tokens", { uses: 1 })).json();
  await client().execute("UPDATE enrolment_tokens SET project = 'edge'");
  const enrolAs = async (name: string, by: string) => {
    const identity = await RunnerIdentity.make();
    return await gateway.send("/runner/v1/enroll", {
      method: "POST",
      headers: { "content-type": "application/json", "pulse-protocol": "1" },
      body: JSON.stringify(await identity.enrolment(by, name)),
    });
  };
  expect((await enrolAs("one", token)).status).toBe(201);
  expect((await enrolAs("two", token)).ok).toBe(false);
  expect((await enrolAs("three", `pet_${"x".repeat(43)}`)).ok).toBe(false);
  const { rows } = await client().execute(
    "SELECT project, target, outcome, code FROM audit WHERE action = 'runner.enrol' ORDER BY target",
  );
  expect(rows.map((row) => [row.project, row.target, row.outcome, row.code])).toEqual([
    ["edge", "one", "done", null],
    ["default", "three", "denied", "enrolment_token_invalid"],
    ["edge", "two", "denied", "enrolment_token_used"],
  ]);
});

test("a sign-in is audited with who signed in; one that fails is denied", async () => {
  const post = (key: string) =>
    gateway.send("/v1/session", {
      method: "POST",
      body: JSON.stringify({ key }),
      headers: { "content-type": "application/json" },
    });
  expect((await post(gateway.key)).status).toBe(201);
  expect((await post(`pk_${"x".repeat(43)}`)).status).toBe(401);
  const [denied, opened] = await list();
  expect(opened).toMatchObject({ action: "session.open", outcome: "done", actor: { name: "admin" } });
  expect(denied).toMatchObject({
    action: "session.open",
    outcome: "denied",
    code: "invalid_credential",
    actor: { kind: "anonymous" },
  });
  expect(JSON.stringify(await list())).not.toContain("xxxxxxxx");
});

test("what is refused is told with its reason", async () => {
  await json("PATCH", "/v1/functions/nobody", { maxConcurrency: 5 });
  await json("POST", "/v1/keys", { name: "NO", scopes: [] });
  const reader = await (await json("POST", "/v1/keys", { name: "reader", scopes: ["read"] })).json();
  await gateway.send("/v1/retention", {
    method: "PATCH",
    headers: { authorization: `Bearer ${reader.key}` },
  });
  expect((await actions()).toReversed()).toEqual([
    "function.change refused not_found",
    "key.create refused validation_failed",
    "key.create done",
    "retention.change denied forbidden",
  ]);
  expect(await check()).toMatchObject({ ok: true });
});

test("a flood of refusals does not fill the disk, and is counted", async () => {
  const flood = async (n: number) => {
    for (let i = 0; i < n; i++) await gateway.send("/v1/keys/x", { method: "DELETE" });
  };
  await flood(300);
  expect((await head()).seq).toBe(60);
  for (let hour = 0; hour < 24; hour++) {
    await gateway.parts.clock.advance(600_000);
    await flood(100);
  }
  const { seq } = await head();
  // Four hours: 240 each at most.
  expect(seq).toBeLessThanOrEqual(4 * 240 + 60);
  const told = await client().execute(
    "SELECT sum(details ->> '$.refusedMeanwhile') + count(*) AS n FROM audit",
  );
  expect(Number(told.rows[0]?.n)).toBeLessThanOrEqual(2700);
  expect(Number(told.rows[0]?.n)).toBeGreaterThan(2500);
  expect((await client().execute("SELECT count(*) AS n FROM audit_pending")).rows[0]?.n).toBe(0);
});

test("where the audit cannot be written, nothing is done", async () => {
  await gateway.addFunction("resize");
  await client().execute(
    "CREATE TRIGGER full BEFORE INSERT ON audit_pending BEGIN SELECT RAISE(ABORT, 'full'); END",
  );
  expect((await gateway.call("/v1/functions/resize", { method: "DELETE" })).status).toBe(500);
  expect((await gateway.call("/v1/functions/resize")).status).toBe(200);
  expect(gateway.parts.problems.splice(0)).not.toEqual([]);
});

test("what was done stays in the audit when its place could not be written at once", async () => {
  await gateway.addFunction("resize");
  await client().execute("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END");
  expect((await gateway.call("/v1/functions/resize", { method: "DELETE" })).status).toBe(204);
  expect(gateway.parts.problems.splice(0)).not.toEqual([]);
  expect(await list()).toEqual([]);
  await client().execute("DROP TRIGGER full");
  await keep();
  expect(await actions()).toEqual(["function.delete done"]);
});

test("what was begun and never ended is told as unknown", async () => {
  await json("POST", "/v1/keys", { name: "ci", scopes: ["read"] });
  const [{ seq: _, prev: __, hash: ___, ...entry }] = (await list()) as [AuditEntry];
  const { ports, clock } = gateway.parts;
  await createAuditStore(ports.database).begin(newPendingId(ports), { ...entry, outcome: "unknown" });
  await keep();
  expect(await actions()).toEqual(["key.create done"]);
  await clock.advance(2 * 3_600_000);
  await keep();
  expect(await actions()).toEqual(["key.create unknown", "key.create done"]);
});

test("concurrent changes stand in one chain, each once", async () => {
  const bodies = Array.from({ length: 150 }, (_, i) => ({ name: `k${i}`, scopes: ["read"] }));
  const answers = await Promise.all(bodies.map((body) => json("POST", "/v1/keys", body)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  expect(await check()).toMatchObject({ ok: true, entries: 150, head: { seq: 150 } });
  const targets = new Set((await list()).map(({ target }) => target));
  expect(targets.size).toBe(150);
});

test("a list is filtered, and goes on where its page ended", async () => {
  const { clock } = gateway.parts;
  for (const name of ["a", "b", "c"]) {
    await json("POST", "/v1/keys", { name, scopes: ["read"] });
    await clock.advance(60_000);
  }
  await gateway.call("/v1/keys/a", { method: "DELETE" });
  const since = new Date(clock.now() - 130_000).toISOString();
  expect(await actions("&target=a")).toEqual(["key.revoke done", "key.create done"]);
  expect(await actions("&action=key.revoke")).toEqual(["key.revoke done"]);
  expect((await list(`&since=${since}`)).map(({ target }) => target)).toEqual(["a", "c", "b"]);
  expect((await list(`&until=${since}`)).map(({ target }) => target)).toEqual(["a"]);
  expect(await list("&actor=nobody")).toEqual([]);
  expect(await list("&outcome=denied")).toEqual([]);
  const first = await (await gateway.call("/v1/audit?limit=3")).json();
  const second = await (await gateway.call(`/v1/audit?limit=3&cursor=${first.nextCursor}`)).json();
  expect([...first.items, ...second.items].map(({ seq }) => seq)).toEqual([4, 3, 2, 1]);
  expect(second.nextCursor).toBeNull();
  expect((await gateway.call("/v1/audit?cursor=x")).status).toBe(422);
});

test("old entries go, the chain says so, and heads from before still hold", async () => {
  const { clock } = gateway.parts;
  const step = async (name: string) => json("POST", "/v1/keys", { name, scopes: ["read"] });
  for (let i = 0; i < 10; i++) await step(`old${i}`);
  const early = await head();
  await clock.advance(20 * dayMs);
  for (let i = 0; i < 5; i++) await step(`new${i}`);
  const later = await head();
  expect((await json("PATCH", "/v1/audit/settings", { kept: "30d" })).status).toBe(200);
  await keep();
  expect(await check(early, later)).toMatchObject({ ok: true, first: 1 });
  await clock.advance(12 * dayMs);
  await keep();
  await step("last");
  const report = await check(early, later, await head());
  expect(report).toMatchObject({ ok: true, first: 11, forgotten: { upTo: 10 }, unchecked: [] });
  expect(await check({ ...early, hash: later.hash })).toMatchObject({ ok: false });
  expect(await actions("&action=audit.*")).toEqual(["audit.forget done", "audit.settings done"]);
  await clock.advance(40 * dayMs);
  await keep();
  expect(await check(early)).toMatchObject({ ok: true, entries: 1, unchecked: [10] });
});

test("entries that were deleted at the start without a word of it are missed", async () => {
  for (const name of ["a", "b", "c"]) await json("POST", "/v1/keys", { name, scopes: ["read"] });
  await client().execute("DELETE FROM audit WHERE seq = 1");
  expect(await check()).toMatchObject({ ok: false, faults: [{ seq: 2 }] });
});

test("an export goes on after an entry, and is checked from its head on", async () => {
  await json("POST", "/v1/keys", { name: "a", scopes: ["read"] });
  const one = await lines();
  const known = await head();
  await json("POST", "/v1/keys", { name: "b", scopes: ["read"] });
  const two = await lines(1);
  expect(await checkChain([...one, ...two])).toMatchObject({ ok: true, entries: 2 });
  expect(await checkChain(two, { after: known })).toMatchObject({ ok: true, entries: 1 });
  expect(await checkChain(two)).toMatchObject({ ok: false });
});

test("the audit is kept for a year unless the project says otherwise, and never less than 30 days", async () => {
  const settings = await (await gateway.call("/v1/audit/settings")).json();
  expect(settings).toEqual({ keptMs: 365 * dayMs, updatedAt: null });
  expect((await json("PATCH", "/v1/audit/settings", { kept: "1d" })).status).toBe(422);
  const changed = await (await json("PATCH", "/v1/audit/settings", { kept: "90d" })).json();
  expect(changed.keptMs).toBe(90 * dayMs);
  const [entry] = await list("&action=audit.settings&outcome=done");
  expect(entry).toMatchObject({ before: { keptMs: 365 * dayMs }, after: { keptMs: 90 * dayMs } });
});
