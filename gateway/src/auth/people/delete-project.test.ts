import { expect, test } from "vitest";
import { gatewayOfEachTest } from "../browser.suite.ts";

const gateway = gatewayOfEachTest();

const ask = async (method: string, path: string, body?: unknown) => {
  const response = await gateway().call(path, {
    method,
    headers: {
      "content-type": "application/json",
      "pulse-project": path.startsWith("/v1/projects") ? "default" : "shop",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
};
const made = async (method: string, path: string, body: unknown) => {
  const { status, body: answer } = await ask(method, path, body);
  expect([path, status < 300, answer?.detail]).toEqual([path, true, undefined]);
};
const refused = async () => (await ask("DELETE", "/v1/projects/shop")).body?.detail;

test("a project is not deleted while anything works there, and takes all that is set there with it", async () => {
  const { client } = gateway().parts.ports.database;
  await made("POST", "/v1/projects", { name: "shop" });
  await made("PUT", "/v1/secrets/token", { value: "a-secret-of-the-shop" });
  await made("POST", "/v1/enrolment-tokens", { uses: 1 });
  const steps = [{ name: "end", type: "stop", status: "succeeded" }];
  await made("PUT", "/v1/workflows/ship", { steps });
  const target = { workflow: "ship" };
  await made("POST", "/v1/webhooks", { name: "push", provider: "github", target });
  await made("POST", "/v1/schedules", { name: "daily", every: "24h", target });
  await made("POST", "/v1/channels", {
    name: "ops",
    settings: { type: "slack", url: "https://hooks.example.test/x" },
  });
  await made("POST", "/v1/events/order.paid", {});
  expect(await refused()).toBe(
    '"shop" still has 1 workflow, 1 schedule, 1 webhook, 1 channel: delete them first',
  );
  for (const path of ["webhooks/push", "schedules/daily", "channels/ops", "workflows/ship"]) {
    expect(await refused()).toMatch(/delete them first/);
    await made("DELETE", `/v1/${path}`, undefined);
  }
  expect((await ask("DELETE", "/v1/projects/shop")).status).toBe(204);
  const { rows: tables } = await client.execute(
    "SELECT m.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c ON c.name = 'project' WHERE m.type = 'table'",
  );
  const left = [];
  for (const { name } of tables) {
    const { rows } = await client.execute(`SELECT 1 FROM ${name} WHERE project = 'shop' LIMIT 1`);
    if (rows.length > 0) left.push(String(name));
  }
  // What was done is history, and definitions stay for the executions that are pinned to them.
  const history = ["audit", "audit_pending", "events", "usage", "workflow_revisions", "stored_bytes"];
  expect(left.filter((name) => !history.includes(name))).toEqual([]);
});
