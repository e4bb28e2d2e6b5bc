import { afterEach, describe, expect, test } from "vitest";
import { gatewayOfEachTest, signedIn } from "../auth/browser.suite.ts";
import { createKeyRing } from "../auth/keys.ts";
import { settle } from "../dispatch/world.suite.ts";
import { Follower, type Told } from "./stream.suite.ts";

const gateway = gatewayOfEachTest();
const gatherMs = 100;
const all = "topics=workflows,webhooks,deliveries,schedules,ticks,channels,messages";
const json = { "content-type": "application/json" };
const followers: Follower[] = [];
afterEach(async () => {
  for (const follower of followers.splice(0)) await follower.close();
});

const steps = [{ id: "c", name: "Wait", type: "prompt", message: "Go on?" }];
const target = { workflow: "patch", inputs: {} };

async function follow(key?: string): Promise<Follower> {
  const follower = await Follower.open(gateway(), all, key === undefined ? {} : { key });
  followers.push(follower);
  follower.take();
  return follower;
}

async function send(method: string, path: string, body?: unknown) {
  const answer = await gateway().call(path, {
    method,
    ...(body === undefined ? {} : { headers: json, body: JSON.stringify(body) }),
  });
  expect([path, answer.status < 300 || (await answer.clone().text())]).toEqual([path, true]);
  return answer.status === 204 ? null : await answer.json();
}

/** What was told once all that has begun is written: the topics with what each is about. */
async function told(follower: Follower): Promise<[string, unknown][]> {
  await settle();
  await gateway().parts.clock.advance(gatherMs);
  await settle();
  return follower.take().map(about);
}

function about({ event, data }: Told): [string, unknown] {
  if (event === "workflows") return [event, data.workflow === null ? null : data.workflow.revision];
  if (event === "webhooks") return [event, data.webhook?.name ?? null];
  if (event === "schedules") return [event, data.schedule?.name ?? null];
  if (event === "channels") return [event, data.channel?.name ?? null];
  return [event, (data.delivery ?? data.tick ?? data.message).status];
}

const topicsOf = (some: [string, unknown][]) => [...new Set(some.map(([topic]) => topic))].sort();

async function readerOf(name: string): Promise<string> {
  const made = { name, scopes: ["read"], expiresAt: null };
  return (await createKeyRing(gateway().parts.ports).create("default", made)).key;
}

test("a workflow is told of when it is saved, revised, given an alias, disabled and deleted, but not when nothing changed", async () => {
  const follower = await follow();
  const put = (message: string) => send("PUT", "/v1/workflows/patch", { steps: [{ ...steps[0], message }] });
  await put("One?");
  expect(await told(follower)).toEqual([["workflows", 1]]);
  await put("One?");
  expect(await told(follower)).toEqual([]);
  await put("Two?");
  expect(await told(follower)).toEqual([["workflows", 2]]);
  await send("PUT", "/v1/workflows/patch/aliases/live", { revision: 1 });
  expect(await told(follower)).toEqual([["workflows", 2]]);
  await send("DELETE", "/v1/workflows/patch/aliases/live");
  expect(await told(follower)).toEqual([["workflows", 2]]);
  await send("PATCH", "/v1/workflows/patch", { enabled: false });
  expect(await told(follower)).toEqual([["workflows", 2]]);
  await send("DELETE", "/v1/workflows/patch");
  expect(await told(follower)).toEqual([["workflows", null]]);
});

test("the schedules and webhooks that a workflow has as triggers are told of with it", async () => {
  const follower = await follow();
  const triggers = [
    { id: "nightly", type: "cron", cron: "0 3 * * *" },
    { id: "pushed", type: "webhook", provider: "github" },
  ];
  await send("PUT", "/v1/workflows/patch", { steps, triggers });
  expect((await told(follower)).sort()).toEqual([
    ["schedules", "patch:nightly"],
    ["webhooks", "patch:pushed"],
    ["workflows", 1],
  ]);
  await send("PUT", "/v1/workflows/patch", { steps });
  expect((await told(follower)).sort()).toEqual([
    ["schedules", null],
    ["webhooks", null],
    ["workflows", 2],
  ]);
});

