import { versions } from "@pulse/schema/tables";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { watchSplits } from "../functions/aliases/watch.ts";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";
import { noteQuotas } from "../usage/notices.ts";
import { claimMs } from "./deliver.ts";
import { forgetMessages } from "./forget.ts";
import { tellDue } from "./keep-telling.ts";
import { createMessageStore } from "./message-store.ts";
import { Receiver } from "./receiver.suite.ts";

const dayMs = 24 * 3_600_000;
const publicUrl = "http://localhost:8787";
let gateway: TestGateway;
let receiver: Receiver;
beforeEach(async () => {
  gateway = await TestGateway.start();
  receiver = await Receiver.start();
  gateway.parts.ports.outbound.policy.allowed = [receiver.host];
  await gateway.addFunction("hello");
});
afterEach(async () => {
  receiver.stop();
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const ask = async (method: string, path: string, body?: unknown) => {
  const headers = { "content-type": "application/json" };
  const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
  const response = await gateway.call(path, init);
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
};
const channel = (
  name = "ops",
  settings: object = { type: "slack", url: `${receiver.origin}/services/sealed-part` },
) => ask("POST", "/v1/channels", { name, settings });
const rule = (asked: object, of = "ops") =>
  ask("POST", `/v1/channels/${of}/rules`, { name: "all", ...asked });
/** One look of whoever tells, as the platform has it from time to time. */
const tell = (looks = { runnersAt: 0 }) =>
  tellDue({ ports: gateway.parts.ports, hub: gateway.parts.core.hub, publicUrl }, looks);
const titles = () => receiver.got.map(({ body }) => JSON.parse(body).blocks[0].text.text);
const messages = async (of = "ops") => (await ask("GET", `/v1/channels/${of}/messages`)).body.items;

/** Calls a function that a runner then answers: well with a body, badly without one. */
async function call(runner: HttpRunner, isGood: boolean, name = "hello"): Promise<string> {
  const path = `/f/${name}`;
  // Waited for, so that a failure is not tried again.
  const answer = gateway.call(path, { method: "POST" });
  const job = await runner.take();
  const error = { code: "function_error", message: "KeyError: 'width'", source: "function" as const };
  await runner.complete(job, isGood ? {} : { status: "failed", reason: "function_error", error });
  return (await answer).headers.get("pulse-execution-id") ?? "";
}

test("a channel is made, shown without its credential, changed and deleted", async () => {
  const made = await channel();
  expect(made).toMatchObject({
    status: 201,
    body: {
      name: "ops",
      type: "slack",
      to: receiver.host,
      enabled: true,
      last: null,
      createdBy: "key:admin",
    },
  });
  expect(JSON.stringify([made.body, await ask("GET", "/v1/channels")])).not.toContain("sealed-part");
  expect((await channel()).body.code).toBe("name_taken");
  expect((await ask("PATCH", "/v1/channels/ops", { enabled: false })).body.enabled).toBe(false);
  expect(
    (await ask("PATCH", "/v1/channels/ops", { settings: { type: "teams", url: receiver.origin } })).status,
  ).toBe(422);
  expect((await ask("DELETE", "/v1/channels/ops")).status).toBe(204);
  expect((await ask("GET", `/v1/channels/${made.body.id}`)).status).toBe(404);
  const { rows } = await gateway.parts.ports.database.client.execute(
    "SELECT count(*) AS n FROM secrets WHERE kind = 'channel' AND sealed IS NOT NULL",
  );
  expect(Number(rows[0]?.n)).toBe(0);
});

test.each([
  [{ type: "slack", url: "http://169.254.169.254/x" }, 422],
  [{ type: "slack", url: "ftp://hooks.example.test/x" }, 422],
  [{ type: "telegram", token: "x", chat: "1" }, 422],
  [{ type: "email", to: ["ops@example.test"] }, 422],
  [{ type: "email", to: ["not an address"] }, 422],
  [{ type: "pager", url: "https://hooks.example.test" }, 422],
  [{ type: "ntfy", topic: "ops" }, 201],
])("settings %j are answered %i", async (settings, status) => {
  expect((await channel("tried", settings)).status).toBe(status);
});

test("a webhook that is given no secret has one made, which is shown once and signs", async () => {
  const { body } = await channel("mine", { type: "webhook", url: `${receiver.origin}/in` });
  expect(body.secret).toMatch(/^whsec_/);
  expect((await ask("GET", "/v1/channels/mine")).body.secret).toBeUndefined();
  expect((await ask("POST", "/v1/channels/mine/test", {})).body.delivered).toBe(true);
  expect(receiver.got[0]?.headers["webhook-signature"]).toMatch(/^v1,/);
});

test("a test shows what the receiver answered, and is in the log", async () => {
  await channel();
  receiver.answer = (response) => void response.writeHead(403).end("invalid_token");
  expect((await ask("POST", "/v1/channels/ops/test", { text: "hello?" })).body).toMatchObject({
    ...{ delivered: false, status: 403, answer: "invalid_token", error: "answered 403" },
  });
  expect(receiver.got[0]?.body).toContain("hello?");
  expect(await messages()).toMatchObject([
    { event: "test", status: "refused", nextAt: null, tries: [{ status: 403 }] },
  ]);
  expect((await ask("GET", "/v1/channels/ops")).body.last).toMatchObject({
    delivered: false,
    error: "answered 403",
  });
});

test("a failure and the recovery after it are told once, with a link to the execution, and nothing from before the rule", async () => {
  const runner = await HttpRunner.join(gateway);
  await channel();
  await call(runner, false);
  await rule({ events: ["failed", "recovered"] });
  await tell();
  expect(titles()).toEqual([]);
  const id = await call(runner, false);
  await tell();
  await tell();
  await gateway.parts.clock.advance(1);
  await call(runner, true);
  await tell();
  await call(runner, true);
  await tell();
  expect(titles()).toEqual(["hello failed", "hello succeeds again"]);
  expect(receiver.got[0]?.body).toContain(`${publicUrl}/executions/${id}`);
  expect(receiver.got[0]?.body).toContain("KeyError: 'width'");
  expect(await messages()).toMatchObject([
    { event: "recovered", status: "delivered" },
    { event: "failed", status: "delivered", executionId: id, tries: [{ status: 200, answer: "ok" }] },
  ]);
});

test("two gateways that look at the same time tell once", async () => {
  const runner = await HttpRunner.join(gateway);
  await channel();
  await rule({ events: ["failed"], times: 2 });
  for (let round = 0; round < 4; round++) await call(runner, false);
  await Promise.all([tell(), tell(), tell()]);
  await tell();
  expect(titles().sort()).toEqual(["hello failed, 2 times in a row", "hello failed, 4 times in a row"]);
});

test("a filter decides, a template says it in other words, and neither is taken when it is wrong", async () => {
  const runner = await HttpRunner.join(gateway);
  await gateway.addFunction("other");
  await channel();
  const open = "$" + "{{ ";
  const filter = "execution.name === 'other'";
  const template = { title: `${open}execution.name }}: ${open}execution.error.code }}`, text: "look" };
  expect((await rule({ events: ["failed"], filter: "1 +" })).body.errors[0].pointer).toBe("/filter");
  expect((await rule({ events: ["failed"], template: { title: `${open}nothing }}` } })).status).toBe(422);
  expect((await rule({ events: ["failed"], filter, template })).status).toBe(201);
  await call(runner, false);
  await call(runner, false, "other");
  await tell();
  expect(titles()).toEqual(["other: function_error"]);
});

test("what a receiver did not take is tried again when it said, and then not for ever", async () => {
  const { clock } = gateway.parts;
  const runner = await HttpRunner.join(gateway);
  await channel();
  await rule({ events: ["failed"] });
  await call(runner, false);
  receiver.answer = (response) => void response.writeHead(429, { "retry-after": "60" }).end();
  await tell();
  await clock.advance(59_000);
  await tell();
  expect(receiver.got.length).toBe(1);
  receiver.answer = (response) => void response.writeHead(500).end();
  for (let hours = 0; hours < 200; hours++) {
    await clock.advance(3_600_000);
    await tell();
  }
  const [message] = await messages();
  expect([message.status, message.tries.length, receiver.got.length]).toEqual(["failed", 10, 10]);
  receiver.answer = (response) => void response.end("ok");
  const again = await ask("POST", `/v1/channels/ops/messages/${message.id}/resend`);
  expect([again.status, again.body.status]).toEqual([202, "waiting"]);
  await tell();
  expect((await messages())[0]).toMatchObject({ status: "delivered", title: "hello failed" });
});

test("a try that was begun by a gateway that ended is made again after a minute, with what had gathered until then", async () => {
  const { clock, ports } = gateway.parts;
  const runner = await HttpRunner.join(gateway);
  await channel();
  await rule({ events: ["failed"], digest: "1m" });
  await call(runner, false);
  await tell();
  await clock.advance(60_000);
  const store = createMessageStore(ports.database);
  const [due] = await store.due(clock.now(), [], 1);
  expect(due === undefined ? null : await store.claim(due, clock.now() + claimMs)).not.toBeNull();
  // What comes after the try was begun is the next message's.
  await call(runner, false);
  await tell();
  expect(receiver.got).toEqual([]);
  await clock.advance(claimMs);
  await tell();
  expect(titles().sort()).toEqual(["hello failed", "hello failed, 2 times in a row"]);
  expect((await messages()).map(({ count }: { count: number }) => count)).toEqual([1, 1]);
});

test("a digest tells together what came within its time, and lists no more than fifty", async () => {
  const { clock } = gateway.parts;
  const runner = await HttpRunner.join(gateway);
  await channel();
  await rule({ events: ["failed"], digest: "10m" });
  for (let i = 0; i < 53; i++) await call(runner, false);
  await tell();
  expect(receiver.got).toEqual([]);
  await clock.advance(599_000);
  await tell();
  expect(receiver.got).toEqual([]);
  await clock.advance(1000);
  await tell();
  expect(titles()).toEqual(["53 notifications"]);
  expect(receiver.got[0]?.body).toContain("50 failed, and 3 more that are not listed");
  await call(runner, false);
  await tell();
  expect(await messages()).toMatchObject([
    { status: "waiting", count: 1 },
    { status: "delivered", count: 53 },
  ]);
});

test("in quiet hours nothing is sent, and at their end all of it together", async () => {
  const { clock } = gateway.parts;
  const runner = await HttpRunner.join(gateway);
  await channel();
  const hour = (ms: number) => `${String(new Date(clock.now() + ms).getUTCHours()).padStart(2, "0")}:00`;
  await rule({ events: ["failed"], quiet: { from: hour(0), to: hour(3 * 3_600_000), timezone: "UTC" } });
  await call(runner, false);
  await tell();
  await call(runner, false);
  await tell();
  expect(receiver.got).toEqual([]);
  await clock.advance(3 * 3_600_000);
  await tell();
  expect(titles()).toEqual(["2 notifications"]);
});

test("a prompt is told with the page it is answered at", async () => {
  await channel();
  await rule({ events: ["prompt"] });
  const steps = [{ name: "Sure?", type: "prompt", message: "Reboot <all>?" }];
  await ask("PUT", "/v1/workflows/asks", { steps });
  const { body } = await ask("POST", "/v1/workflows/asks/executions", { inputs: {} });
  await settle();
  await tell();
  const { prompts } = (await ask("GET", `/v1/executions/${body.id}`)).body.run;
  expect(titles()).toEqual(["asks waits for an answer"]);
  expect(receiver.got[0]?.body).toContain(`${publicUrl}/answer/${prompts[0].id}`);
  expect(receiver.got[0]?.body).toContain("Reboot &lt;all&gt;?");
  await tell();
  expect(receiver.got.length).toBe(1);
});

test("a runner that goes and comes back is told of once each", async () => {
  const { clock } = gateway.parts;
  const runner = await HttpRunner.join(gateway, "web-01");
  await channel();
  await rule({ events: ["runner-offline", "runner-online"] });
  const looks = { runnersAt: 0 };
  await tell(looks);
  for (let minute = 0; minute < 12; minute++) {
    await clock.advance(60_000);
    await tell(looks);
  }
  expect(titles()).toEqual(["The runner web-01 is offline"]);
  const syncing = runner.sync({ waitMs: 1 });
  await clock.advance(61_000);
  await syncing;
  await tell(looks);
  await clock.advance(61_000);
  await tell(looks);
  expect(titles()).toEqual(["The runner web-01 is offline", "The runner web-01 is back"]);
});

test("a version that is ready is told, with who deployed it, and one that could not be built", async () => {
  const runner = await HttpRunner.join(gateway);
  await channel();
  await rule({ events: ["deploy"] });
  const deploy = async (code: string) => {
    const files = { "index.ts": `export default () => "${code}"` };
    await ask("POST", "/v1/functions/fresh/versions", { runtime: "typescript", files, message: code });
    return await runner.take();
  };
  const built = { deps: null, buildKey: null, kinds: ["default"], schema: null, initMs: 1 };
  await runner.complete(await deploy("first"), { built, response: null });
  await tell();
  const error = { code: "build_failed", message: "no such package", source: "function" as const };
  await runner.complete(await deploy("second"), {
    status: "failed",
    reason: "build_failed",
    error,
    response: null,
  });
  await tell();
  await tell();
  expect(titles()).toEqual(["fresh: version 1 is ready", "fresh: version 2 could not be built"]);
  expect(receiver.got[0]?.body).toContain("key:admin");
  expect(receiver.got[1]?.body).toContain("no such package");
});

test("a split that rolled back by itself is told once, one that somebody ended is not", async () => {
  await channel();
  await rule({ events: ["split-rollback"], filter: "split.alias === 'live'" });
  const { ports } = gateway.parts;
  const { orm, client } = ports.database;
  const [first] = await orm.select().from(versions);
  if (first === undefined) throw new Error("there is no version");
  await orm.insert(versions).values({ ...first, id: "ver_second", number: 2, contentSha256: "2".repeat(64) });
  const move = (canary?: object) =>
    ask("PUT", "/v1/functions/hello/aliases/live", { version: 1, ...(canary && { canary }) });
  await move({ version: 2, weight: 50 });
  await move();
  await tell();
  expect(receiver.got).toEqual([]);
  await move({ version: 2, weight: 50, maxErrorRate: 10, minCalls: 1 });
  const runner = await HttpRunner.join(gateway);
  await call(runner, false);
  await client.execute("UPDATE executions SET version_id = 'ver_second'");
  await watchSplits(ports);
  // What the alias is now tells nothing of what was.
  await move();
  await tell();
  await tell();
  expect(titles()).toEqual(["hello: live went back to version 1"]);
  expect(receiver.got[0]?.body).toContain("rolled back: 1 of 1 calls failed, more than 10 %");
});

test("a quota that is used up to a part of it is told", async () => {
  const runner = await HttpRunner.join(gateway);
  await channel();
  await rule({ events: ["quota"] });
  const plan = { plan: "custom", quotas: { executions: 1 } };
  expect((await ask("PUT", "/v1/plan", plan)).status).toBeLessThan(300);
  await call(runner, true);
  for await (const _ of noteQuotas(gateway.parts.ports));
  await tell();
  expect(titles().some((title) => /^\d+ % of the quota for executions is used$/.test(title))).toBe(true);
});

test("a channel that is disabled is told nothing, and a rule that is enabled again nothing of the time between", async () => {
  const runner = await HttpRunner.join(gateway);
  await channel();
  await rule({ events: ["failed"] });
  await ask("PATCH", "/v1/channels/ops", { enabled: false });
  await call(runner, false);
  await tell();
  await ask("PATCH", "/v1/channels/ops", { enabled: true });
  await ask("PATCH", "/v1/channels/ops/rules/all", { enabled: false });
  await gateway.parts.clock.advance(1000);
  await call(runner, false);
  await tell();
  await gateway.parts.clock.advance(1000);
  await ask("PATCH", "/v1/channels/ops/rules/all", { enabled: true, digest: null, times: 1 });
  await tell();
  expect(receiver.got).toEqual([]);
  await call(runner, false);
  await tell();
  expect(receiver.got.length).toBe(1);
  expect((await ask("DELETE", "/v1/channels/ops/rules/all")).status).toBe(204);
  expect((await ask("GET", "/v1/channels/ops/rules")).body.items).toEqual([]);
});

test("messages are forgotten with the executions of their project", async () => {
  await channel();
  await ask("POST", "/v1/channels/ops/test", {});
  await gateway.parts.clock.advance(6 * dayMs);
  await forgetMessages(gateway.parts.ports);
  expect((await messages()).length).toBe(1);
  await gateway.parts.clock.advance(90 * dayMs);
  expect(await forgetMessages(gateway.parts.ports)).toBe(false);
  expect((await messages()).length).toBe(0);
});
