import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { builds } from "@pulse/schema/tables";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "./gateway.suite.ts";
import { succeeded } from "./joined.suite.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const codeOf = async (response: Response) => ({
  status: response.status,
  code: (await response.json()).code,
});

async function taken() {
  await gateway.addFunction("hello");
  const runner = await HttpRunner.join(gateway);
  const answer = gateway.call("/f/hello", { method: "POST", body: "hi" });
  const job = await runner.take();
  return { runner, answer, job };
}

test("a runner enrols, signs in, takes a job and answers it", async () => {
  const { runner, answer, job } = await taken();
  expect(job).toMatchObject({ fence: 1, attempt: 1, spec: { body: { at: "inline" } } });
  expect(await runner.complete(job)).toMatchObject({ results: [{ result: "ok" }], jobs: [] });
  expect(await (await answer).json()).toEqual({ ok: true });
});

test("a runner that speaks another protocol is told so, whatever it asks", async () => {
  for (const spoken of [undefined, "2", "x"]) {
    const headers: Record<string, string> = spoken === undefined ? {} : { "pulse-protocol": spoken };
    const answer = await gateway.send("/runner/v1/sync", { method: "POST", headers });
    expect(await codeOf(answer)).toEqual({ status: 426, code: "protocol_unsupported" });
  }
});

test("no other credential opens the runner protocol, and a runner's opens nothing else", async () => {
  const runner = await HttpRunner.join(gateway);
  const headers = { ...runner.headers(), authorization: `Bearer ${gateway.key}` };
  expect((await runner.send("/renew", { method: "POST", headers, body: "{}" })).status).toBe(403);
  const nobody = await gateway.send("/runner/v1/renew", {
    method: "POST",
    headers: { "pulse-protocol": "1" },
    body: "{}",
  });
  expect(nobody.status).toBe(401);
  const control = await gateway.send("/v1/executions", { headers: runner.headers() });
  expect([401, 403]).toContain(control.status);
});

test("an unknown field is ignored on the runner protocol", async () => {
  const runner = await HttpRunner.join(gateway);
  expect(await (await runner.post("/renew", { running: [], more: 1 })).json()).toEqual({ leases: [] });
});

test("a session that was superseded is told so", async () => {
  const runner = await HttpRunner.join(gateway);
  const headers = { ...runner.headers(), "pulse-epoch": "0" };
  const answer = await runner.send("/renew", { method: "POST", headers, body: '{"running":[]}' });
  expect(await codeOf(answer)).toEqual({ status: 409, code: "session_superseded" });
});

test("a stored request body can be read again, a piped one once", async () => {
  await gateway.addFunction("hello");
  const runner = await HttpRunner.join(gateway);
  const text = "x".repeat(100_000);
  const read = (job: { execution: string; fence: number }) =>
    runner.send(`/executions/${job.execution}/request`, {}, job.fence);
  const stored = gateway.call("/f/hello", { method: "POST", body: text });
  const first = await runner.take();
  for (let i = 0; i < 2; i++) expect(await (await read(first)).text()).toBe(text);
  await runner.complete(first);
  await stored;
  const large = new Blob(["y".repeat(7 * 2 ** 20)]);
  const piped = gateway.call("/f/hello", { method: "POST", body: large.stream(), duplex: "half" });
  const second = await runner.take();
  expect(second.spec.body).toEqual({ at: "piped" });
  expect((await (await read(second)).arrayBuffer()).byteLength).toBe(large.size);
  expect(await codeOf(await read(second))).toEqual({ status: 409, code: "request_consumed" });
  await runner.complete(second);
  expect((await piped).status).toBe(200);
});

