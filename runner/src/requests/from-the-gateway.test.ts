import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Job } from "@pulse/schema/wire/job";
import { CompactEncrypt, importJWK } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeGateway } from "../fake-gateway.suite.ts";
import { PlayedRunner } from "../played-runner.suite.ts";
import { aCommand } from "../shell/played-command.suite.ts";

let gateway: FakeGateway;
let runner: PlayedRunner;
let server: Server;
let place: string;
let asked: string[];
beforeEach(async () => {
  asked = [];
  gateway = await FakeGateway.start();
  runner = new PlayedRunner();
  server = createServer(({ url, headers }, response) => {
    asked.push(`${url} ${headers.authorization ?? ""}`);
    response.end(`you are ${headers.authorization ?? "nobody"}`);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  place = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await runner.stop();
  await gateway.close();
  server.closeAllConnections();
  server.close();
});

const capabilities = async (): Promise<string[]> =>
  (await gateway.until(() => gateway.of("POST /session")[0])).json.capabilities;
const work = (change: object = {}) => ({
  ...{ is: "request", method: "GET", url: `http://${place}/x`, headers: [], body: null },
  ...change,
});

/** Hands out a request and tells how it ended. */
async function outcome(execution: string, change: object, settings = {}, more: Partial<Job> = {}) {
  const job = { ...aCommand({ work: work(change) as never, settings }), ...more, execution };
  await gateway.answerSync({ jobs: [job as Job] });
  return await gateway.outcomeOf(execution);
}

test("a runner that was started for a host makes requests there once the gateway has opened their start", async () => {
  await runner.start(gateway, { PULSE_REQUESTS: place });
  expect(await capabilities()).toEqual(["process", "requests"]);
  expect(await outcome("exe_1", {})).toMatchObject({
    ...{ status: "succeeded", response: null },
    command: { answer: { status: 200, body: "you are nobody" } },
  });
  expect(gateway.of("POST /executions/:id/start")).toHaveLength(1);
});

test("it makes none to another host, and runs no commands for all that", async () => {
  await runner.start(gateway, { PULSE_REQUESTS: "intranet.example.test:80" });
  const refused = { status: "failed", reason: "refused_by_runner", permanent: true };
  const end = await outcome("exe_1", {});
  expect(end).toMatchObject(refused);
  expect(end.error?.message).toBe(`this runner's policy refuses this: no requests to ${place}`);
  expect(await outcome("exe_2", { is: "command", text: "id" })).toMatchObject(refused);
  expect(asked).toEqual([]);
});

test("one that was not started for requests says so, and makes none", async () => {
  await runner.start(gateway);
  expect(await capabilities()).toEqual(["process"]);
  expect((await outcome("exe_1", {})).error?.message).toContain("refuses this: no requests");
  expect(asked).toEqual([]);
});

test("what is malformed is not sent", async () => {
  await runner.start(gateway, { PULSE_REQUESTS: "any" });
  for (const [i, change] of [
    { url: "file:///etc/passwd" },
    { method: "TRACE" },
    { url: `http://a:b${"@"}${place}/` },
  ].entries()) {
    const end = await outcome(`exe_${i}`, change);
    expect(end).toMatchObject({ status: "failed", reason: "refused_by_runner" });
    expect(end.error?.message).toContain("malformed job");
  }
  expect(asked).toEqual([]);
});

test("a secret that was sealed to it stands in a header, and in nothing that comes back", async () => {
  await runner.start(gateway, { PULSE_REQUESTS: place });
  const value = "hunter2-and-more";
  const key = await importJWK(
    (await gateway.until(() => gateway.of("POST /enroll")[0])).json.sealingKey,
    "ECDH-ES",
  );
  const secrets = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify({ SECRET_1: value })))
    .setProtectedHeader({ alg: "ECDH-ES", enc: "A256GCM" })
    .encrypt(key);
  const headers = [["Authorization", ["Bearer ", { secret: "SECRET_1" }]]];
  const end = await outcome("exe_1", { headers }, { secrets: { SECRET_1: "TOKEN" } }, { secrets });
  expect(asked).toEqual([`/x Bearer ${value}`]);
  expect(end.command?.answer?.body).toBe("you are Bearer ***");
  expect(JSON.stringify(end)).not.toContain(value);
});

test("a cancelled one is broken off", async () => {
  server.removeAllListeners("request");
  const [begun, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  server.on("request", (_, response) => {
    response.on("close", gone.resolve);
    begun.resolve();
  });
  await runner.start(gateway, { PULSE_REQUESTS: place });
  const ending = outcome("exe_1", {});
  await begun.promise;
  await gateway.answerSync({ cancel: [{ execution: "exe_1", fence: 1, graceMs: 10_000 }] });
  expect(await ending).toMatchObject({ status: "cancelled" });
  await gone.promise;
});

test.each(["all", "intranet.example.test", "https://intranet.example.test:443"])(
  "a runner does not start with PULSE_REQUESTS=%s",
  async (text) => {
    await expect(runner.start(gateway, { PULSE_REQUESTS: text })).rejects.toThrow(/PULSE_REQUESTS/);
  },
);
