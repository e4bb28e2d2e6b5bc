import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "../../runners/gateway.suite.ts";
import { succeeded } from "../../runners/joined.suite.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const json = { "content-type": "application/json" };
const passed = (ms: number) => gateway.parts.clock.advance(ms);
const send = async (
  method: string,
  path: string,
  body: unknown = {},
  headers: Record<string, string> = {},
) => {
  const init = { method, headers: { ...json, ...headers }, body: JSON.stringify(body) };
  const response = await gateway.call(path, init);
  return { status: response.status, headers: response.headers, body: await response.json() };
};
const read = async (path: string) => (await gateway.call(path)).json();

const definition = {
  inputs: { env: { type: "choice", options: ["dev", "prod"], default: "dev" } },
  steps: [
    { id: "first", name: "First", type: "set", set: { env: "inputs.env" } },
    { id: "ask", name: "Ask", type: "prompt", message: "Go on?", options: ["Yes", "No"] },
    { id: "last", name: "Last step", type: "set", set: { said: "vars.env + promptResponse" } },
  ],
  outputs: { said: "vars.said" },
};

async function finished(): Promise<string> {
  await send("PUT", "/v1/workflows/tried", definition);
  const { body } = await send("POST", "/v1/workflows/tried/executions", { inputs: {} });
  await passed(10);
  await send("POST", `/v1/executions/${body.id}/respond`, { response: "Yes" });
  await passed(10);
  return body.id;
}

test("an execution runs again from a step on with other inputs, and says what it took over", async () => {
  const id = await finished();
  const asked = { fromStep: "Last step", input: { env: "prod" } };
  const made = await send("POST", `/v1/executions/${id}/replay`, asked, { "idempotency-key": "a" });
  expect([made.status, made.headers.get("location")]).toEqual([202, made.body.url]);
  await passed(10);
  const view = await read(`/v1/executions/${made.body.id}`);
  expect(view).toMatchObject({
    status: "succeeded",
    trigger: { type: "replay", of: id, fromStep: "Last step" },
    run: { rerunOf: id, inputs: { env: "prod" }, outputs: { said: "devYes" }, prompts: [] },
  });
  const reused = view.run.steps.map(({ path, reused: is }: { path: string; reused: boolean }) => [path, is]);
  expect(Object.fromEntries(reused)).toEqual({ first: true, ask: true, last: false });
  const again = await send("POST", `/v1/executions/${id}/replay`, asked, { "idempotency-key": "a" });
  expect([again.body.id, again.headers.get("idempotent-replayed")]).toEqual([made.body.id, "true"]);
  const { items } = await read("/v1/audit?action=execution.replay");
  expect(items[0]).toMatchObject({ details: { id: made.body.id, fromStep: "Last step" } });
});

test("what cannot be is refused in words", async () => {
  const id = await finished();
  const refused = async (body: object) => {
    const answer = await send("POST", `/v1/executions/${id}/replay`, body);
    return [
      answer.status,
      answer.body.code,
      answer.body.errors?.[0]?.pointer ?? null,
      answer.body.hint ?? null,
    ];
  };
  expect(await refused({ fromStep: "lst" })).toEqual([
    ...[422, "validation_failed", "/fromStep", "Did you mean last?"],
  ]);
  expect(await refused({ onlyFailed: true })).toEqual([
    ...[409, "conflict", null, "Name a step to begin with, or run all of it again."],
  ]);
  expect(await refused({ input: { env: "test" } })).toEqual([422, "validation_failed", "/input/env", null]);
  expect((await refused({ version: 7 })).slice(0, 2)).toEqual([404, "not_found"]);
  expect((await refused({ steps: ["a"] })).slice(0, 2)).toEqual([422, "validation_failed"]);
  await gateway.addFunction("fn");
  const call = await gateway.call("/f/fn", { method: "POST", headers: { prefer: "respond-async" } });
  const { id: execution } = await call.json();
  const part = await send("POST", `/v1/executions/${execution}/replay`, { fromStep: "a" });
  expect([part.status, part.body.errors[0].pointer]).toEqual([422, "/fromStep"]);
});

test("on the definition of now what is kept must be as it was", async () => {
  const id = await finished();
  const [first, ask, last] = definition.steps;
  const newer = { ...definition, steps: [first, { ...ask, message: "Sure?" }, last] };
  await send("PUT", "/v1/workflows/tried", newer);
  const refused = await send("POST", `/v1/executions/${id}/replay`, { fromStep: "last", version: "latest" });
  expect([refused.status, refused.body.errors]).toEqual([
    ...[409, [{ pointer: "/steps/1", detail: "Ask has changed" }]],
  ]);
  const made = await send("POST", `/v1/executions/${id}/replay`, { fromStep: "ask", version: "latest" });
  await passed(10);
  const view = await read(`/v1/executions/${made.body.id}`);
  expect([view.version, view.status, view.run.prompts[0].message]).toEqual([2, "waiting", "Sure?"]);
});

