import { afterEach, beforeEach, expect, test } from "vitest";
import { gatewayOfEachTest, seen, signedIn } from "../auth/browser.suite.ts";
import { tellDue } from "./keep-telling.ts";
import { Receiver } from "./receiver.suite.ts";

const gateway = gatewayOfEachTest();
type Person = Awaited<ReturnType<typeof signedIn>>;

let receiver: Receiver;
beforeEach(async () => {
  receiver = await Receiver.start();
  gateway().parts.ports.outbound.policy.allowed = [receiver.host];
});
afterEach(() => receiver.stop());

const json = { "content-type": "application/json" };
const ask = async (method: string, path: string, body: unknown) => {
  const response = await gateway().call(path, { method, headers: json, body: JSON.stringify(body) });
  expect([path, await seen(response.clone())]).toEqual([path, "ok"]);
  return response.status === 204 ? null : await response.json();
};
const tell = async () => {
  const { ports, core } = gateway().parts;
  await tellDue({ ports, hub: core.hub, publicUrl: "http://localhost:8787" });
};

/** A workflow that asks something of whoever may see it; one run of it begins. */
async function asks(name: string, definition: object = {}) {
  const step = { id: "ask", name: "Ask", type: "prompt", message: `Go on with ${name}?` };
  await ask("PUT", `/v1/workflows/${name}`, { ...definition, steps: [step] });
  await ask("POST", `/v1/workflows/${name}/executions`, {});
  await gateway().parts.clock.advance(10);
}
const hidden = { permissions: { view: ["user:ana"] } };

const messagesOf = async (who: Person, of = "ops") =>
  (await (await who.send("GET", `/v1/channels/${of}/messages`)).json()).items;

test("messages about a workflow that somebody may not view are not in their list, nor sent again by them", async () => {
  await ask("POST", "/v1/channels", {
    name: "ops",
    settings: { type: "slack", url: `${receiver.origin}/x` },
  });
  await ask("POST", "/v1/channels/ops/rules", { name: "all", events: ["prompt"] });
  const people = { default: "developer" } as const;
  const [ana, ben] = [await signedIn(gateway(), "ana", people), await signedIn(gateway(), "ben", people)];
  await asks("secret-plan", hidden);
  await asks("open-plan");
  await tell();
  const titles = async (who: Person) => (await messagesOf(who)).map((one: { title: string }) => one.title);
  const [one, other] = ["open-plan waits for an answer", "secret-plan waits for an answer"];
  expect([(await titles(ana)).sort(), await titles(ben)]).toEqual([[one, other], [one]]);
  const { id } = (await messagesOf(ana)).find(({ title }: { title: string }) => title === other);
  const again = `/v1/channels/ops/messages/${id}/resend`;
  expect([await seen(await ben.send("POST", again)), await seen(await ana.send("POST", again))]).toEqual([
    "not_found",
    "ok",
  ]);
  expect(await titles(ben)).toEqual([one]);
});

test("a digest that tells of what is hidden from somebody is hidden with it, sent again or not", async () => {
  await ask("POST", "/v1/channels", {
    name: "ops",
    settings: { type: "slack", url: `${receiver.origin}/x` },
  });
  await ask("POST", "/v1/channels/ops/rules", { name: "all", events: ["prompt"], digest: "10s" });
  const ben = await signedIn(gateway(), "ben", { default: "developer" });
  const ana = await signedIn(gateway(), "ana", { default: "developer" });
  await asks("open-plan");
  await asks("secret-plan", hidden);
  await tell();
  const [digest] = await messagesOf(ana);
  expect(digest).toMatchObject({ count: 2, event: "digest" });
  expect(await seen(await ana.send("POST", `/v1/channels/ops/messages/${digest.id}/resend`))).toBe("ok");
  expect([(await messagesOf(ana)).length, await messagesOf(ben)]).toEqual([2, []]);
});

test("a rule tells nothing of a workflow that whoever made it may not view, alone or in a digest", async () => {
  const ben = await signedIn(gateway(), "ben", { default: "developer" });
  await ask("POST", "/v1/channels", {
    name: "ops",
    settings: { type: "slack", url: `${receiver.origin}/x` },
  });
  const rules = "/v1/channels/ops/rules";
  expect(await seen(await ben.send("POST", rules, { name: "now", events: ["prompt"] }))).toBe("ok");
  expect(await seen(await ben.send("POST", rules, { name: "all", events: ["prompt"], digest: "10s" }))).toBe(
    "ok",
  );
  await asks("secret-plan", hidden);
  await asks("open-plan");
  await tell();
  await gateway().parts.clock.advance(11_000);
  await tell();
  expect(receiver.got.map(({ body }) => JSON.parse(body).blocks[0].text.text)).toEqual([
    "open-plan waits for an answer",
    "open-plan waits for an answer",
  ]);
  expect(receiver.got.map(({ body }) => body).join()).not.toContain("secret-plan");
  const { items } = await (await gateway().call("/v1/channels/ops/messages?status=refused")).json();
  expect(items).toMatchObject([{ title: "secret-plan waits for an answer", tries: [{ status: null }] }]);
  // A rule is whose who changed it last.
  await ask("PATCH", `${rules}/now`, { times: 1 });
  await asks("secret-plan", hidden);
  await tell();
  expect(receiver.got.at(-1)?.body).toContain("secret-plan");
});

test("what is hidden from whoever turned a channel elsewhere does not go there, not even what waited", async () => {
  const ben = await signedIn(gateway(), "ben", { default: "developer" });
  const settings = (path: string) => ({ type: "slack", url: `${receiver.origin}/${path}` });
  await ask("POST", "/v1/channels", { name: "ops", settings: settings("ours") });
  await ask("POST", "/v1/channels/ops/rules", { name: "all", events: ["prompt"] });
  receiver.answer = (response) => void response.writeHead(503).end();
  await asks("secret-plan", hidden);
  await tell();
  receiver.answer = (response) => void response.end("ok");
  const turned = await ben.send("PATCH", "/v1/channels/ops", { settings: settings("theirs") });
  expect(await seen(turned)).toBe("ok");
  await gateway().parts.clock.advance(60_000);
  await tell();
  expect(receiver.got.map(({ url }) => url)).toEqual(["/ours"]);
});

test("a workflow itself tells its channel, whoever made that", async () => {
  const ben = await signedIn(gateway(), "ben", { default: "developer" });
  const settings = { type: "slack", url: `${receiver.origin}/x` };
  expect(await seen(await ben.send("POST", "/v1/channels", { name: "ops", settings }))).toBe("ok");
  const { ports } = gateway().parts;
  const { sendingOf } = await import("./sending.ts");
  const sending = sendingOf({ ports, publicUrl: "" });
  const command = { key: "say", step: "say", channel: "ops", message: "done" };
  const run = { id: "exe_1", project: "default", workflow: "secret-plan", state: { execution: {} } };
  expect(await sending.notify(run as never, command as never)).toMatchObject({ status: "succeeded" });
});
