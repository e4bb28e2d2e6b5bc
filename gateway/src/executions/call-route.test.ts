import type { Outcome } from "@pulse/schema/wire/job";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, origin, TestGateway } from "../runners/gateway.suite.ts";

let gateway: TestGateway;
let runner: HttpRunner;
beforeEach(async () => {
  gateway = await TestGateway.start();
  runner = await HttpRunner.join(gateway);
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const error = { code: "function_error", name: "KeyError", message: "'width'", source: "function" as const };
const failed = (reason: Outcome["reason"]): Partial<Outcome> => ({
  status: reason === "timed_out" ? "timed_out" : "failed",
  reason,
  error,
  response: null,
});

test("every part of a request arrives as it was sent", async () => {
  await gateway.addFunction("echo");
  const answer = gateway.call("/f/echo@live/a%2Fb//c?x=%20&x=2", {
    method: "PATCH",
    body: new Uint8Array([0, 255, 10]),
    headers: {
      "content-type": "image/png",
      "x-own": "1",
      "pulse-depth": "2",
      "x-request-id": "req-7",
      cookie: "a=1; pulse_session=s",
      traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
    },
  });
  const job = await runner.take();
  expect(job.spec).toMatchObject({
    function: { name: "echo", version: 1, alias: "live" },
    trigger: { type: "http" },
    depth: 2,
    body: { at: "inline", base64: "AP8K" },
    request: {
      method: "PATCH",
      url: `${origin}/f/echo@live/a%2Fb//c?x=%20&x=2`,
      path: "/a%2Fb//c?x=%20&x=2",
    },
  });
  expect(job.traceparent).toMatch(/^00-a/);
  const headers = Object.fromEntries(job.spec.request.headers);
  expect(headers).toMatchObject({
    "content-type": "image/png",
    "x-own": "1",
    "x-request-id": "req-7",
    cookie: "a=1",
  });
  expect(Object.keys(headers).filter((name) => /^(pulse-|authorization)/.test(name))).toEqual([]);
  await runner.complete(job);
  await answer;
});

test("status, headers, repeated cookies and bytes come back, with the gateway's own headers", async () => {
  await gateway.addFunction("hello");
  const answer = gateway.call("/f/hello");
  const job = await runner.answer("made", {
    status: 201,
    headers: [
      ["content-type", "text/plain"],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["set-cookie", "pulse_session=evil"],
      ["pulse-version", "99"],
    ],
  });
  const response = await answer;
  expect(response.status).toBe(201);
  expect(await response.text()).toBe("made");
  expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  expect(response.headers.get("pulse-execution-id")).toBe(job.execution);
  expect(response.headers.get("pulse-version")).toBe("1");
  expect(response.headers.get("pulse-attempt")).toBe("1");
  expect(response.headers.get("pulse-error-source")).toBeNull();
  expect(response.headers.get("server-timing")).toMatch(
    /^queue;dur=\d.*, start;dur=1, init;dur=0, run;dur=4$/,
  );
  expect(response.headers.get("content-security-policy")).toBeNull();
});

test.each([
  ["text/html", true],
  ["image/svg+xml", true],
  ["application/json", false],
])("an answer of %s is sandboxed: %s", async (type, sandboxed) => {
  await gateway.addFunction("page");
  const answer = gateway.call("/f/page");
  await runner.answer("<script>1</script>", { headers: [["content-type", type]] });
  const policy = (await answer).headers.get("content-security-policy");
  expect(policy).toBe(sandboxed ? "sandbox allow-scripts allow-forms" : null);
});

test.each([
  ["HEAD", 200],
  ["GET", 204],
  ["GET", 304],
])("%s answered %i has no body", async (method, status) => {
  await gateway.addFunction("hello");
  const answer = gateway.call("/f/hello", { method });
  const job = await runner.answer("text", { status, headers: [["content-length", "4"]] });
  const response = await answer;
  expect(job.spec.request.method).toBe(method);
  expect(response.status).toBe(status);
  expect(await response.text()).toBe("");
});

test.each([
  ["function_error", 500, "function"],
  ["init_error", 502, "function"],
  ["crashed", 502, "function"],
  ["bad_response", 502, "function"],
  ["timed_out", 504, "function"],
  ["refused_by_runner", 502, "platform"],
  ["secret_unavailable", 502, "platform"],
] as const)("%s is %i, source %s", async (reason, status, source) => {
  await gateway.addFunction("hello");
  const answer = gateway.call("/f/hello", { method: "POST" });
  await runner.complete(await runner.take(), failed(reason));
  const response = await answer;
  expect(response.status).toBe(status);
  expect(response.headers.get("pulse-error-source")).toBe(source);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(await response.json()).toMatchObject({ code: reason, detail: "KeyError: 'width'" });
});

test.each([
  [101, []],
  [200, [["x", "a\nb"]]],
] as [number, [string, string][]][])(
  "a head that HTTP cannot carry (%i %j) is 502",
  async (status, headers) => {
    await gateway.addFunction("hello");
    const answer = gateway.call("/f/hello", { method: "POST" });
    await runner.answer("x", { status, headers });
    expect((await answer).status).toBe(502);
  },
);

test("strangers on a public endpoint do not read the function's error messages", async () => {
  await gateway.addFunction("open", { endpoint: { auth: "public" } });
  const answer = gateway.send("/f/open");
  await runner.complete(await runner.take(), failed("function_error"));
  expect(await (await answer).json()).toMatchObject({ detail: "the function threw an error" });
});

test("on a public endpoint another credential belongs to the function", async () => {
  await gateway.addFunction("open", { endpoint: { auth: "public" } });
  const answer = gateway.send("/f/open", { headers: { authorization: "Basic dTpw" } });
  const job = await runner.answer("ok");
  expect(Object.fromEntries(job.spec.request.headers).authorization).toBe("Basic dTpw");
  await answer;
});

test.each([
  "/f/nobody",
  "/f/Hello",
  "/f/%zz",
  "/f/a%2fb",
  `/f/${"a".repeat(300)}`,
  "/f/h%C3%A9llo",
  "/f/hello@99",
])("%s is a problem of the caller", async (path) => {
  await gateway.addFunction("hello");
  const response = await gateway.call(path);
  expect([400, 404]).toContain(response.status);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
});

test("a call that nobody takes is 503 with the reason in words and when to try again", async () => {
  await gateway.addFunction("hello", { labels: { gpu: "a100" } });
  const answer = gateway.call("/f/hello");
  await settle();
  await gateway.parts.clock.advance(31_000);
  const response = await answer;
  expect(response.status).toBe(503);
  expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await response.json()).detail).toContain("gpu=a100");
});