test("a webhook is told of with what is changed of it, and its deliveries with what became of them", async () => {
  const follower = await follow();
  await send("PUT", "/v1/workflows/patch", { steps });
  await told(follower);
  const { id } = await send("POST", "/v1/webhooks", { name: "hook", provider: "github", target });
  expect(await told(follower)).toEqual([["webhooks", "hook"]]);
  await send("POST", `/v1/webhooks/${id}/test`, {});
  expect(await told(follower)).toEqual([
    ["webhooks", "hook"],
    ["deliveries", "started"],
  ]);
  await send("PATCH", `/v1/webhooks/${id}`, { filter: "event === 'none'" });
  await send("POST", `/v1/webhooks/${id}/test`, {});
  expect(topicsOf(await told(follower))).toEqual(["deliveries", "webhooks"]);
  const refused = await gateway().send(`/hooks/${id}`, { method: "POST", body: "{}" });
  expect(refused.status).toBe(401);
  await gateway().parts.clock.advance(15_000);
  expect(await told(follower)).toEqual([["webhooks", "hook"]]);
  await send("DELETE", `/v1/webhooks/${id}`);
  expect(await told(follower)).toEqual([["webhooks", null]]);
});

test("a schedule is told of with what is changed of it, and its ticks with what became of them", async () => {
  const follower = await follow();
  await send("PUT", "/v1/workflows/patch", { steps });
  await told(follower);
  const { id } = await send("POST", "/v1/schedules", { name: "hourly", every: "1h", target });
  expect(await told(follower)).toEqual([["schedules", "hourly"]]);
  await send("POST", `/v1/schedules/${id}/trigger`, {});
  expect(await told(follower)).toEqual([["ticks", "started"]]);
  await send("PATCH", `/v1/schedules/${id}`, { enabled: false, reason: "holidays" });
  expect(await told(follower)).toEqual([["schedules", "hourly"]]);
  await send("DELETE", `/v1/schedules/${id}`);
  expect(await told(follower)).toEqual([["schedules", null]]);
});

test("a channel is told of with its rules, and its messages with what became of them", async () => {
  const follower = await follow();
  const settings = { type: "slack", url: "https://hooks.example.test/x" };
  await send("POST", "/v1/channels", { name: "ops", settings });
  expect(await told(follower)).toEqual([["channels", "ops"]]);
  await send("POST", "/v1/channels/ops/rules", { name: "all", events: ["failed"] });
  expect(await told(follower)).toEqual([["channels", "ops"]]);
  await send("PATCH", "/v1/channels/ops/rules/all", { times: 2 });
  expect(await told(follower)).toEqual([["channels", "ops"]]);
  await send("DELETE", "/v1/channels/ops/rules/all");
  expect(await told(follower)).toEqual([["channels", "ops"]]);
  await send("PATCH", "/v1/channels/ops", { enabled: false });
  expect(await told(follower)).toEqual([["channels", "ops"]]);
  await send("POST", "/v1/channels/ops/test", {});
  expect((await told(follower)).sort()).toEqual([
    ["channels", "ops"],
    ["messages", "refused"],
  ]);
  await send("DELETE", "/v1/channels/ops");
  expect(await told(follower)).toEqual([["channels", null]]);
});

