import { afterEach, beforeEach, expect, test } from "vitest";
import { createCore } from "../core.ts";
import { settle } from "../dispatch/world.suite.ts";
import { TestGateway } from "../runners/gateway.suite.ts";
import { createDirectory } from "../runners/presence.ts";
import { outsideOf } from "../workflows/outside/outside-of.ts";
import { tellDue } from "./keep-telling.ts";
import { Receiver } from "./receiver.suite.ts";
import { sendingOf } from "./sending.ts";

const publicUrl = "http://localhost:8787";
let gateway: TestGateway;
let receiver: Receiver;
beforeEach(async () => {
  gateway = await TestGateway.start();
  receiver = await Receiver.start();
  gateway.parts.ports.outbound.policy.allowed = [receiver.host];
  await send("POST", "/v1/channels", {
    name: "ops",
    settings: { type: "slack", url: `${receiver.origin}/x` },
  });
});
afterEach(async () => {
  receiver.stop();
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const send = async (method: string, path: string, body: unknown) => {
  const headers = { "content-type": "application/json" };
  const response = await gateway.call(path, { method, headers, body: JSON.stringify(body) });
  const text = await response.text();
  expect([path, response.ok, response.ok ? "" : text]).toEqual([path, true, ""]);
  return text === "" ? null : JSON.parse(text);
};
const read = async (path: string) => await (await gateway.call(path)).json();
const messages = async () => (await read("/v1/channels/ops/messages")).items;
const titles = () => receiver.got.map(({ body }) => JSON.parse(body).blocks[0].text.text);

/** Starts a workflow and returns its execution's id. */
async function start(definition: object): Promise<string> {
  await send("PUT", "/v1/workflows/tells", definition);
  return (await send("POST", "/v1/workflows/tells/executions", { inputs: {} })).id;
}

/** The run at its end; a request outside takes real time, so the turns of the loop are counted by the socket. */
async function ended(id: string) {
  for (;;) {
    const view = await read(`/v1/executions/${id}`);
    if (view.endedAt !== null) return view;
    await gateway.parts.clock.advance(1);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
const step = (more: object = {}) => ({
  ...{
    id: "tell",
    name: "Tell",
    type: "notify",
    channel: "slack:ops",
    message: "Deploy is done\nof 3 servers",
  },
  ...more,
});

test("a step tells a channel, with a link to its execution, and goes on when it was taken", async () => {
  const id = await start({ steps: [step()], outputs: { status: "steps.tell.output.status" } });
  const { status, run } = await ended(id);
  expect([status, run.outputs]).toEqual(["succeeded", { status: 200 }]);
  expect(titles()).toEqual(["Deploy is done"]);
  expect(receiver.got[0]?.body).toContain("of 3 servers");
  expect(receiver.got[0]?.body).toContain(`${publicUrl}/executions/${id}`);
  expect(await messages()).toMatchObject([
    { event: "step", status: "delivered", executionId: id, rule: null },
  ]);
});

test("a message that is not taken fails its step in words, and is sent again as the step's retry says", async () => {
  receiver.answer = (response) => void response.writeHead(receiver.got.length < 2 ? 503 : 200).end();
  const retry = { attempts: 2, delay: "10ms", backoff: "fixed" };
  expect((await ended(await start({ steps: [step({ retry })] }))).status).toBe("succeeded");
  receiver.answer = (response) => void response.writeHead(403).end("no");
  const { status, run } = await ended(await start({ steps: [step()] }));
  expect([status, run.steps[0].error]).toMatchObject([
    "failed",
    { code: "not_delivered", message: "answered 403" },
  ]);
  // Nobody sends it once more.
  await gateway.parts.clock.advance(3_600_000);
  await tellDue({ ports: gateway.parts.ports, hub: gateway.parts.core.hub, publicUrl });
  expect(receiver.got.length).toBe(3);
});

test.each([
  ["nobody", "there is no channel"],
  ["discord:ops", "is one of slack"],
])("a step that names %s fails and says that it %s", async (channel, words) => {
  const { run } = await ended(await start({ steps: [step({ channel })] }));
  expect(run.steps[0].error).toMatchObject({ code: "bad_channel", message: expect.stringContaining(words) });
});

test("a gateway that ends while a message is under way leaves the step lost, and sends it no second time", async () => {
  const arrived = new Promise((resolve) => {
    receiver.answer = resolve;
  });
  const id = await start({ steps: [step()] });
  await arrived;
  const { ports, core } = gateway.parts;
  core.stop();
  const next = createCore({
    ...{ ports, directory: createDirectory(ports), onBuildEnded: async () => undefined },
    workflows: (hub) => outsideOf({ ports, hub, publicUrl, sending: sendingOf({ ports, publicUrl }) }),
  });
  await next.start();
  const { run } = await ended(id);
  next.stop();
  expect([run.steps[0].status, receiver.got.length]).toEqual(["lost", 1]);
  expect((await messages())[0].status).toBe("lost");
});

test("what a workflow tells of itself, and a prompt of people, is kept and sent by whoever tells", async () => {
  const id = await start({
    notify: [{ channel: "slack:ops", on: ["started"], message: "it begins" }],
    steps: [{ name: "Sure?", type: "prompt", message: "Go on?", notify: ["slack:ops"] }],
  });
  await settle();
  await tellDue({ ports: gateway.parts.ports, hub: gateway.parts.core.hub, publicUrl });
  expect(titles().sort()).toEqual(["Go on?", "it begins"]);
  const [prompt] = (await read(`/v1/executions/${id}`)).run.prompts;
  const asked = receiver.got.find(({ body }) => body.includes("Go on?"));
  expect(asked?.body).toContain(`${publicUrl}/answer/${prompt.id}`);
  await send("POST", `/v1/executions/${id}/respond`, { response: "Continue" });
  expect((await ended(id)).status).toBe("succeeded");
});