test("log chunks are numbered by their headers", async () => {
  const { runner, job } = await taken();
  const gzip = gzipSync('{"seq":1,"t":1,"s":"stdout","d":"hi"}\n');
  const headers = { "content-type": "application/x-ndjson", "pulse-first-seq": "1", "pulse-last-seq": "1" };
  const send = (change = {}) =>
    runner.send(
      `/executions/${job.execution}/logs`,
      { method: "POST", headers: { ...headers, ...change }, body: gzip },
      job.fence,
    );
  const answer = await send();
  expect(answer.status).toBe(202);
  expect(await answer.json()).toMatchObject({ ackSeq: 1 });
  expect(await codeOf(await send({ "pulse-first-seq": "3", "pulse-last-seq": "3" }))).toMatchObject({
    status: 400,
  });
  expect(await codeOf(await send({ "pulse-first-seq": "0" }))).toMatchObject({ status: 400 });
  await runner.complete(job, { logs: { lastSeq: 1, bytes: 1 } });
});

test("a batch of 64 inline responses of 256 KiB fits into one completion, and other bodies stay small", async () => {
  const runner = await HttpRunner.join(gateway);
  const body = { base64: Buffer.alloc(256 * 1024, 7).toString("base64") };
  const outcome = succeeded({ response: { status: 200, headers: [], body } });
  const outcomes = Array.from({ length: 64 }, (_, i) => ({ execution: `exe_${i}`, fence: 1, outcome }));
  const answer = await runner.post("/complete", { outcomes, want: 0 });
  expect(answer.status).toBe(200);
  expect((await answer.json()).results).toHaveLength(64);
  const large = "x".repeat(11 * 2 ** 20);
  expect(await codeOf(await runner.post("/renew", { running: [], large }))).toEqual({
    status: 413,
    code: "payload_too_large",
  });
  const twice = { outcomes: [...outcomes, ...outcomes], want: 0 };
  expect((await runner.post("/complete", twice)).status).toBe(413);
});

test("a call without its fence is malformed", async () => {
  const { runner, job } = await taken();
  const answer = await runner.send(`/executions/${job.execution}/request`);
  expect(await codeOf(answer)).toEqual({ status: 400, code: "bad_request" });
  await runner.complete(job);
});

test("the start gate answers again to the same instance, and work can be given back", async () => {
  const { runner, answer, job } = await taken();
  const start = () =>
    runner.post(`/executions/${job.execution}/start`, { instanceId: "instance" }, job.fence);
  expect(await (await start()).json()).toEqual({ timeoutMs: 60_000 });
  expect((await start()).status).toBe(200);
  const released = await runner.post(
    `/executions/${job.execution}/release`,
    { reason: "drained", started: false },
    job.fence,
  );
  expect(released.status).toBe(204);
  const again = await runner.take();
  expect(again).toMatchObject({ execution: job.execution, fence: 2 });
  await runner.complete(again);
  expect((await answer).status).toBe(200);
});

test("built dependencies are stored under their digest and read by the project's runners only", async () => {
  const runner = await HttpRunner.join(gateway);
  const content = gzipSync("dependencies");
  const sha256 = createHash("sha256").update(content).digest("hex");
  expect((await runner.send(`/bundles/${sha256}`)).status).toBe(404);
  const wrong = await runner.send(`/bundles/${"0".repeat(64)}`, { method: "PUT", body: content });
  expect(await codeOf(wrong)).toEqual({ status: 422, code: "invalid_bundle" });
  expect((await runner.send(`/bundles/${sha256}`, { method: "PUT", body: content })).status).toBe(201);
  const read = await runner.send(`/bundles/${sha256}`);
  expect(Buffer.from(await read.arrayBuffer())).toEqual(content);
  const known = await runner.send(`/bundles/${sha256}`, { headers: { "if-none-match": `"${sha256}"` } });
  expect(known.status).toBe(304);
  expect((await runner.send("/bundles/..%2f..%2fetc")).status).toBe(400);
  expect((await runner.send("/bundles/etc")).status).toBe(422);
});

