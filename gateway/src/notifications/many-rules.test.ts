import { expect, test } from "vitest";
import { gatewayOfEachTest } from "../auth/browser.suite.ts";
import { tellDue } from "./keep-telling.ts";
import { createChannelStore } from "./store.ts";

const gateway = gatewayOfEachTest();
const ask = async (path: string, body: unknown) => {
  const headers = { "content-type": "application/json" };
  const response = await gateway().call(path, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
};
const channel = (name: string) =>
  ask("/v1/channels", { name, settings: { type: "slack", url: "https://hooks.example.test/x" } });
const rule = (name: string, of: string) => ask(`/v1/channels/${of}/rules`, { name, events: ["quota"] });
const statement = async (sql: string, args: (string | number)[] = []) =>
  (await gateway().parts.ports.database.client.execute({ sql, args })).rows;

test("a project has a hundred channels and no more, also when many are made at once", async () => {
  for (let i = 0; i < 96; i++) expect((await channel(`ops-${i}`)).status).toBe(201);
  const last = await Promise.all(Array.from({ length: 12 }, (_, i) => channel(`late-${i}`)));
  const refused = last.filter(({ status }) => status !== 201);
  expect(refused.length).toBeGreaterThanOrEqual(8);
  expect(refused[0]?.body).toMatchObject({
    status: 409,
    code: "conflict",
    detail: expect.stringContaining("100"),
  });
  const [left] = await statement("SELECT count(*) AS n FROM channels");
  const [sealed] = await statement(
    "SELECT count(*) AS n FROM secrets WHERE kind = 'channel' AND sealed IS NOT NULL",
  );
  expect([Number(left?.n) <= 100, sealed?.n]).toEqual([true, left?.n]);
});

test("the rules of all channels of a project are a hundred at most", async () => {
  await channel("one");
  await channel("two");
  for (let i = 0; i < 100; i++) expect((await rule(`r-${i}`, i % 2 === 0 ? "one" : "two")).status).toBe(201);
  expect((await rule("more", "two")).body).toMatchObject({
    status: 409,
    detail: expect.stringContaining("100"),
  });
  expect((await rule("r-0", "one")).body.code).toBe("name_taken");
});

test("an event is held against no more rules than a project may have, wherever they come from", async () => {
  const { body } = await channel("one");
  await rule("first", "one");
  await statement(
    `INSERT INTO channel_rules (id, project, channel_id, name, events, times, since, created_by, created_at, updated_at)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
      SELECT 'rule_' || i, 'default', ?, 'r' || i, '["quota"]', 1, 0, 'key:admin', 1, 1 FROM n`,
    [body.id],
  );
  expect((await createChannelStore(gateway().parts.ports.database).activeRules("default")).length).toBe(100);
  const { ports, core } = gateway().parts;
  ports.outbound.send = async () => ({ status: 200, headers: new Headers(), body: null });
  await statement("UPDATE channel_rules SET since = 0");
  await statement(
    `INSERT INTO events (project, topic, subject, at) VALUES ('default', 'quotas', 'executions:80', ?)`,
    [ports.now()],
  );
  await tellDue({ ports, hub: core.hub, publicUrl: "http://localhost:8787" });
  const [told] = await statement("SELECT count(*) AS n FROM channel_messages");
  expect(told?.n).toBe(100);
});

test("what is wrong with one project keeps no other from being told", async () => {
  await channel("ops");
  await rule("all", "ops");
  const { ports, core } = gateway().parts;
  ports.outbound.send = async () => ({ status: 200, headers: new Headers(), body: null });
  const [row] = await statement("SELECT id FROM channels");
  await statement(
    "INSERT INTO channels (id, project, name, type, shown, enabled, created_by, created_at, updated_at) SELECT 'chn_x', 'a-bad-one', name, type, shown, enabled, created_by, created_at, updated_at FROM channels WHERE id = ?",
    [String(row?.id)],
  );
  await statement(
    `INSERT INTO channel_rules (id, project, channel_id, name, events, times, since, created_by, created_at, updated_at)
      VALUES ('rule_x', 'a-bad-one', 'chn_x', 'all', '["quota"]', 1, 0, '', 1, 1)`,
  );
  await statement("INSERT INTO channel_cursors (project, event_id) VALUES ('a-bad-one', 0)");
  const event = "INSERT INTO events (project, topic, subject, at) VALUES (?, 'quotas', 'executions:80', ?)";
  // No time at all.
  await statement(event, ["a-bad-one", 1e17]);
  await statement(event, ["default", ports.now() + 1]);
  await tellDue({ ports, hub: core.hub, publicUrl: "http://localhost:8787" });
  const told = await statement("SELECT project FROM channel_messages");
  expect(told.map(({ project }) => project)).toEqual(["default"]);
  expect(gateway().parts.problems.splice(0).length).toBe(1);
});
