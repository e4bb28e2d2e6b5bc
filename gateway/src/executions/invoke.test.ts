import { liveSettings } from "@pulse/schema/wire/manifest";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { JoinedRunner, succeeded } from "../runners/joined.suite.ts";
import { makeParts, type Parts, problemCodeOf } from "../runners/parts.suite.ts";
import { bytesOf, makeCall, makeTarget } from "./call.suite.ts";
import { invoke } from "./invoke.ts";
import { keptRequest } from "./kept-request.ts";

const never = new AbortController().signal;
let parts: Parts;
beforeEach(async () => {
  parts = await makeParts();
});
afterEach(async () => {
  await settle();
  parts.close();
  expect(parts.problems).toEqual([]);
});

const call = (...args: Parameters<typeof makeCall>) => invoke(parts.deps, makeCall(...args), never);

test("a call waits for its answer", async () => {
  const runner = await JoinedRunner.join(parts);
  const answer = call({}, bytesOf("hello"));
  const job = await runner.take();
  expect(job).toMatchObject({
    kind: "function",
    version: "ver_a",
    timeoutMs: 60_000,
    spec: { function: { name: "hello", version: 3 }, body: { at: "inline", base64: "aGVsbG8=" } },
  });
  await runner.complete(job);
  expect(await answer).toMatchObject({
    id: job.execution,
    replayed: false,
    outcome: { kind: "settled", execution: { status: "succeeded" } },
  });
});

test("an accepted call is on disk before the answer, with its retries", async () => {
  const { id, outcome } = await call({ reply: "accept" });
  expect(outcome).toMatchObject({ kind: "accepted", status: "queued" });
  const { rows } = await parts.ports.database.client.execute({
    sql: "SELECT status, mode, retry, expires_at - created_at AS lives FROM executions WHERE id = ?",
    args: [id],
  });
  expect(rows).toMatchObject([{ status: "queued", mode: "async", lives: 6 * 3_600_000 }]);
  expect(rows[0]?.retry).toContain('"attempts":3');
});

test("a call that waits for a while is accepted when the while is over, and not retried", async () => {
  const answer = call({ reply: "wait-then-accept", waitMs: 5000 });
  await settle();
  await parts.clock.advance(5000);
  const { id, outcome } = await answer;
  expect(outcome).toMatchObject({ kind: "accepted", status: "queued" });
  const { rows } = await parts.ports.database.client.execute({
    sql: "SELECT mode, retry FROM executions WHERE id = ?",
    args: [id],
  });
  expect(rows).toMatchObject([{ mode: "async", retry: null }]);
});

test("a sync call that no runner takes ends as no_runner after its wait", async () => {
  const answer = call();
  await settle();
  await parts.clock.advance(31_000);
  expect(await answer).toMatchObject({
    outcome: { kind: "settled", execution: { status: "failed", reason: "no_runner" } },
  });
});

test("a timeout is only ever lowered", async () => {
  const runner = await JoinedRunner.join(parts);
  for (const [asked, got] of [
    [1000, 1000],
    [3_600_000, 60_000],
  ] as const) {
    await call({ reply: "accept", timeoutMs: asked });
    const job = await runner.take();
    expect(job.timeoutMs).toBe(got);
    await runner.complete(job);
  }
});

test("a body over 64 KiB is stored before the submit and can be read again", async () => {
  const runner = await JoinedRunner.join(parts);
  const text = "x".repeat(100_000);
  const { id } = await call({ reply: "accept" }, bytesOf(text));
  const job = await runner.take();
  expect(job).toMatchObject({ spec: { body: { at: "stored", bytes: 100_000 } } });
  for (let i = 0; i < 2; i++) {
    expect(new TextDecoder().decode(await keptRequest(parts.ports, id))).toBe(text);
  }
});

test("a streamed body goes to the runner once", async () => {
  const runner = await JoinedRunner.join(parts);
  const stream = new Blob(["piped"]).stream();
  const answer = call({}, { at: "stream", stream });
  const job = await runner.take();
  expect(job).toMatchObject({ spec: { body: { at: "piped" } } });
  const read = () =>
    parts.deps.hub.request({ holder: runner.holder, execution: job.execution, fence: job.fence });
  const found = await read();
  expect(found !== "stored" && (await new Response(found.stream).text())).toBe("piped");
  expect(await problemCodeOf(read())).toBe("request_consumed");
  await runner.complete(job);
  await answer;
});

