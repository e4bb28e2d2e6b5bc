import { afterEach, beforeEach, expect, test } from "vitest";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
});
afterEach(() => gateway.close());

const health = async () => (await gateway.call("/v1/health")).json();
const found = async () =>
  Object.fromEntries(
    (await health()).checks.map(({ name, code }: { name: string; code: string }) => [name, code]),
  );
const run = (sql: string) => gateway.parts.ports.database.client.execute(sql);

test("everything is looked at, and the worst of it counts", async () => {
  const before = await health();
  expect(before).toMatchObject({ status: "failed", at: expect.any(String) });
  expect(before.checks).toContainEqual({
    name: "runners",
    status: "failed",
    code: "runners_none",
    values: {},
    detail: "there is no runner in this project",
    advice: "Add one: pulse runner token, then pulse runner start with it.",
  });
  await HttpRunner.join(gateway);
  expect(await found()).toMatchObject({
    database: "database_answers",
    hub: "hub_answers",
    runners: "runners_online",
    secrets: "secrets_open",
  });
});

test("what does not answer is found, and the rest is told all the same", async () => {
  await run("DROP TABLE runners");
  expect(await found()).toMatchObject({ database: "database_answers", runners: "runners_unknown" });
  expect(gateway.parts.problems.splice(0).join()).toContain('from "runners"');
});

test("a value under a key that is not there is found", async () => {
  await gateway.call("/v1/secrets/A", {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: '{"value":"x"}',
  });
  await run("UPDATE secrets SET key_id = 'mk_lost'");
  expect((await health()).checks).toContainEqual(
    expect.objectContaining({ code: "secrets_closed", values: { count: 1, keys: "mk_lost" } }),
  );
});

test("where the gateway has a disk the last backup is told of, by its entry in the audit", async () => {
  expect(await found()).not.toHaveProperty("backup");
  gateway.parts.ports.disk = () => "low";
  expect(await found()).toMatchObject({ disk: "disk_low", backup: "backup_never" });
  const at = gateway.parts.clock.now() - 3 * 86_400_000;
  await run(`INSERT INTO audit (project, seq, at, actor_kind, actor_id, actor_name, action, outcome, prev, hash)
    VALUES ('default', 900, ${at}, 'system', 'command-line', 'root', 'backup.create', 'done', '', '')`);
  expect((await health()).checks).toContainEqual(
    expect.objectContaining({ code: "backup_old", values: { days: 3 } }),
  );
  await run(`INSERT INTO audit_pending (id, project, at, done, entry)
    VALUES ('x', 'default', ${at + 2 * 86_400_000}, 1, '{"action":"backup.create"}')`);
  expect(await found()).toMatchObject({ backup: "backup_recent" });
});
