import { fillPath } from "@pulse/schema/client";
import { contract } from "@pulse/schema/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";
import { type Browser, signedIn } from "./browser.suite.ts";

/** In the name of everything that the first project has, and in its values. */
const canary = "zqcanary";
const json = { "content-type": "application/json" };

let gateway: TestGateway;
/** Ids and names of the first project's things, by the noun of their path. */
const theirs: Record<string, Record<string, string>> = {};
/** Everybody of the second project who may look at everything in it. */
const others: Record<string, (method: string, path: string, body?: string) => Promise<Response>> = {};
let insider: Browser;

beforeAll(async () => {
  gateway = await TestGateway.start();
  for (const name of ["one", "two"]) await byAdmin("POST", "/v1/projects", { name });
  insider = await signedIn(gateway, `${canary}-person`, { one: "admin" });
  const own = (method: string, path: string, body?: unknown) => insider.send(method, path, body);
  await own("PUT", `/v1/functions/${canary}`, { labels: { canary } });
  const files = { "index.ts": `export const handler = () => "${canary}";` };
  await own("POST", `/v1/functions/${canary}/versions`, { runtime: "typescript", files, message: canary });
  await own("PUT", `/v1/functions/${canary}/draft`, { runtime: "typescript", files });
  const call = { method: "POST", path: "/", headers: "", body: canary };
  await own("PUT", `/v1/functions/${canary}/inputs/${canary}`, call);
  await own("PUT", `/v1/secrets/${canary.toUpperCase()}`, { value: `${canary} value` });
  const steps = [{ name: canary, type: "wait", duration: 1 }];
  await own("PUT", `/v1/workflows/${canary}`, { steps });
  await own("PUT", `/v1/workflows/${canary}/aliases/${canary}`, { revision: 1 });
  const command = await (await own("POST", "/v1/commands", { targets: ["all"], command: canary })).json();
  const target = { workflow: canary };
  const asked = { name: canary, provider: "github", target, filter: "event === 'none'" };
  const hook = await (await own("POST", "/v1/webhooks", asked)).json();
  const sent = await (await own("POST", `/v1/webhooks/${canary}/test`, {})).json();
  const plan = { name: canary, every: "1h", target };
  const schedule = await (await own("POST", "/v1/schedules", plan)).json();
  const settings = { type: "slack", url: "https://hooks.example.test/x" };
  await own("POST", "/v1/channels", { name: canary, settings });
  const rule = { name: canary, events: ["failed"] };
  await own("POST", `/v1/channels/${canary}/rules`, rule);
  await own("PATCH", `/v1/channels/${canary}`, { enabled: false });
  const told = await (await own("POST", `/v1/channels/${canary}/test`, {})).json();
  const emitted = await (await own("POST", `/v1/events/${canary}`, { data: canary })).json();
  await own("PATCH", "/v1/retention", { executionsMs: 86_400_000 * 11 });
  const repository = "https://git.example.test/shop/pulse";
  // Its token is not there, so that its sync ends before anything is asked for.
  await own("POST", "/v1/sources", { name: canary, host: "github", repository, token: "NONE" });
  const { id: sync } = await (await own("POST", `/v1/sources/${canary}/sync`)).json();
  const key = await (await own("POST", "/v1/keys", { name: canary, scopes: ["read"] })).json();
  const { token } = await (await own("POST", "/v1/enrolment-tokens", {})).json();
  expect(token).toMatch(/./);
  await own("PUT", `/v1/kv/${canary}/entry?key=${canary}`, { value: canary });
  const { items } = await (await own("GET", "/v1/executions")).json();
  const sessions = await (await own("GET", "/v1/sessions")).json();
  Object.assign(theirs, {
    functions: { name: canary, version: "1", alias: "live", input: canary },
    secrets: { name: canary.toUpperCase() },
    users: { name: `${canary}-person` },
    workflows: { name: canary, revision: "1", alias: canary },
    events: { name: canary },
    "emitted-events": { id: emitted.id },
    kv: { space: canary },
    sources: { name: canary, sync },
    runners: { name: canary },
    executions: { id: items[0].id, other: items[0].id },
    commands: { id: command.id },
    schedules: { id: schedule.id },
    webhooks: { id: hook.id, delivery: sent.delivery },
    channels: { id: canary, rule: canary, message: told.message },
    keys: { id: key.id },
    sessions: { id: sessions.items[0].id },
    projects: { name: "one" },
    reports: { kind: "runs" },
  });
  const person = await signedIn(gateway, "stranger", { two: "admin" });
  const made = await person.send("POST", "/v1/keys", { name: "stranger", scopes: ["admin"] });
  const { key: strangers } = await made.json();
  others["an admin person of another project"] = (method, path, body) =>
    person.send(method, path, body === undefined ? undefined : JSON.parse(body));
  others["an admin key of another project"] = (method, path, body) =>
    gateway.send(path, {
      method,
      headers: { ...json, authorization: `Bearer ${strangers}` },
      ...(body === undefined ? {} : { body }),
    });
  // A runner of the first project, for the list of runners.
  const runner = await HttpRunner.join(gateway, canary);
  await gateway.parts.ports.database.client.execute({
    sql: "UPDATE runners SET project = 'one' WHERE id = ?",
    args: [runner.id],
  });
});
afterAll(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const byAdmin = (method: string, path: string, body: unknown) =>
  gateway.call(path, { method, headers: json, body: JSON.stringify(body) });

const control = [...contract.values()].filter(
  ({ path, scope }) =>
    path.startsWith("/v1/") && !["public", "enrolment", "runner", "gateway"].includes(scope),
);
const reads = control.filter(({ method, path }) => method === "GET" && path !== "/v1/events");
const changes = control.filter(({ method, path }) => method !== "GET" && path.includes("/:"));

/** The address of the first project's thing; null for what belongs to no project, or has an id that nobody could know. */
function addressOf(path: string): string | null {
  const [, , noun = ""] = path.split("/");
  if (["device", "me"].includes(noun)) return null;
  const params = theirs[noun];
  if (path.includes("/:") && params === undefined) {
    throw new Error(`say in this test what ${path} would be of the first project`);
  }
  const queries: Record<string, string> = {
    "/v1/kv/:space/entry": `?key=${canary}`,
    "/v1/executions/:id/logs/find": `?text=${canary}`,
  };
  return `${fillPath(path, { ...params, other: "x" })}${queries[path] ?? ""}`;
}

/** What an insider sees of everything, to compare. */
async function everything(): Promise<string> {
  const texts: string[] = [];
  for (const { path } of reads) {
    const address = addressOf(path);
    if (address === null || /stats|preview|usage|audit/.test(path)) continue;
    const text = await (await insider.send("GET", address)).text();
    // Health measures the present: its numbers are others each time, not its words.
    texts.push(`${path} ${path === "/v1/health" ? text.replace(/\d+/g, "#") : text}`);
  }
  return texts.join("\n").replace(/"(requestId|lastSeenAt)":"[^"]*"/g, "");
}

test("the first project's people see the canary almost everywhere", async () => {
  const text = await everything();
  for (const noun of [
    "functions",
    "executions",
    "keys",
    "secrets",
    "users",
    "runners",
    "drafts",
    "workflows",
    "channels",
    "webhooks",
  ]) {
    const line = text.split("\n").find((one) => one.startsWith(`/v1/${noun} `));
    expect(line?.toLowerCase()).toContain(canary);
  }
});

test.each(reads.map(({ path }) => path))("GET %s shows nothing of another project", async (path) => {
  const address = addressOf(path);
  if (address === null) return;
  for (const [who, send] of Object.entries(others)) {
    const response = await send("GET", address);
    const text = (await response.text()).toLowerCase();
    // A problem repeats the name that was asked for, as it does for a name that nobody has.
    const told = response.ok ? text : "";
    expect([who, told.includes(canary)]).toEqual([who, false]);
    // A kind of report and a space that functions share are nobody's: everybody has theirs.
    if (path.includes("/:") && !["/v1/reports/:kind", "/v1/kv/:space/keys"].includes(path))
      expect([who, address, response.status]).toEqual([who, address, 404]);
  }
});

test.each(changes.map(({ method, path }) => [method, path] as const))(
  "%s %s does nothing to another project",
  async (method, path) => {
    const address = addressOf(path);
    if (address === null) return;
    const before = await everything();
    for (const [who, send] of Object.entries(others)) {
      const response = await send(method, address, "{}");
      expect([who, response.status < 500]).toEqual([who, true]);
      // A function that is put is made here, under the name that was sent.
      const shown = (await response.text()).replace(/"(name|url)":"[^"]*"/g, "");
      if (response.ok) expect(shown.toLowerCase()).not.toContain(canary);
    }
    await settle();
    expect(await everything()).toBe(before);
  },
);

test("a name of another project is free here, and means another thing", async () => {
  const send = others["an admin key of another project"];
  expect((await send?.("PUT", `/v1/functions/${canary}`, "{}"))?.status).toBe(201);
  expect((await (await insider.send("GET", `/v1/functions/${canary}`)).json()).settings.labels).toEqual({
    canary,
  });
  expect((await send?.("DELETE", `/v1/functions/${canary}`))?.status).toBe(204);
  expect((await insider.send("GET", `/v1/functions/${canary}`)).status).toBe(200);
});
