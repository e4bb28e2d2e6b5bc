import { ProblemError } from "@pulse/schema/problem";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TestGateway } from "../runners/gateway.suite.ts";
import { asProblem, problemResponse } from "./problems.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
});
afterEach(() => gateway.close());

const quiet = { info: () => {}, warn: () => {}, error: () => {} };

test("a problem is an RFC 9457 document with its request id", async () => {
  const problem = new ProblemError("rate_limited", "slow down", { retryAfter: 1.2, hint: "wait" });
  const response = problemResponse(problem, "req-1");
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(response.headers.get("retry-after")).toBe("2");
  expect(await response.json()).toEqual({
    type: "urn:pulse:problem:rate_limited",
    title: "Too many requests",
    status: 429,
    detail: "slow down",
    code: "rate_limited",
    requestId: "req-1",
    hint: "wait",
  });
});

test("a bug is logged with its cause and shown without its text", () => {
  const logged: unknown[] = [];
  const bug = new TypeError("the secret is 42");
  const problem = asProblem(bug, { ...quiet, error: (_text, cause) => logged.push(cause) }, "req-1");
  expect(problem.code).toBe("internal");
  expect(JSON.stringify(problem.toDocument())).not.toContain("42");
  expect(logged).toEqual([bug]);
});

test("a database that is gone is 503 with Retry-After, for the control API and for calls", async () => {
  await gateway.addFunction("hello");
  gateway.parts.ports.database.client.close();
  for (const path of ["/v1/executions", "/f/hello", "/readyz"]) {
    const response = await gateway.call(path);
    expect([path, response.status, (await response.json()).code]).toEqual([path, 503, "unavailable"]);
    expect(response.headers.get("retry-after")).toBe("5");
    if (path.startsWith("/f/")) expect(response.headers.get("pulse-error-source")).toBe("platform");
  }
  expect((await gateway.send("/livez")).status).toBe(200);
  expect(await (await gateway.send("/health")).json()).toMatchObject({
    status: "degraded",
    database: "error",
  });
});

test("a database that takes no writes is 503 read_only, and reads go on", async () => {
  await gateway.parts.ports.database.client.execute("PRAGMA query_only = ON");
  const json = { "content-type": "application/json" };
  const made = await gateway.call("/v1/keys", {
    method: "POST",
    headers: json,
    body: '{"name":"ci","scopes":["read"]}',
  });
  expect([made.status, (await made.json()).code]).toEqual([503, "read_only"]);
  expect((await gateway.call("/v1/keys")).status).toBe(200);
});