test("the same key and request answer from the first execution", async () => {
  const runner = await JoinedRunner.join(parts);
  const first = call({ idempotencyKey: "k" }, bytesOf("a"));
  const job = await runner.take();
  const joined = call({ idempotencyKey: "k" }, bytesOf("a"));
  await settle();
  await runner.complete(job);
  const id = (await first).id;
  expect(await joined).toMatchObject({ id, replayed: true, outcome: { kind: "settled" } });
  expect(await call({ idempotencyKey: "k" }, bytesOf("a"))).toMatchObject({
    id,
    replayed: true,
    outcome: { kind: "settled", execution: { response: { status: 200 } } },
  });
});

test("the same key with another body, path or method is a mismatch; another credential's key is another key", async () => {
  await call({ idempotencyKey: "k", reply: "accept" }, bytesOf("a"));
  const other = makeCall({ idempotencyKey: "k", reply: "accept" }, bytesOf("a"));
  expect(await problemCodeOf(call({ idempotencyKey: "k", reply: "accept" }, bytesOf("b")))).toBe(
    "idempotency_mismatch",
  );
  const path = { ...other, request: { ...other.request, path: "/x" } };
  expect(await problemCodeOf(invoke(parts.deps, path, never))).toBe("idempotency_mismatch");
  const method = { ...other, request: { ...other.request, method: "PUT" } };
  expect(await problemCodeOf(invoke(parts.deps, method, never))).toBe("idempotency_mismatch");
  const mine = await invoke(parts.deps, { ...other, credential: "key_b" }, never);
  expect(mine.replayed).toBe(false);
});

test("a repeated call keeps no second copy of its body", async () => {
  const body = bytesOf("x".repeat(100_000));
  await call({ idempotencyKey: "k", reply: "accept" }, body);
  await call({ idempotencyKey: "k", reply: "accept" }, body);
  await settle();
  const { rows } = await parts.ports.database.client.execute("SELECT count(*) AS n FROM payloads");
  expect(rows).toMatchObject([{ n: 1 }]);
});

test("a key is free again after 24 h", async () => {
  const first = await call({ idempotencyKey: "k", reply: "accept" });
  await parts.clock.advance(24 * 3_600_000);
  const second = await call({ idempotencyKey: "k", reply: "accept" });
  expect(second.replayed).toBe(false);
  expect(second.id).not.toBe(first.id);
});

test("a version that is not ready is not called, and a chain that is too deep is a loop", async () => {
  const target = makeTarget();
  const building = { ...target, version: { ...target.version, status: "building" as const } };
  expect(await problemCodeOf(call({}, { at: "none" }, { target: building }))).toBe("version_not_ready");
  expect(await problemCodeOf(call({ depth: 9 }))).toBe("loop_detected");
});

test("a function at its cap that rejects answers at once and leaves no body behind", async () => {
  await JoinedRunner.join(parts).then((runner) => {
    void runner.sync();
  });
  await settle();
  const target = makeTarget({ live: liveSettings.parse({ maxConcurrency: 1, onLimit: "reject" }) });
  const first = call({}, { at: "none" }, { target });
  await settle();
  expect(await problemCodeOf(call({}, bytesOf("x".repeat(100_000)), { target }))).toBe("over_capacity");
  await settle();
  const { rows } = await parts.ports.database.client.execute("SELECT count(*) AS n FROM payloads");
  expect(rows).toMatchObject([{ n: 0 }]);
  await parts.clock.advance(1);
  void first.catch(() => undefined);
});

test("an outcome that has no response answers so", async () => {
  const runner = await JoinedRunner.join(parts);
  const answer = call();
  const job = await runner.take();
  await runner.complete(job, succeeded({ response: null }));
  expect(await answer).toMatchObject({ outcome: { kind: "settled", execution: { response: null } } });
});
