import { readTraceparent } from "@pulse/schema/trace-context";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";
import { Collector, type TakenSpan } from "./collector.suite.ts";
import { SpanExporter } from "./exporter.ts";

let collector: Collector;
beforeAll(async () => {
  collector = await Collector.start();
});
afterAll(() => collector.stop());

let gateway: TestGateway;
let exporter: SpanExporter;
beforeEach(async () => {
  gateway = await TestGateway.start();
  const { ports } = gateway.parts;
  const settings = { url: `${collector.url}/v1/traces`, headers: [], ratio: 1 };
  exporter = new SpanExporter(settings, ports, { version: "0.0.0", instance: "one" });
  ports.tracing = exporter;
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const parent = "b7ad6b7169203331";
let traces = 0;
const newTrace = () => (++traces).toString(16).padStart(32, "c");

/** What the collector has of a trace, once the exporter has sent what it had. */
async function spansOf(traceId: string): Promise<TakenSpan[]> {
  await exporter.end(AbortSignal.timeout(10_000));
  const { spans, faults } = await collector.heard();
  expect(faults).toEqual([]);
  return spans.filter((one) => one.traceId === traceId);
}
const named = (spans: TakenSpan[], name: string) => {
  const found = spans.filter((one) => one.name === name);
  expect([name, found.length]).toEqual([name, 1]);
  return found[0] as TakenSpan;
};
const msOf = (span: TakenSpan) =>
  Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1_000_000;
const call = (traceId: string, headers: Record<string, string> = {}, flags = "01") =>
  gateway.call("/f/hello", {
    method: "POST",
    headers: { traceparent: `00-${traceId}-${parent}-${flags}`, tracestate: "vendor=1", ...headers },
    body: '{"card":"4111-secret"}',
  });

test("a call is one trace: the request, the wait, the hand-out, the start, the load and the run, whose id the function gets", async () => {
  await gateway.addFunction("hello");
  const runner = await HttpRunner.join(gateway);
  const traceId = newTrace();
  const answer = call(traceId);
  const job = await runner.take();
  await gateway.parts.clock.advance(2000);
  await runner.complete(job, { timing: { startMs: 300, initMs: 200, runMs: 1000, start: "cold" } });
  const { headers } = await answer;
  const spans = await spansOf(traceId);
  const server = named(spans, "POST /f/:name");
  const attempt = named(spans, "hello");
  const run = named(spans, "run");
  expect(headers.get("traceparent")).toBe(`00-${traceId}-${server.spanId}-01`);
  expect(server).toMatchObject({
    parentSpanId: parent,
    kind: 2,
    attributes: { "http.response.status_code": 200 },
  });
  expect(attempt).toMatchObject({
    ...{ parentSpanId: server.spanId, kind: 2 },
    attributes: {
      ...{
        "faas.invocation_id": job.execution,
        "faas.name": "hello",
        "faas.version": "1",
        "faas.trigger": "http",
      },
      ...{ "faas.coldstart": true, "pulse.start": "cold", "pulse.status": "succeeded", "pulse.attempt": 1 },
    },
  });
  const inside = ["queue", "hand-out", "start", "init", "run"].map((name) => named(spans, name));
  for (const one of inside) expect(one.parentSpanId).toBe(attempt.spanId);
  expect(inside.map(msOf)).toEqual([0, expect.any(Number), 300, 200, 1000]);
  expect(job.traceparent).toBe(`00-${traceId}-${run.spanId}-01`);
  const told = Object.fromEntries(job.spec.request.headers);
  expect([told.traceparent, told.tracestate]).toEqual([job.traceparent, "vendor=1"]);
  expect(JSON.stringify(spans)).not.toMatch(/4111|pk_|default|rnr_|fn_/);
});

test("asynchronous work is its request's child, and a later try is linked to the one before", async () => {
  await gateway.addFunction("hello", {}, { retry: { attempts: 2, backoff: "1s" } });
  const runner = await HttpRunner.join(gateway);
  const traceId = newTrace();
  expect((await call(traceId, { prefer: "respond-async" })).status).toBe(202);
  const first = await runner.take();
  await runner.complete(first, { status: "failed", reason: "function_error", response: null, error: null });
  const second = runner.take();
  await gateway.parts.clock.advance(1500);
  await runner.complete(await second);
  const attempts = (await spansOf(traceId)).filter((one) => one.name === "hello");
  expect(attempts.map((one) => [one.kind, one.attributes["pulse.attempt"], one.status.message])).toEqual([
    [5, 1, "function_error"],
    [5, 2, undefined],
  ]);
  expect(attempts[1]?.links).toEqual([{ traceId, spanId: attempts[0]?.spanId }]);
  expect(new Set(attempts.map((one) => one.parentSpanId)).size).toBe(1);
});

test("a caller that is not sampled is told of to nobody, and the function gets its words as they are", async () => {
  await gateway.addFunction("hello");
  const runner = await HttpRunner.join(gateway);
  const traceId = newTrace();
  const answer = call(traceId, {}, "00");
  const job = await runner.take();
  await runner.complete(job);
  await answer;
  expect(readTraceparent(job.traceparent)).toMatchObject({ traceId, isSampled: false });
  expect(await spansOf(traceId)).toEqual([]);
});

test("without a collector a caller's trace goes through as it came", async () => {
  delete gateway.parts.ports.tracing;
  await gateway.addFunction("hello");
  const runner = await HttpRunner.join(gateway);
  const traceId = newTrace();
  const answer = call(traceId);
  const job = await runner.take();
  await runner.complete(job);
  expect(job.traceparent).toBe(`00-${traceId}-${parent}-01`);
  expect((await answer).headers.get("traceparent")).toBeNull();
});

test("a run of a workflow is a span, with one for each of its steps, and what they run is in them", async () => {
  await gateway.addFunction("hello");
  const runner = await HttpRunner.join(gateway);
  const json = { "content-type": "application/json" };
  const steps = [
    { id: "greet", name: "Greet", type: "function", function: "hello" },
    { id: "note", name: "Note", type: "set", set: { done: "1 + 1" }, needs: ["greet"] },
  ];
  const definition = { steps };
  const put = await gateway.call("/v1/workflows/tried", {
    method: "PUT",
    headers: json,
    body: JSON.stringify(definition),
  });
  expect(await put.json()).not.toHaveProperty("errors");
  const traceId = newTrace();
  const started = await gateway.call("/v1/workflows/tried/executions", {
    method: "POST",
    headers: { ...json, traceparent: `00-${traceId}-${parent}-01` },
    body: '{"inputs":{}}',
  });
  const { id } = await started.json();
  const taken = runner.take();
  await gateway.parts.clock.advance(10);
  await runner.complete(await taken);
  await gateway.parts.clock.advance(5000);
  const spans = await spansOf(traceId);
  const server = named(spans, "POST /v1/workflows/:name/executions");
  const run = spans.find((one) => one.attributes["pulse.kind"] === "workflow");
  expect(run).toMatchObject({
    parentSpanId: server.spanId,
    attributes: { "pulse.execution_id": id, "pulse.status": "succeeded" },
  });
  const greet = named(spans, "Greet");
  expect([greet.parentSpanId, named(spans, "Note").parentSpanId]).toEqual([run?.spanId, run?.spanId]);
  expect(named(spans, "hello")).toMatchObject({ parentSpanId: greet.spanId, kind: 5 });
});
