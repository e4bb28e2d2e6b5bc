import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { deliverBacklog } from "../executions/callbacks/deliver.ts";
import { postThrough } from "../executions/callbacks/post.ts";
import { tellDue } from "../notifications/keep-telling.ts";
import { Receiver } from "../notifications/receiver.suite.ts";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";
import { signedSample } from "../webhooks/sample.ts";
import { Collector, type TakenSpan } from "./collector.suite.ts";
import { SpanExporter } from "./exporter.ts";

let collector: Collector;
beforeAll(async () => {
  collector = await Collector.start();
});
afterAll(() => collector.stop());

let gateway: TestGateway;
let receiver: Receiver;
let exporter: SpanExporter;
beforeEach(async () => {
  gateway = await TestGateway.start();
  const { ports } = gateway.parts;
  const settings = { url: `${collector.url}/v1/traces`, headers: [], ratio: 1 };
  exporter = new SpanExporter(settings, ports, { version: "0.0.0", instance: "one" });
  ports.tracing = exporter;
  receiver = await Receiver.start();
  ports.outbound.policy.allowed = [receiver.host];
  gateway.parts.deps.config.callbackHosts = [receiver.host];
  await gateway.addFunction("hello");
});
afterEach(async () => {
  receiver.stop();
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const secret = "pulse-test-secret";
const send = async (method: string, path: string, body?: unknown) => {
  const headers = { "content-type": "application/json" };
  const response = await gateway.call(path, {
    method,
    ...(body === undefined ? {} : { headers, body: JSON.stringify(body) }),
  });
  return { status: response.status, body: JSON.parse((await response.text()) || "null") };
};

/** The one span of a name that the collector has, once the exporter has sent what it had. */
async function told(name: string): Promise<TakenSpan> {
  const found = await allTold(name);
  expect([name, found.length]).toEqual([name, 1]);
  return found[0] as TakenSpan;
}
async function allTold(name: string): Promise<TakenSpan[]> {
  await exporter.end(AbortSignal.timeout(10_000));
  const { spans, faults } = await collector.heard();
  expect(faults).toEqual([]);
  expect(JSON.stringify(spans)).not.toMatch(/pulse-test-secret|sealed-part|whsec_|4111/);
  return spans.filter((one) => one.name === name);
}

async function deliver(hook: { id: string }, headers: Record<string, string> = {}) {
  const { headers: list, body } = await signedSample({
    ...{ provider: "github" as const, hmac: null, secret, id: "d-1", event: "push" },
    ...{ payload: { card: "4111-secret" }, now: gateway.parts.clock.now() },
  });
  const all = { ...Object.fromEntries(list), ...headers };
  const response = await gateway.send(`/hooks/${hook.id}?token=sealed-part`, {
    method: "POST",
    body,
    headers: all,
  });
  expect(response.status).toBe(202);
  return await response.json();
}

test("a delivery is a span of its request's trace, and what it starts is in it", async () => {
  const runner = await HttpRunner.join(gateway);
  const made = await send("POST", "/v1/webhooks", {
    ...{ name: "traced-push", provider: "github", secret, target: { function: "hello" } },
  });
  const traceId = "d".repeat(32);
  const { delivery, executionId } = await deliver(made.body, {
    traceparent: `00-${traceId}-b7ad6b7169203331-01`,
  });
  const job = await runner.take();
  await runner.complete(job);
  const span = await told("process traced-push");
  const request = await told("POST /hooks/:id");
  expect(request).toMatchObject({ traceId, parentSpanId: "b7ad6b7169203331" });
  expect(span).toMatchObject({
    ...{ traceId, parentSpanId: request.spanId, kind: 5 },
    attributes: {
      ...{ "messaging.operation.type": "process", "messaging.destination.name": "traced-push" },
      ...{ "messaging.message.id": delivery, "faas.invocation_id": executionId, "pulse.status": "started" },
    },
  });
  expect((await allTold("hello")).find((one) => one.traceId === traceId)).toMatchObject({
    parentSpanId: span.spanId,
    attributes: { "faas.trigger": "http", "faas.invocation_id": executionId },
  });
});

test("a delivery that cannot start what it is for says so in its span, by a code", async () => {
  const made = await send("POST", "/v1/webhooks", {
    ...{ name: "astray", provider: "github", secret, target: { function: "hello" } },
  });
  expect((await gateway.call("/v1/functions/hello", { method: "DELETE" })).status).toBe(204);
  await deliver(made.body);
  expect(await told("process astray")).toMatchObject({
    status: { code: 2, message: "not_found" },
    attributes: { "pulse.status": "failed", "error.type": "not_found" },
  });
});

test("a tick is the first span of a trace, and the run that it starts is in it", async () => {
  const steps = [{ id: "note", name: "Note the night", type: "set", set: { done: "1 + 1" } }];
  expect((await send("PUT", "/v1/workflows/nightly", { steps })).status).toBeLessThan(300);
  const made = await send("POST", "/v1/schedules", {
    ...{ name: "each-minute", cron: "* * * * *", timezone: "UTC", target: { workflow: "nightly" } },
  });
  expect([made.status, made.body]).toEqual([201, expect.anything()]);
  for (let seconds = 0; seconds < 61; seconds += 20) {
    await gateway.parts.clock.advance(20_000);
    await gateway.parts.core.tick();
    await settle();
  }
  await gateway.parts.clock.advance(5000);
  const span = (await allTold("tick each-minute"))[0];
  expect(span).toMatchObject({
    kind: 4,
    attributes: { "faas.trigger": "timer", "faas.cron": "* * * * *", "pulse.status": "started" },
  });
  expect(span?.parentSpanId).toBeUndefined();
  expect(Date.parse(String(span?.attributes["faas.time"])) % 60_000).toBe(0);
  expect((await allTold("nightly")).filter((one) => one.traceId === span?.traceId)).toMatchObject([
    {
      parentSpanId: span?.spanId,
      attributes: { "pulse.execution_id": span?.attributes["faas.invocation_id"] },
    },
  ]);
});

test("a callback is a span of its execution's trace, and its request says so", async () => {
  const runner = await HttpRunner.join(gateway);
  const traceId = "e".repeat(32);
  const headers = {
    ...{ "pulse-callback": `${receiver.origin}/done/sealed-part?token=sealed-part`, prefer: "respond-async" },
    traceparent: `00-${traceId}-b7ad6b7169203331-01`,
  };
  expect((await gateway.call("/f/hello", { method: "POST", body: "x", headers })).status).toBe(202);
  const job = await runner.take();
  await runner.complete(job);
  const { ports } = gateway.parts;
  receiver.answer = (response) => void response.writeHead(503).end();
  await deliverBacklog(ports, postThrough(ports.outbound), "http://localhost:8787");
  const span = await told("POST callback");
  expect(receiver.got[0]?.headers.traceparent).toBe(`00-${traceId}-${span.spanId}-01`);
  expect(span).toMatchObject({
    ...{
      traceId,
      parentSpanId: (await told("POST /f/:name")).spanId,
      kind: 3,
      status: { code: 2, message: "503" },
    },
    attributes: {
      ...{ "http.request.method": "POST", "http.response.status_code": 503, "server.address": "127.0.0.1" },
      ...{ "faas.invocation_id": job.execution, "error.type": "503" },
    },
  });
});

test("a message of a step is a span of that step, another one the first of a trace, and their requests say so", async () => {
  const settings = { type: "slack", url: `${receiver.origin}/services/sealed-part` };
  expect((await send("POST", "/v1/channels", { name: "traced-ops", settings })).status).toBe(201);
  const steps = [
    { id: "tell", name: "Tell them", type: "notify", channel: "traced-ops", message: "4111-secret" },
  ];
  const notify = [{ channel: "slack:traced-ops", on: ["started"], message: "it begins" }];
  const put = await send("PUT", "/v1/workflows/telling", { notify, steps });
  expect([put.status < 300, put.body]).toEqual([true, expect.anything()]);
  expect((await send("POST", "/v1/workflows/telling/executions", { inputs: {} })).status).toBeLessThan(300);
  await gateway.parts.clock.advance(5000);
  await expect.poll(() => receiver.got.length).toBe(1);
  await settle();
  const { ports, core } = gateway.parts;
  await tellDue({ ports, hub: core.hub, publicUrl: "http://localhost:8787" }, { runnersAt: 0 });
  const spans = await allTold("send traced-ops");
  expect(spans.map((one) => `00-${one.traceId}-${one.spanId}-01`)).toEqual(
    receiver.got.map(({ headers }) => headers.traceparent),
  );
  const step = await told("Tell them");
  expect(spans).toMatchObject([
    {
      ...{ traceId: step.traceId, parentSpanId: step.spanId, kind: 3 },
      attributes: {
        ...{ "messaging.system": "slack", "messaging.operation.type": "send", "server.address": "127.0.0.1" },
        ...{ "messaging.destination.name": "traced-ops", "http.response.status_code": 200 },
      },
    },
    { kind: 3, attributes: { "messaging.destination.name": "traced-ops" } },
  ]);
  expect(spans[1]?.parentSpanId).toBeUndefined();
});