test("two runs of a workflow are compared: definition, inputs, steps and output", async () => {
  const id = await finished();
  await send("PUT", "/v1/workflows/tried", { ...definition, outputs: { said: "vars.said + '!'" } });
  const made = await send("POST", `/v1/executions/${id}/replay`, {
    version: "latest",
    input: { env: "prod" },
  });
  await passed(10);
  await send("POST", `/v1/executions/${made.body.id}/respond`, { response: "No" });
  await passed(10);
  const diff = await read(`/v1/executions/${id}/diff/${made.body.id}`);
  expect(diff).toMatchObject({
    isSame: false,
    before: { id, version: 1 },
    after: { id: made.body.id, version: 2 },
    definition: [{ pointer: "/outputs/said", kind: "changed" }],
    inputs: [{ pointer: "/env", before: "dev", after: "prod" }],
    output: [{ pointer: "/said", before: "devYes", after: "prodNo!" }],
    logs: null,
  });
  const steps = diff.steps.map((one: { path: string; isSame: boolean }) => [one.path, one.isSame]);
  expect(steps).toEqual([
    ["first", false],
    ["ask", false],
    ["last", false],
  ]);
  expect(await read(`/v1/executions/${id}/diff/${id}`)).toMatchObject({ isSame: true });
});

test("two calls of a function are compared: input, output, and logs without their times", async () => {
  await gateway.addFunction("echo");
  const runner = await HttpRunner.join(gateway);
  const called = async (input: unknown, text: string, answer: string) => {
    const call = gateway.call("/f/echo", { method: "POST", headers: json, body: JSON.stringify(input) });
    const job = await runner.take();
    const { execution, fence } = job;
    const lines = [`2026-01-0${text.length % 9}T10:00:00Z begins`, text].map((line, i) =>
      JSON.stringify({ seq: i + 1, t: 1, s: "stdout", d: line }),
    );
    const logs = { firstSeq: 1, lastSeq: 2, gzip: gzipSync(`${lines.join("\n")}\n`).toString("base64") };
    const headers: [string, string][] = [["content-type", "application/json"]];
    const response = { status: 200, headers, body: { base64: btoa(answer) } };
    const outcome = succeeded({ response, logs: { lastSeq: 2, bytes: 1 } });
    await runner.post("/complete", { outcomes: [{ execution, fence, outcome, logs }], want: 0 });
    expect((await call).status).toBe(200);
    return job.execution;
  };
  const before = await called({ n: 1 }, "wrote 1 row", '{"n":1}');
  const after = await called({ n: 2 }, "wrote 22 rows", '{"n":2}');
  const diff = await read(`/v1/executions/${before}/diff/${after}`);
  expect(diff).toMatchObject({
    isSame: false,
    inputs: [{ pointer: "/body/n", before: 1, after: 2 }],
    output: [{ pointer: "/n", before: 1, after: 2 }],
    steps: [],
    logs: { added: 1, removed: 1 },
  });
  expect(diff.logs.hunks[0].lines.slice(1)).toEqual([
    { kind: "removed", text: "wrote 1 row" },
    { kind: "added", text: "wrote 22 rows" },
  ]);
  await send("PUT", "/v1/workflows/tried", { steps: [{ name: "a", type: "wait", duration: 1 }] });
  const { body } = await send("POST", "/v1/workflows/tried/executions", { inputs: {} });
  await passed(20);
  const mixed = await gateway.call(`/v1/executions/${before}/diff/${body.id}`);
  expect([mixed.status, (await mixed.json()).code]).toEqual([409, "conflict"]);
});

test("many runs are run again at once, and what a repeated request made is not made twice", async () => {
  const id = await finished();
  const asked = { filter: { kind: "workflow" }, action: "replay", dryRun: false };
  const many = () => send("POST", "/v1/executions/bulk", asked, { "idempotency-key": "many" });
  const first = await many();
  expect(first.body).toMatchObject({ done: 1, replays: [{ of: id }] });
  await passed(10);
  expect((await many()).body).toMatchObject({ done: 1, replays: first.body.replays });
  const { items } = await read("/v1/executions?kind=workflow");
  expect(items).toHaveLength(2);
});

test("a direct command is run again as one of its own, by whoever may run any words", async () => {
  const command = { targets: ["web-1"], command: "uname -r" };
  const { body } = await send("POST", "/v1/commands", command);
  await passed(50);
  const again = await send("POST", `/v1/executions/${body.id}/replay`);
  await passed(50);
  expect(again.status).toBe(202);
  const view = await read(`/v1/commands/${again.body.id}`);
  expect(view).toMatchObject({ id: again.body.id, status: "failed" });
  const { key } = (await send("POST", "/v1/keys", { name: "starter", scopes: ["read", "execute"] })).body;
  const refused = await gateway.send(`/v1/executions/${body.id}/replay`, {
    method: "POST",
    headers: { ...json, authorization: `Bearer ${key}` },
    body: "{}",
  });
  expect(refused.status).toBe(403);
});
