import type { ServerResponse } from "node:http";
import type { ChannelSettings } from "@pulse/schema/wire/channels";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeMemoryPorts } from "../dispatch/memory-ports.suite.ts";
import { FakeClock } from "../dispatch/world.suite.ts";
import type { Ports } from "../ports.ts";
import type { Notification } from "./messages/notification.ts";
import { Receiver } from "./receiver.suite.ts";
import { send } from "./send.ts";

let ports: Ports;
let receiver: Receiver;
beforeEach(async () => {
  ports = await makeMemoryPorts(new FakeClock(), []);
  receiver = await Receiver.start();
  ports.outbound.policy.allowed = [receiver.host];
});
afterEach(() => {
  receiver.stop();
  ports.database.client.close();
});

const news: Notification = {
  ...{ event: "failed", level: "bad", project: "default", title: "nightly failed", text: "exit code 1" },
  ...{ facts: [], lines: [], at: 0, data: {} },
  links: [{ text: "Open the execution", url: "https://pulse.example.test/executions/exe_1" }],
};
const token = "123456:abcdefghijklmnopqrstuvwxyz_012345";
const channels = (origin: string): Exclude<ChannelSettings, { type: "email" }>[] => [
  { type: "slack", url: `${origin}/services/T0/B0/sealed-part` },
  { type: "discord", url: `${origin}/api/webhooks/1/sealed-part` },
  { type: "telegram", token, chat: "-100", server: origin },
  { type: "ntfy", topic: "sealed-part", server: origin },
  { type: "teams", url: `${origin}/workflows/sealed-part` },
  { type: "webhook", url: `${origin}/mine/sealed-part`, secret: `whsec_${btoa("0".repeat(32))}` },
];
const types = channels("http://x.example.test").map(({ type }) => type);
const given = (type: string) => {
  const found = channels(receiver.origin).find((one) => one.type === type);
  if (found === undefined) throw new Error(`no ${type}`);
  return found;
};
const sent = (settings: ChannelSettings, timeoutMs = 5000) =>
  send(ports, settings, news, { id: "ntf_1", publicUrl: "https://pulse.example.test", timeoutMs });

test.each(types)("what goes through %s arrives at its address, with the link, and is taken", async (type) => {
  const came = await sent(given(type));
  expect(came).toMatchObject({ status: 200, answer: "ok", verdict: { end: "delivered", error: null } });
  const [got] = receiver.got;
  expect(got?.url).toBe(
    {
      ...{ slack: "/services/T0/B0/sealed-part", discord: "/api/webhooks/1/sealed-part" },
      ...{ telegram: `/bot${token}/sendMessage`, ntfy: "/", teams: "/workflows/sealed-part" },
      webhook: "/mine/sealed-part",
    }[type],
  );
  expect(got?.headers["content-type"]).toBe("application/json");
  expect(got?.body).toContain("nightly failed");
  expect(got?.body).toContain("https://pulse.example.test/executions/exe_1");
});

type Failing = [
  how: string,
  answer: ((response: ServerResponse) => void) | null,
  end: string,
  status: number | null,
  error: string,
];
const failing: Failing[] = [
  [
    "resets the connection",
    (response) => void response.socket?.resetAndDestroy(),
    "again",
    null,
    "no answer",
  ],
  ["answers 500", (response) => void response.writeHead(500).end("oh"), "again", 500, "answered 500"],
  [
    "is busy",
    (response) => void response.writeHead(429, { "retry-after": "9" }).end(),
    "again",
    429,
    "answered 429",
  ],
  ["sends no head", () => undefined, "again", null, "no answer within 0.3 s"],
  [
    "sends its body for ever",
    (response) => void response.writeHead(200).write("x"),
    "again",
    null,
    "no answer within 0.3 s",
  ],
  [
    "sends it elsewhere",
    (response) => void response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
    ...(["never", 302, "302: redirects are not followed"] as const),
  ],
];

test.each(failing)("a receiver that %s", async (_, answer, end, status, error) => {
  if (answer !== null) receiver.answer = answer;
  const came = await sent(given("slack"), 300);
  expect([came.verdict.end, came.status, came.verdict.error]).toEqual([end, status, error]);
  if (status === 429) expect(came.verdict.retryAfterMs).toBe(9000);
});

test("a receiver that is not there, and one whose TLS is none", async () => {
  const secure = { type: "slack", url: `https://${receiver.host}/x` } as const;
  expect(await sent(secure)).toMatchObject({ verdict: { end: "again", error: "no answer" }, status: null });
  const settings = given("slack");
  receiver.stop();
  expect(await sent(settings)).toMatchObject({ verdict: { end: "again", error: "no answer" }, status: null });
});

test("a large answer is cut, and what is a credential is hidden in it", async () => {
  receiver.answer = (response, { url }) =>
    void response.writeHead(404).end(`${url} is unknown ${"x".repeat(50_000)}`);
  for (const type of types) {
    const { answer, status } = await sent(given(type));
    expect([status, answer.length]).toEqual([404, 2000]);
    expect(answer).not.toMatch(/sealed-part|abcdefghij/);
  }
});

test("what leads inside is refused for good and not called", async () => {
  ports.outbound.policy.allowed = [];
  const came = await sent(given("webhook"));
  expect(came.verdict.end).toBe("never");
  expect([came.status, receiver.got.length]).toEqual([null, 0]);
});

test("a gateway without a mail server says so", async () => {
  const { verdict } = await sent({ type: "email", to: ["ops@example.test"] });
  expect(verdict).toEqual({ end: "never", retryAfterMs: null, error: "this gateway sends no mail" });
});

test.each<[string, (origin: string) => ChannelSettings]>([
  ["teams", (origin: string) => ({ type: "teams", url: `${origin}/w?sp=run&sig=sealed-signature` })],
  ["webhook", (origin: string) => ({ type: "webhook", url: `${origin}/in?token=sealed-signature` })],
  ["slack", (origin: string) => ({ type: "slack", url: `${origin}/services/T0/sealed-signature` })],
])("a part of the URL of %s that a receiver says back is not shown", async (_, settings) => {
  receiver.answer = (response) => void response.end(JSON.stringify({ args: { sig: "sealed-signature" } }));
  const came = await sent(settings(receiver.origin));
  expect(came.answer).toBe('{"args":{"sig":"***"}}');
});

test("what a user wrote mentions nobody in Mattermost, and nothing of it is fetched", async () => {
  await send(
    ports,
    given("slack"),
    { ...news, text: "@all see @channel, mail a@b.example.test" },
    {
      ...{ id: "ntf_1", publicUrl: "https://pulse.example.test" },
    },
  );
  const body = JSON.parse(receiver.got[0]?.body ?? "");
  expect(body.text).not.toMatch(/@[a-z]/);
  expect(body).toMatchObject({ unfurl_links: false, unfurl_media: false });
});