test("what a build made under a key is found by the runners of its project only", async () => {
  const runner = await HttpRunner.join(gateway);
  const [key, contentSha256] = ["a".repeat(64), "b".repeat(64)];
  const build = { buildKey: key, contentSha256, execution: "exe_build", createdAt: 1 };
  const { orm } = gateway.parts.deps.ports.database;
  await orm.insert(builds).values({ ...build, project: "other" });
  expect(await codeOf(await runner.send(`/builds/${key}`))).toEqual({ status: 404, code: "not_found" });
  await orm.insert(builds).values({ ...build, project: "default" });
  expect(await (await runner.send(`/builds/${key}`)).json()).toEqual({ contentSha256 });
  expect((await runner.send("/builds/short")).status).toBe(422);
});

test("content that is stored but belongs to another project is not found", async () => {
  const runner = await HttpRunner.join(gateway);
  const content = gzipSync("theirs");
  const sha256 = createHash("sha256").update(content).digest("hex");
  await gateway.parts.ports.blobs.put(sha256, content);
  expect(await codeOf(await runner.send(`/bundles/${sha256}`))).toEqual({ status: 404, code: "not_found" });
});

test("a job calls another function as its child, one level deeper", async () => {
  const { runner, answer, job } = await taken();
  await gateway.addFunction("child");
  const invoked = runner.post(
    `/executions/${job.execution}/invoke`,
    { name: "child", input: { n: 1 } },
    job.fence,
  );
  const child = await runner.take();
  expect(child).toMatchObject({
    spec: { depth: 1, trigger: { type: "invoke" }, function: { name: "child" } },
  });
  await runner.complete(child, {
    response: {
      status: 201,
      headers: [["content-type", "application/json"]],
      body: { base64: btoa('{"m":2}') },
    },
  });
  expect(await (await invoked).json()).toEqual({ execution: child.execution, status: 201, value: { m: 2 } });
  const view = await (await gateway.call(`/v1/executions/${child.execution}`)).json();
  expect(view.parentId).toBe(job.execution);
  await runner.complete(job);
  await answer;
});

test("a child that fails is the problem of the status table, an unknown one is not found", async () => {
  const { runner, answer, job } = await taken();
  await gateway.addFunction("child");
  const invoke = (name: string) =>
    runner.post(`/executions/${job.execution}/invoke`, { name, input: null }, job.fence);
  expect(await codeOf(await invoke("nobody"))).toEqual({ status: 404, code: "not_found" });
  const failing = invoke("child");
  const child = await runner.take();
  const error = { code: "function_error", message: "no", source: "function" as const };
  await runner.complete(child, { status: "failed", reason: "function_error", error, response: null });
  expect(await codeOf(await failing)).toEqual({ status: 500, code: "function_error" });
  await runner.complete(job);
  await answer;
});

test("keys rotate over the protocol, and leaving ends the session", async () => {
  const runner = await HttpRunner.join(gateway);
  const { signingKey, sealingKey } = await (await import("./identity.suite.ts")).RunnerIdentity.make();
  const proof = await runner.identity.prove({ signingKey, sealingKey });
  expect((await runner.post("/keys", { signingKey, sealingKey, proof })).status).toBe(204);
  expect((await runner.send("/session", { method: "DELETE" })).status).toBe(204);
  const { items } = await (await gateway.call("/v1/runners")).json();
  expect(items).toMatchObject([{ name: "one", running: 0 }]);
});

test("the control API shows, drains, renames and deletes runners", async () => {
  await HttpRunner.join(gateway, "a");
  await HttpRunner.join(gateway, "b");
  const page = await gateway.call("/v1/runners?limit=1");
  expect(page.headers.get("link")).toMatch(/^<\/v1\/runners\?limit=1&cursor=.+>; rel="next"$/);
  const drained = await gateway.call("/v1/runners/a/drain", { method: "POST" });
  expect(await drained.json()).toMatchObject({ name: "a", state: "draining", status: "online", slots: 4 });
  const patched = await gateway.call("/v1/runners/a", {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: '{"labels":{"gpu":"1"}}',
  });
  expect(await patched.json()).toMatchObject({ labels: { gpu: "1" } });
  expect((await gateway.call("/v1/runners/a", { method: "DELETE" })).status).toBe(204);
  expect((await gateway.call("/v1/runners/a", { method: "DELETE" })).status).toBe(404);
});
