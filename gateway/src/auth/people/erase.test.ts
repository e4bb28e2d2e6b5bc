import { checkChain } from "@pulse/schema/audit-chain";
import { expect, test } from "vitest";
import { gatewayOfEachTest, seen, signedIn } from "../browser.suite.ts";

const gateway = gatewayOfEachTest();
const key = (method: string, path: string, body?: unknown) =>
  gateway().call(path, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

/** Ana, who has done something of every kind. */
async function ana() {
  const browser = await signedIn(gateway(), "ana", { default: "admin" });
  const made = await (await browser.send("POST", "/v1/keys", { name: "mine", scopes: ["read"] })).json();
  await browser.send("PUT", "/v1/workflows/ask", { steps: [{ name: "q", type: "prompt", message: "Go?" }] });
  const files = { "index.ts": "export const handler = () => 1;" };
  await browser.send("POST", "/v1/functions/f/versions", { runtime: "typescript", files });
  const { id } = await (await browser.send("POST", "/v1/workflows/ask/executions", {})).json();
  await gateway().addFunction("g");
  await browser.send("PUT", "/v1/workflows/off", { steps: [{ name: "q", type: "prompt", message: "Go?" }] });
  const nightly = { name: "nightly", cron: "0 3 * * *", target: { function: "g" } };
  const hook = { name: "hook", provider: "github", target: { function: "g" } };
  const saved = { method: "POST", path: "/", headers: "x-mode: loud", body: "what ana tries" };
  const done = [
    await browser.send("PUT", "/v1/functions/g/aliases/stable", { version: 1 }),
    await browser.send("PUT", "/v1/workflows/ask/aliases/stable", { revision: 1 }),
    await browser.send("PATCH", "/v1/workflows/off", { enabled: false, reason: "not now" }),
    await browser.send("POST", "/v1/schedules", nightly),
    await browser.send("POST", "/v1/schedules/nightly/trigger", {}),
    await browser.send("PATCH", "/v1/schedules/nightly", { enabled: false }),
    await browser.send("POST", "/v1/events/order.paid", { data: 1 }),
    await browser.send("POST", "/v1/webhooks", hook),
    await browser.send("POST", "/v1/webhooks/hook/test", {}),
    await browser.send("PUT", "/v1/functions/g/inputs/one", saved),
  ];
  expect(done.map(({ status }) => status).filter((status) => status >= 300)).toEqual([]);
  return { browser, secret: made.key as string, run: id as string };
}

test("everything about a person is had as JSON lines, without a secret", async () => {
  const { secret } = await ana();
  const response = await key("GET", "/v1/users/ana/export");
  const text = await response.text();
  const lines = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const types = new Set(lines.map(({ type }) => type));
  expect([...types]).toEqual(
    expect.arrayContaining([
      "profile",
      "sessions",
      "keys",
      "memberships",
      "versions",
      "workflowRevisions",
      "runs",
      "auditEntries",
    ]),
  );
  expect(lines[0]).toMatchObject({ type: "profile", username: "ana" });
  expect(lines.find(({ type }) => type === "saved_inputs").call).toContain("what ana tries");
  expect(text).not.toContain(secret);
  expect(text).not.toMatch(/scrypt|digest|"hash"/);
});

test("a dry run tells what an erasure does, and does nothing", async () => {
  const { browser } = await ana();
  const told = await (await key("POST", "/v1/users/ana/erase", { dryRun: true })).json();
  expect(told).toMatchObject({
    dryRun: true,
    deleted: { profile: 1, sessions: 1, memberships: 1 },
    pseudonymised: {
      ...{ keysRevoked: 1, keysMade: 1, versions: 1, workflowRevisions: 2, runs: 1, aliases: 1 },
      ...{ workflowAliases: 1, workflowsDisabled: 1, schedulesPaused: 1, ticks: 1 },
      ...{ emittedEvents: 1, deliveries: 1 },
    },
  });
  expect(told.kept.auditEntries).toBeGreaterThan(2);
  expect((await browser.send("GET", "/v1/me")).status).toBe(200);
  const done = await (await key("POST", "/v1/users/ana/erase", {})).json();
  expect(done).toMatchObject({
    deleted: told.deleted,
    pseudonymised: told.pseudonymised,
    pseudonym: told.pseudonym,
  });
});

test("what a key did is not taken for what a person of its name did", async () => {
  const made = await key("POST", "/v1/keys", { name: "dora", scopes: ["read", "execute", "deploy"] });
  const secret = (await made.json()).key as string;
  const byKey = (method: string, path: string, body: unknown) =>
    gateway().send(path, {
      method,
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const saved = await byKey("PUT", "/v1/workflows/ask", {
    steps: [{ name: "q", type: "prompt", message: "Go?" }],
  });
  expect(saved.status).toBe(201);
  expect((await byKey("PUT", "/v1/workflows/ask/aliases/stable", { revision: 1 })).status).toBe(201);
  const { id } = await (await byKey("POST", "/v1/workflows/ask/executions", {})).json();
  await gateway().parts.clock.advance(100);
  const answered = await byKey("POST", `/v1/executions/${id}/respond`, { response: "Continue" });
  expect(answered.status, JSON.stringify(await answered.clone().json())).toBe(200);
  expect((await answered.json()).answeredBy).toBe("key:dora");
  // Who joins later has done nothing yet.
  await signedIn(gateway(), "dora", { default: "developer" });
  const text = await (await key("GET", "/v1/users/dora/export")).text();
  const types = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).type);
  for (const type of ["answers", "executions", "workflowRevisions", "workflowAliases", "runEvents"]) {
    expect(types).not.toContain(type);
  }
  const told = await (await key("POST", "/v1/users/dora/erase", {})).json();
  expect(told.pseudonymised).toMatchObject({
    answers: 0,
    executions: 0,
    workflowRevisions: 0,
    workflowAliases: 0,
  });
  const csv = await (await key("GET", "/v1/reports/approvals?format=csv")).text();
  expect(csv).toContain("key:dora");
});

test("an erased person is nobody, their keys open nothing, and the name stands nowhere but in the chain, which is whole", async () => {
  const { browser, secret } = await ana();
  const { pseudonym } = await (await key("POST", "/v1/users/ana/erase", {})).json();
  expect(pseudonym).toMatch(/^erased-[0-9a-z]{8}$/);
  expect(await seen(await key("GET", "/v1/users/ana"))).toBe("not_found");
  expect((await browser.send("GET", "/v1/me")).status).toBe(401);
  expect((await gateway().send("/v1/me", { headers: { authorization: `Bearer ${secret}` } })).status).toBe(
    401,
  );
  const { client } = gateway().parts.ports.database;
  const { rows: tables } = await client.execute("SELECT name FROM sqlite_master WHERE type = 'table'");
  const left: string[] = [];
  for (const { name } of tables) {
    const { rows } = await client.execute(`SELECT * FROM "${name}"`);
    if (/"(user:)?ana"/.test(JSON.stringify(rows).replaceAll("\\", ""))) left.push(String(name));
  }
  expect(
    left.filter((name) => !["audit", "workflow_events", "workflow_snapshots", "events"].includes(name)),
  ).toEqual([]);
  const text = await (await key("GET", "/v1/audit/export")).text();
  const lines = async function* () {
    yield* text.trim().split("\n");
  };
  expect(await checkChain(lines(), { heads: [], after: null })).toMatchObject({ ok: true });
  expect(text).toContain(`"action":"user.erase"`);
  expect(text.split("\n").find((line) => line.includes("user.erase"))).not.toContain('"ana"');
});

test("the last admin of the gateway is not erased", async () => {
  const browser = await signedIn(gateway(), "root", { "*": "admin" });
  expect(await seen(await browser.send("POST", "/v1/users/root/erase", {}))).toBe("last_admin");
  expect(await seen(await key("POST", "/v1/users/root/erase", { dryRun: true }))).toBe("last_admin");
  expect((await browser.send("GET", "/v1/me")).status).toBe(200);
});
