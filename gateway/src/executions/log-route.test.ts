import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";

let gateway: TestGateway;
let path: string;
beforeEach(async () => {
  gateway = await TestGateway.start();
  await gateway.addFunction("hello");
  const runner = await HttpRunner.join(gateway);
  const answer = gateway.call("/f/hello");
  const job = await runner.take();
  const lines = ["one", "two", "three"].map((d, i) => JSON.stringify({ seq: i + 1, t: 1, s: "stdout", d }));
  const headers = { "content-type": "application/x-ndjson", "pulse-first-seq": "1", "pulse-last-seq": "3" };
  const init = { method: "POST", headers, body: gzipSync(`${lines.join("\n")}\n`) };
  await runner.send(`/executions/${job.execution}/logs`, init, job.fence);
  await runner.complete(job, { logs: { lastSeq: 3, bytes: 11 } });
  await answer;
  path = `/v1/executions/${job.execution}/logs`;
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

test("the end of a log is had by Range, as text and as NDJSON", async () => {
  const tail = await gateway.call(path, { headers: { range: "bytes=-6" } });
  expect([tail.status, await tail.text()]).toEqual([206, "three\n"]);
  expect(tail.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  const json = await gateway.call(path, { headers: { range: "bytes=0-6", accept: "application/x-ndjson" } });
  expect([json.status, await json.text()]).toEqual([206, '{"seq":']);
});

test("a range with a condition is the whole, for nothing here could meet it", async () => {
  const response = await gateway.call(path, { headers: { range: "bytes=0-1", "if-range": '"x"' } });
  expect(response.status).toBe(200);
  expect(await response.text()).toContain("three");
});

test("a range beyond the end is 416 with the length and the request's id", async () => {
  const headers = { range: "bytes=99999-", "x-request-id": "req-4" };
  const response = await gateway.call(path, { headers });
  expect(response.status).toBe(416);
  expect(response.headers.get("content-range")).toMatch(/^bytes \*\/\d+$/);
  expect(await response.json()).toMatchObject({ code: "range_not_satisfiable", requestId: "req-4" });
});

test("server-sent events do not come in parts", async () => {
  const response = await gateway.call(path, { headers: { range: "bytes=0-1", accept: "text/event-stream" } });
  expect(response.status).toBe(200);
  expect(await response.text()).toContain("event: end");
});