test("the endpoint's methods are kept, and a refusal names them", async () => {
  await gateway.addFunction("hello", { endpoint: { methods: ["POST"] } });
  const response = await gateway.call("/f/hello");
  expect(response.status).toBe(405);
  expect(response.headers.get("allow")).toBe("POST");
});

test("CORS: a preflight is answered without a credential, and problems are readable too", async () => {
  await gateway.addFunction("hello", { endpoint: { cors: { origins: ["https://a.test"] } } });
  const preflight = await gateway.send("/f/hello", {
    method: "OPTIONS",
    headers: { origin: "https://a.test", "access-control-request-method": "POST" },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-origin")).toBe("https://a.test");
  const refused = await gateway.send("/f/hello", { headers: { origin: "https://a.test" } });
  expect(refused.status).toBe(401);
  expect(refused.headers.get("access-control-allow-origin")).toBe("https://a.test");
});

test("the rate limit counts per credential and says when to come back", async () => {
  await gateway.addFunction("hello", { endpoint: { rateLimit: 1 } });
  const first = gateway.call("/f/hello");
  await runner.answer("ok");
  expect((await first).headers.get("ratelimit-policy")).toBe('"calls";q=1;w=60');
  const second = await gateway.call("/f/hello");
  expect(second.status).toBe(429);
  expect(second.headers.get("retry-after")).toBe("60");
  expect(second.headers.get("ratelimit")).toBe('"calls";r=0;t=60');
});

test("a function that runs as often as it may is 429, with what it may and when to come back", async () => {
  await gateway.addFunction("hello", { maxConcurrency: 1, onLimit: "reject" });
  const first = gateway.call("/f/hello");
  const job = await runner.take();
  const second = await gateway.call("/f/hello");
  expect(second.status).toBe(429);
  expect(await second.json()).toMatchObject({ code: "over_capacity" });
  expect(second.headers.get("retry-after")).toBe("1");
  expect(second.headers.get("ratelimit-policy")).toBe('"concurrency";q=1;qu="concurrent-requests"');
  expect(second.headers.get("ratelimit")).toBe('"concurrency";r=0');
  await runner.complete(job);
  expect((await first).status).toBe(200);
});

test("headers that are too large are 431, without a row", async () => {
  await gateway.addFunction("hello");
  const response = await gateway.call("/f/hello", { headers: { cookie: "a".repeat(33 * 1024) } });
  expect(response.status).toBe(431);
  expect(await response.json()).toMatchObject({ code: "headers_too_large" });
  expect((await (await gateway.call("/v1/executions")).json()).items).toEqual([]);
});

test("respond-async is 202 with where to look", async () => {
  await gateway.addFunction("hello");
  const response = await gateway.call("/f/hello", { method: "POST", headers: { prefer: "respond-async" } });
  expect(response.status).toBe(202);
  const body = await response.json();
  expect(body).toEqual({
    id: expect.stringMatching(/^exe_/),
    status: "queued",
    url: response.headers.get("location"),
  });
  expect(body.url).toBe(`${origin}/v1/executions/${body.id}`);
  expect(response.headers.get("preference-applied")).toBe("respond-async");
  await runner.answer("later");
  const result = await gateway.call(`/v1/executions/${body.id}/result`);
  expect(await result.text()).toBe("later");
});

test("an asynchronous endpoint is 202 without a header, and wait=N gets the answer when it comes in time", async () => {
  await gateway.addFunction("hook", { endpoint: { mode: "async" } });
  expect((await gateway.call("/f/hook", { method: "POST" })).status).toBe(202);
  await runner.answer("first");
  const waited = gateway.call("/f/hook", { method: "POST", headers: { prefer: "wait=5" } });
  await runner.answer("second");
  const response = await waited;
  expect(response.status).toBe(200);
  expect(await response.text()).toBe("second");
  expect(response.headers.get("preference-applied")).toBe("wait=5");
});

test("a repeated idempotency key gets the same answer, marked as replayed", async () => {
  await gateway.addFunction("pay");
  const send = (body: string) =>
    gateway.call("/f/pay", { method: "POST", body, headers: { "idempotency-key": "order-1" } });
  const first = send("1");
  await runner.answer("paid", { status: 201 });
  const id = (await first).headers.get("pulse-execution-id");
  const again = await send("1");
  expect(again.status).toBe(201);
  expect(await again.text()).toBe("paid");
  expect(again.headers.get("idempotent-replayed")).toBe("true");
  expect(again.headers.get("pulse-execution-id")).toBe(id);
  expect((await send("2")).status).toBe(422);
});

test("a large streamed answer is not kept for a repeat", async () => {
  await gateway.addFunction("big");
  const send = () => gateway.call("/f/big", { method: "POST", headers: { "idempotency-key": "k" } });
  const first = send();
  const job = await runner.take();
  const size = 2 * 2 ** 20;
  const streaming = runner.stream(job, new Blob([new Uint8Array(size)]).stream());
  expect((await (await first).arrayBuffer()).byteLength).toBe(size);
  expect(await (await streaming).json()).toEqual({ bytes: size });
  const body = { streamed: true as const, bytes: size, sha256: "0".repeat(64) };
  await runner.complete(job, { response: { status: 200, headers: [], body } });
  const again = await send();
  expect(again.status).toBe(409);
  expect(await again.json()).toMatchObject({ code: "response_not_kept" });
});

test("the first event of a stream reaches the caller before the function ends", async () => {
  await gateway.addFunction("tokens");
  const answer = gateway.call("/f/tokens");
  const job = await runner.take();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const streaming = runner.stream(job, readable, [["content-type", "text/event-stream"]]);
  void writer.write(new TextEncoder().encode("data: 1\n\n"));
  const response = await answer;
  expect(response.headers.get("cache-control")).toBe("no-transform");
  const reader = response.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("data: 1\n\n");
  await writer.close();
  expect((await reader?.read())?.done).toBe(true);
  expect((await streaming).status).toBe(200);
});

test("a caller who leaves a stream stops the function", async () => {
  await gateway.addFunction("tokens");
  const leaving = new AbortController();
  const answer = gateway.call("/f/tokens", { signal: leaving.signal });
  const job = await runner.take();
  const streaming = runner.stream(job, new ReadableStream());
  await answer;
  const sync = runner.sync({ running: [{ execution: job.execution, fence: job.fence }] });
  await settle();
  leaving.abort();
  expect((await sync).cancel).toMatchObject([{ execution: job.execution, reason: "disconnected" }]);
  void streaming;
});

test("bodies over the endpoint's limit, and asynchronous ones over 1 MiB, are too large", async () => {
  await gateway.addFunction("small", { endpoint: { maxBody: "1KB" } });
  await gateway.addFunction("hello");
  const body = "x".repeat(2 ** 20 + 1);
  const small = await gateway.call("/f/small", { method: "POST", body });
  expect(small.status).toBe(413);
  const later = await gateway.call("/f/hello", {
    method: "POST",
    body,
    headers: { prefer: "respond-async" },
  });
  expect(later.status).toBe(413);
  const { rows } = await gateway.parts.ports.database.client.execute("SELECT count(*) AS n FROM executions");
  expect(rows).toMatchObject([{ n: 0 }]);
});

test("a body without an end in sight is piped while the function runs", async () => {
  await gateway.addFunction("upload");
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const answer = gateway.call("/f/upload", { method: "POST", body: readable, duplex: "half" });
  void writer.write(new TextEncoder().encode("one "));
  await settle();
  await gateway.parts.clock.advance(1000);
  const job = await runner.take();
  expect(job.spec.body).toEqual({ at: "piped" });
  const piped = runner.send(`/executions/${job.execution}/request`, {}, job.fence);
  void writer.write(new TextEncoder().encode("two"));
  void writer.close();
  expect(await (await piped).text()).toBe("one two");
  await runner.complete(job);
  expect((await answer).status).toBe(200);
});

test("a chain that is too deep is 508 and a bad header 400, without a row", async () => {
  await gateway.addFunction("hello");
  expect((await gateway.call("/f/hello", { headers: { "pulse-depth": "9" } })).status).toBe(508);
  const deepest = { "pulse-depth": "8", prefer: "respond-async", "pulse-timeout": "later" };
  expect((await gateway.call("/f/hello", { headers: deepest })).status).toBe(400);
  expect((await gateway.call("/f/hello", { headers: { "pulse-timeout": "later" } })).status).toBe(400);
  const { items } = await (await gateway.call("/v1/executions")).json();
  expect(items).toEqual([]);
});

test("executions are listed, cancelled and replayed by their API", async () => {
  await gateway.addFunction("hello");
  for (let i = 0; i < 3; i++) {
    await gateway.call("/f/hello", { method: "POST", body: "in", headers: { prefer: "respond-async" } });
  }
  const page = await gateway.call("/v1/executions?limit=2&status=queued,offered");
  expect(page.headers.get("link")).toContain('rel="next"');
  const { items } = await page.json();
  expect(items).toHaveLength(2);
  const [{ id }] = items;
  const cancelled = await gateway.call(`/v1/executions/${id}/cancel`, { method: "POST" });
  expect(await cancelled.json()).toMatchObject({ id, status: "cancelled" });
  const again = await gateway.call(`/v1/executions/${id}/cancel`, { method: "POST" });
  expect(again.status).toBe(409);
  const replay = await gateway.call(`/v1/executions/${id}/replay`, { method: "POST" });
  expect(replay.status).toBe(202);
  const view = await (await gateway.call(`/v1/executions/${(await replay.json()).id}`)).json();
  expect(view).toMatchObject({ trigger: { type: "replay", of: id }, status: "queued" });
  expect((await gateway.call("/v1/executions?nonsense=1")).status).toBe(422);
});
