import { executionFilter } from "@pulse/schema/wire/executions";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { JoinedRunner } from "../runners/joined.suite.ts";
import { makeParts, type Parts, problemCodeOf } from "../runners/parts.suite.ts";
import { bytesOf, makeCall, makeTarget } from "./call.suite.ts";
import { invoke } from "./invoke.ts";
import { getExecution, getResult, listExecutions } from "./read.ts";
import { replay } from "./replay.ts";

const never = new AbortController().signal;
const asked = { method: "GET", requestId: "req" };
let parts: Parts;
beforeEach(async () => {
  parts = await makeParts();
});
afterEach(async () => {
  await settle();
  parts.close();
  expect(parts.problems).toEqual([]);
});

async function accept(name = "hello", project = "default", body = bytesOf("in")): Promise<string> {
  const call = makeCall({ reply: "accept" }, body, { project, target: makeTarget({ name }) });
  return (await invoke(parts.deps, call, never)).id;
}

const list = (query: Record<string, unknown> = {}, page: { limit?: number; cursor?: string } = {}) =>
  listExecutions(parts.deps, "default", { ...executionFilter.parse(query), limit: 50, ...page });

const idsOf = async (query: Record<string, unknown>) => (await list(query)).items.map(({ id }) => id);

test("pages follow each other without gap or repeat, also among executions of the same millisecond", async () => {
  const made: string[] = [];
  for (let i = 0; i < 7; i++) {
    made.push(await accept());
    if (i % 3 === 2) await parts.clock.advance(1);
  }
  await accept("hello", "other");
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await list({}, { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  expect([...seen].sort()).toEqual([...made].sort());
  const { items } = await list();
  expect(items.map(({ id }) => id)).toEqual(seen);
});

test("a text is looked for in 10,000 executions at a time, and the next page goes on where that ended", async () => {
  const first = await accept("needle");
  await parts.clock.advance(1);
  await parts.ports.database.client.execute({
    sql: `INSERT INTO executions (id, project, kind, status, name, pool, route, mode, delivery, trigger_type, run_at, created_at, trigger, job)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20004)
      SELECT printf('exe_%026d', i), 'default', 'function', 'succeeded', 'hay', 'default', '', 'async', 'atLeastOnce', 'http', 0, ?, '{}', '{}' FROM n`,
    args: [parts.clock.now()],
  });
  await parts.clock.advance(1);
  const last = await accept("needle");
  const one = await list({ q: "needle" }, { limit: 1 });
  expect(one.items.map(({ id }) => id)).toEqual([last]);
  const pages: string[][] = [];
  for (let cursor = one.nextCursor; cursor !== null; ) {
    const page = await list({ q: "needle" }, { limit: 1, cursor });
    pages.push(page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  expect(pages).toEqual([[], [first]]);
  expect((await list({ q: "hay" }, { limit: 3 })).items).toHaveLength(3);
  expect((await list({ q: "needle", name: "needle" })).items.map(({ id }) => id)).toEqual([last, first]);
});

test("a cursor that is none is refused", async () => {
  expect(await problemCodeOf(list({}, { cursor: "nonsense" }))).toBe("validation_failed");
});

test("filters name what is wanted", async () => {
  const first = await accept("hello");
  await parts.clock.advance(1000);
  const between = new Date(parts.clock.now()).toISOString();
  await parts.clock.advance(1000);
  const second = await accept("other");
  const runner = await JoinedRunner.join(parts);
  const job = await runner.take();
  const error = { code: "function_error", message: "100% broken_", source: "function" as const };
  await runner.complete(job, {
    status: "failed",
    reason: "function_error",
    permanent: true,
    error,
    response: null,
  });
  expect(job.execution).toBe(first);

  expect(await idsOf({ name: "other" })).toEqual([second]);
  expect(await idsOf({ kind: "function" })).toEqual([second, first]);
  expect(await idsOf({ kind: "build,command" })).toEqual([]);
  expect(await idsOf({ status: ["failed", "dead"] })).toEqual([first]);
  expect(await idsOf({ runner: "one" })).toContain(first);
  expect(await idsOf({ trigger: "http" })).toHaveLength(2);
  expect(await idsOf({ parent: "exe_x" })).toEqual([]);
  expect(await idsOf({ since: between })).toEqual([second]);
  expect(await idsOf({ until: between })).toEqual([first]);
  expect(await idsOf({ q: "100% broken_" })).toEqual([first]);
  expect(await idsOf({ q: "100_" })).toEqual([]);
  expect(await idsOf({ q: second.slice(-8) })).toEqual([second]);
});

test("an execution is shown with its times, error and runner, to its project only", async () => {
  const id = await accept();
  expect(await getExecution(parts.deps, "default", id)).toMatchObject({
    id,
    kind: "function",
    name: "hello",
    version: 3,
    status: "queued",
    trigger: { type: "http" },
    startedAt: null,
    runAt: new Date(parts.clock.now()).toISOString(),
  });
  const runner = await JoinedRunner.join(parts);
  await runner.complete(await runner.take());
  expect(await getExecution(parts.deps, "default", id)).toMatchObject({
    status: "succeeded",
    attempt: 1,
    runner: "one",
    runAt: null,
    http: { status: 200 },
    timing: { runMs: 4, start: "warm" },
  });
  expect(await problemCodeOf(getExecution(parts.deps, "other", id))).toBe("not_found");
});

test("the result is the stored answer, or why there is none", async () => {
  const id = await accept();
  expect(await problemCodeOf(getResult(parts.deps, "default", id, asked))).toBe("not_finished");
  expect(await problemCodeOf(getResult(parts.deps, "other", id, asked))).toBe("not_found");
  const runner = await JoinedRunner.join(parts);
  await runner.complete(await runner.take());
  const result = await getResult(parts.deps, "default", id, asked);
  expect(result.status).toBe(200);
  expect(await result.json()).toEqual({ ok: true });
  const failed = await accept();
  const error = { code: "function_error", name: "KeyError", message: "'w'", source: "function" as const };
  await runner.complete(await runner.take(), {
    status: "failed",
    reason: "function_error",
    permanent: true,
    error,
    response: null,
  });
  const answer = await getResult(parts.deps, "default", failed, asked);
  expect(answer.status).toBe(500);
  expect(await answer.json()).toMatchObject({ code: "function_error", detail: "KeyError: 'w'" });
});

const person = {
  kind: "key" as const,
  id: "key_a",
  name: "ci",
  project: "default",
  scopes: ["execute"],
  roles: [],
  userId: null,
  sessionId: null,
  expiresAt: null,
};

async function replayed(id: string, changes: Parameters<typeof replay>[4] = {}) {
  const asked: string[] = [];
  const resolve = async (_project: string, reference: string) => {
    asked.push(reference);
    return makeTarget();
  };
  const answered = await replay(parts.deps, resolve, person, id, changes, { idempotencyKey: null }, never);
  return { ...answered, asked };
}

test("a replay is a new execution with the same request on the same version", async () => {
  const id = await accept("hello", "default", bytesOf("x".repeat(70_000)));
  const runner = await JoinedRunner.join(parts);
  await runner.complete(await runner.take());
  const again = await replayed(id);
  expect(again).toMatchObject({ asked: ["hello@3"], outcome: { kind: "accepted" } });
  expect(again.id).not.toBe(id);
  const job = await runner.take();
  expect(job).toMatchObject({
    execution: again.id,
    spec: { trigger: { type: "replay", of: id }, body: { at: "stored", bytes: 70_000 } },
  });
});

test("a replay may take another version and another input", async () => {
  const id = await accept();
  const runner = await JoinedRunner.join(parts);
  await runner.complete(await runner.take());
  const again = await replayed(id, { version: "canary", input: { n: 1 } });
  expect(again.asked).toEqual(["hello@canary"]);
  const job = await runner.take();
  expect(job).toMatchObject({
    spec: { body: { at: "inline", base64: Buffer.from('{"n":1}').toString("base64") } },
  });
});

test("a request that was streamed is not kept, so only another input can be replayed", async () => {
  const runner = await JoinedRunner.join(parts);
  const call = makeCall({}, { at: "stream", stream: new Blob(["x"]).stream() });
  const answer = invoke(parts.deps, call, never);
  await runner.complete(await runner.take());
  const { id } = await answer;
  expect(await problemCodeOf(replayed(id))).toBe("conflict");
  expect(await problemCodeOf(replayed(id, { input: null }))).toBe("none");
  expect(await problemCodeOf(replayed("exe_none"))).toBe("not_found");
});

test("an execution that waits says why, until it is taken", async () => {
  const id = await accept();
  const waitingFor = async (of: string) => (await getExecution(parts.deps, "default", of)).waitingFor;
  expect(await waitingFor(id)).toBe('no runner has joined pool "default"');
  expect((await list()).items[0]?.waitingFor).toBeNull();
  const runner = await JoinedRunner.join(parts);
  const job = await runner.take();
  expect(await waitingFor(id)).toBeNull();
  await runner.complete(job, { status: "failed", reason: "function_error", response: null });
  expect(await waitingFor(id)).toMatch(/^it may run from 20.*Z on$/);
});

test("work over its function's own limit says that", async () => {
  const target = makeTarget();
  const capped = { ...target, live: { ...target.live, maxConcurrency: 1 } };
  const call = makeCall({ reply: "accept" }, { at: "none" }, { target: capped });
  const runner = await JoinedRunner.join(parts);
  await invoke(parts.deps, call, never);
  await runner.take();
  const { id } = await invoke(parts.deps, call, never);
  const { waitingFor } = await getExecution(parts.deps, "default", id);
  expect(waitingFor).toBe("its function may run 1 at once, and as many run");
});

test("an execution whose runner is silent says since when, and until when it may report", async () => {
  const runner = await JoinedRunner.join(parts);
  const target = makeTarget();
  const settings = { ...target.version.settings, delivery: "atMostOnce" as const };
  const once = makeTarget({ version: { ...target.version, settings } });
  const { id } = await invoke(
    parts.deps,
    makeCall({ reply: "accept" }, bytesOf("in"), { target: once }),
    never,
  );
  const { fence } = await runner.take();
  await parts.deps.hub.start({ holder: runner.holder, execution: id, fence, instanceId: "i" });
  expect(await getExecution(parts.deps, "default", id)).toMatchObject({
    status: "running",
    waitingFor: null,
  });
  const seen = parts.clock.now();
  await parts.clock.advance(120_000);
  const { status, waitingFor } = await getExecution(parts.deps, "default", id);
  expect(status).toBe("running");
  expect(waitingFor).toContain(`has been silent since ${new Date(seen).toISOString()}`);
  expect(waitingFor).toContain(`until ${new Date(seen + 300_000).toISOString()}, then this is lost`);
});