describe("of a workflow that somebody may not view", () => {
  const permissions = { view: ["key:ana"] };
  const triggers = [
    { id: "nightly", type: "cron", cron: "0 3 * * *" },
    { id: "pushed", type: "webhook", provider: "github" },
  ];

  async function everythingHappens(): Promise<void> {
    await send("PUT", "/v1/workflows/patch", { permissions, steps, triggers });
    await send("PUT", "/v1/workflows/patch/aliases/live", { revision: 1 });
    const hook = await send("POST", "/v1/webhooks", {
      ...{ name: "hook", provider: "github", target: { workflow: "patch@1", inputs: {} } },
    });
    const timed = await send("POST", "/v1/schedules", { name: "hourly", every: "1h", target });
    await send("POST", `/v1/webhooks/${hook.id}/test`, {});
    await send("POST", `/v1/webhooks/${hook.id}/capture`, {});
    await send("POST", `/v1/webhooks/${hook.id}/test`, {});
    await send("POST", `/v1/schedules/${timed.id}/trigger`, {});
    await settle();
    await gateway().parts.clock.advance(3_600_000);
  }
  async function allIsDeleted(): Promise<void> {
    for (const name of ["hook", "hourly"]) {
      await send("DELETE", `/v1/${name === "hook" ? "webhooks" : "schedules"}/${name}`);
    }
    await send("DELETE", "/v1/workflows/patch");
  }

  test("they hear nothing, not that it was made, ran or was deleted, and whoever may view it hears all of it", async () => {
    const [ana, ben] = [await follow(await readerOf("ana")), await follow(await readerOf("ben"))];
    await everythingHappens();
    const heard = await told(ana);
    expect(topicsOf(heard)).toEqual(["deliveries", "schedules", "ticks", "webhooks", "workflows"]);
    await allIsDeleted();
    const gone = (await told(ana)).filter(([, what]) => what === null);
    expect(gone.map(([topic]) => topic).sort()).toEqual([
      ...["schedules", "schedules", "webhooks", "webhooks", "workflows"],
    ]);
    await gateway().parts.clock.advance(20_000);
    expect(await told(ben)).toEqual([]);
  });

  test("nor does a person hear of it, even when they read all of it later", async () => {
    const first = await follow(await readerOf("cara"));
    const after = first.lastId ?? 0;
    await everythingHappens();
    await allIsDeleted();
    const person = await signedIn(gateway(), "dan", { default: "developer" });
    const made = await (await person.send("POST", "/v1/keys", { name: "dan", scopes: ["read"] })).json();
    const late = await Follower.open(gateway(), all, { key: made.key, after });
    followers.push(late);
    await gateway().parts.clock.advance(gatherMs);
    expect(late.take().map(({ event }) => event)).toEqual(["ready"]);
  });
});

test("another project hears nothing of any of it", async () => {
  const made = { name: "there", scopes: ["admin"], expiresAt: null };
  const { key } = await createKeyRing(gateway().parts.ports).create("other", made);
  const other = await follow(key);
  await send("PUT", "/v1/workflows/patch", { steps });
  await send("POST", "/v1/webhooks", { name: "hook", provider: "github", target });
  await send("POST", "/v1/webhooks/hook/test", {});
  await send("POST", "/v1/schedules", { name: "hourly", every: "1h", target });
  await send("POST", "/v1/schedules/hourly/trigger", {});
  const settings = { type: "slack", url: "https://hooks.example.test/x" };
  await send("POST", "/v1/channels", { name: "ops", settings, enabled: false });
  await send("POST", "/v1/channels/ops/test", {});
  expect(await told(other)).toEqual([]);
});

test("secrets, keys and people are told of without their names, entries of the audit to administrators alone", async () => {
  const topics = "topics=settings,audit";
  const admin = await Follower.open(gateway(), topics, {});
  const reader = await Follower.open(gateway(), topics, { key: await readerOf("looker") });
  followers.push(admin, reader);
  for (const follower of followers) follower.take();
  const changes: [string, string, unknown, string, string | undefined][] = [
    ["PUT", "/v1/secrets/TOKEN", { value: "hush-hush" }, "secret.set", "secrets"],
    ["POST", "/v1/keys", { name: "robot", scopes: ["read"] }, "key.create", "keys"],
    [
      "POST",
      "/v1/users",
      { username: "eva", name: "Eva", password: "a long enough one" },
      "user.create",
      "users",
    ],
    ["PATCH", "/v1/audit/settings", { kept: "30d" }, "audit.settings", undefined],
  ];
  for (const [method, where, body, action, of] of changes) {
    await send(method, where, body);
    await settle();
    await gateway().parts.clock.advance(gatherMs);
    await settle();
    const heard = admin.take();
    expect(heard.map(({ data }) => data.of ?? data.entry.action).sort()).toEqual(
      [action, of].filter((one) => one !== undefined).sort(),
    );
    expect(heard.map(({ event }) => event)).toContain("audit");
    expect(JSON.stringify(heard)).not.toContain("hush-hush");
    // Who may not list people does not hear that they change either.
    expect(reader.take().map(({ event, data }) => [event, data])).toEqual(
      of === undefined || of === "users" ? [] : [["settings", { of }]],
    );
  }
});
