import { afterEach, beforeEach, expect, test } from "vitest";
import { signedIn } from "../auth/browser.suite.ts";
import { createCore } from "../core.ts";
import { settle } from "../dispatch/world.suite.ts";
import { forgetOld } from "../retention/forget.ts";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";
import { createDirectory } from "../runners/presence.ts";
import { outsideOf } from "./outside/outside-of.ts";

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
const put = async (definition: unknown, name = "tried") => {
  const init = { method: "PUT", headers: json, body: JSON.stringify(definition) };
  const response = await gateway.call(`/v1/workflows/${name}`, init);
  expect([response.status, response.ok ? "" : await response.text()]).toEqual([201, ""]);
};
const post = async (path: string, body: unknown = {}) => {
  const response = await gateway.call(path, { method: "POST", headers: json, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
};
const start = async (definition: unknown, inputs: unknown = {}) => {
  await put(definition);
  const { status, body } = await post("/v1/workflows/tried/executions", { inputs });
  expect([status, body.detail]).toEqual([202, undefined]);
  await passed(10);
  return String(body.id);
};
const view = async (id: string) => (await gateway.call(`/v1/executions/${id}`)).json();
const statuses = async (id: string) =>
  Object.fromEntries(
    (await view(id)).run.steps.map((step: { id: string; status: string }) => [step.id, step.status]),
  );
const passed = (ms: number) => gateway.parts.clock.advance(ms);
const ask = (more: object = {}) => ({
  steps: [
    { id: "ask", name: "Ask", type: "prompt", message: "Go on?", options: ["Yes", "No"], ...more },
    {
      id: "note",
      name: "Note",
      type: "set",
      condition: "promptResponse === 'Yes'",
      set: { said: "promptResponse" },
    },
  ],
  outputs: { said: "steps.ask.response" },
});

test("the list has the newest run of each, however much ran since, and none of a function of that name", async () => {
  const quiet = { steps: [{ name: "Set", type: "set", set: { a: "1" } }] };
  const names = ["busy", "never", "quiet"];
  for (const name of names) await put(quiet, name);
  const run = async (name: string) => {
    const { body } = await post(`/v1/workflows/${name}/executions`, { inputs: {} });
    await passed(10);
    return String(body.id);
  };
  const first = await run("quiet");
  let last = "";
  for (let i = 0; i < 220; i++) last = await run("busy");
  const { items } = await (await gateway.call("/v1/workflows")).json();
  expect(items.map((one: { name: string; lastRun: unknown }) => [one.name, one.lastRun])).toEqual([
    ["busy", { id: last, at: expect.any(String), status: "succeeded" }],
    ["never", null],
    ["quiet", { id: first, at: expect.any(String), status: "succeeded" }],
  ]);
});

test("a run that only waits is waiting, ends when its time has come, and gives its outputs as its result", async () => {
  const id = await start({
    inputs: { who: { type: "string", default: "you" } },
    steps: [
      { id: "nap", name: "Nap", type: "wait", duration: "2s" },
      { id: "greet", name: "Greet", type: "set", set: { text: "'hello ' + inputs.who" } },
    ],
    outputs: { text: "vars.text" },
  });
  expect(await view(id)).toMatchObject({ kind: "workflow", name: "tried", version: 1, status: "waiting" });
  await passed(1980);
  expect((await view(id)).status).toBe("waiting");
  await passed(20);
  expect(await view(id)).toMatchObject({ status: "succeeded", run: { outputs: { text: "hello you" } } });
  expect(await (await gateway.call(`/v1/executions/${id}/result`)).json()).toEqual({ text: "hello you" });
});

test("a run that is asked for again under its key is the same one, also when two ask at once; for another it is refused", async () => {
  await put(ask());
  const run = async (inputs: object, key: string | null) => {
    const headers = { ...json, ...(key === null ? {} : { "idempotency-key": key }) };
    const init = { method: "POST", headers, body: JSON.stringify({ inputs }) };
    const answer = await gateway.call("/v1/workflows/tried/executions", init);
    const { id, code } = await answer.json();
    return { id, code, replayed: answer.headers.get("idempotent-replayed") };
  };
  const [one, other] = await Promise.all([run({}, "deploy-7"), run({}, "deploy-7")]);
  expect(other.id).toBe(one.id);
  expect([one.replayed, other.replayed].toSorted()).toEqual(["true", null].toSorted());
  expect(await run({}, "deploy-7")).toEqual({ ...one, replayed: "true" });
  expect((await run({}, "deploy-8")).id).not.toBe(one.id);
  expect((await run({}, null)).id).not.toBe(one.id);
  expect((await run({ n: 1 }, "deploy-7")).code).toBe("idempotency_mismatch");
  await passed(10);
});

test("what is wrong with the inputs is said, and nothing starts", async () => {
  await put({
    inputs: { n: { type: "integer", required: true } },
    steps: [{ name: "a", type: "wait", duration: 1 }],
  });
  const refused = await post("/v1/workflows/tried/executions", { inputs: { n: "x" } });
  expect([refused.status, refused.body.errors[0].pointer]).toEqual([422, "/inputs/n"]);
  expect((await post("/v1/workflows/none/executions")).status).toBe(404);
  expect((await post("/v1/workflows/tried/executions", { revision: 2, inputs: { n: 1 } })).status).toBe(404);
  expect((await (await gateway.call("/v1/executions")).json()).items).toEqual([]);
});

test("a prompt is shown, answered once, and the second to answer sees who was first", async () => {
  const id = await start(ask());
  const { run } = await view(id);
  expect(run.prompts).toEqual([expect.objectContaining({ message: "Go on?", status: "open", step: "ask" })]);
  const bad = await post(`/v1/executions/${id}/respond`, { response: "Maybe" });
  expect([bad.status, bad.body.code, bad.body.options]).toEqual([422, "invalid_option", ["Yes", "No"]]);
  const good = await post(`/v1/executions/${id}/respond`, { response: "Yes" });
  expect([good.status, good.body.status, good.body.answeredBy]).toEqual([200, "answered", "key:admin"]);
  const late = await post(`/v1/executions/${id}/respond`, { response: "No" });
  expect([late.status, late.body.code, late.body.answeredBy]).toEqual([409, "prompt_answered", "key:admin"]);
  expect(await view(id)).toMatchObject({ status: "succeeded", run: { outputs: { said: "Yes" } } });
  expect(await statuses(id)).toEqual({ ask: "succeeded", note: "succeeded" });
});

test("of many who answer at once one is first", async () => {
  const id = await start(ask());
  const answers = await Promise.all(
    ["Yes", "No", "Yes", "No"].map((response) => post(`/v1/executions/${id}/respond`, { response })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
  await settle();
  expect((await view(id)).status).toBe("succeeded");
});

test("several prompts are open at once and each is answered by its id", async () => {
  const id = await start({
    steps: [
      { id: "a", name: "A", type: "prompt", message: "a?", needs: [] },
      { id: "b", name: "B", type: "prompt", message: "b?", needs: [] },
    ],
  });
  const which = await post(`/v1/executions/${id}/respond`, { response: "Continue" });
  expect([which.status, which.body.code, which.body.prompts.length]).toEqual([409, "prompt_ambiguous", 2]);
  for (const { id: promptId } of which.body.prompts) {
    expect((await post(`/v1/executions/${id}/respond`, { response: "Continue", promptId })).status).toBe(200);
  }
  await settle();
  expect((await view(id)).status).toBe("succeeded");
});

test("a prompt that nobody answers in time expires, and its answer comes too late", async () => {
  const id = await start(ask({ timeout: "1m", onTimeout: "No" }));
  await passed(60_000);
  expect(await statuses(id)).toEqual({ ask: "succeeded", note: "skipped" });
  expect((await view(id)).run.prompts[0]).toMatchObject({ status: "expired", response: null });
  const late = await post(`/v1/executions/${id}/respond`, { response: "Yes" });
  expect([late.status, late.body.code]).toEqual([410, "prompt_expired"]);
});

test("a form is checked field by field and its values are the step's", async () => {
  const id = await start({
    ...ask({
      form: {
        ticket: { type: "string", required: true, pattern: "^OPS-[0-9]+$" },
        batch: { type: "integer", default: 2 },
      },
    }),
    outputs: { form: "steps.ask.form" },
  });
  const bad = await post(`/v1/executions/${id}/respond`, {
    response: "Yes",
    form: { ticket: "x", colour: 1 },
  });
  expect([bad.status, bad.body.errors.map((one: { pointer: string }) => one.pointer).sort()]).toEqual([
    422,
    ["/form/colour", "/form/ticket"],
  ]);
  await post(`/v1/executions/${id}/respond`, { response: "Yes", form: { ticket: "OPS-1" } });
  await settle();
  expect((await view(id)).run.outputs).toEqual({ form: { ticket: "OPS-1", batch: 2 } });
});

test("a prompt with approvers is not for keys", async () => {
  const id = await start(ask({ approvers: { groups: ["admin"] } }));
  const answer = await post(`/v1/executions/${id}/respond`, { response: "Yes" });
  expect([answer.status, answer.body.code]).toEqual([403, "forbidden"]);
});

test("a cancelled run ends, and so do its prompts and its children", async () => {
  await gateway.addFunction("slow");
  const id = await start({
    steps: [
      { id: "call", name: "Call", type: "function", function: "slow", needs: [] },
      { id: "ask", name: "Ask", type: "prompt", message: "?", needs: [] },
    ],
  });
  expect((await view(id)).status).toBe("running");
  expect((await post(`/v1/executions/${id}/cancel`)).status).toBe(202);
  await passed(100);
  const { status, run } = await view(id);
  expect([status, run.prompts[0].status]).toEqual(["cancelled", "cancelled"]);
  const { items } = await (await gateway.call(`/v1/executions?parent=${id}`)).json();
  expect(items.map((one: { status: string }) => one.status)).toEqual(["cancelled"]);
  expect((await post(`/v1/executions/${id}/cancel`)).status).toBe(409);
});

test("a function step runs as a child execution, and what it answers is the step's output", async () => {
  await gateway.addFunction("double");
  const runner = await HttpRunner.join(gateway);
  const id = await start({
    steps: [{ id: "two", name: "Two", type: "function", function: "double", input: { n: 21 } }],
    outputs: { n: "steps.two.output.n" },
  });
  const job = await runner.answer('{"n":42}', { headers: [["content-type", "application/json"]] });
  expect(job.spec.body).toMatchObject({ at: "inline", base64: btoa('{"n":21}') });
  await passed(100);
  const { status, run } = await view(id);
  expect([status, run.outputs]).toEqual(["succeeded", { n: 42 }]);
  expect(run.steps[0].targets[0].execution).toBe(job.execution);
  expect(await view(job.execution)).toMatchObject({ parentId: id, trigger: { type: "workflow", by: id } });
});

test("a workflow runs another one and takes its outputs; one that is not there fails the step", async () => {
  await put(
    {
      inputs: { a: { type: "integer" } },
      steps: [{ name: "w", type: "wait", duration: 5 }],
      outputs: { b: "inputs.a + 1" },
    },
    "inner",
  );
  const id = await start({
    steps: [
      { id: "in", name: "In", type: "workflow", workflow: "inner", inputs: { a: 1 } },
      { id: "no", name: "No", type: "workflow", workflow: "none", continueOnError: true },
    ],
    outputs: { b: "steps.in.output.b" },
  });
  await passed(200);
  const { status, run } = await view(id);
  expect([status, run.outputs]).toEqual(["succeeded", { b: 2 }]);
  expect(run.steps[1]).toMatchObject({ status: "failed", error: { code: "not_found" } });
});

test("workflows that start themselves come to an end", async () => {
  const id = await start({ steps: [{ id: "me", name: "Me", type: "workflow", workflow: "tried" }] });
  await passed(2000);
  expect((await view(id)).status).toBe("failed");
  const { items } = await (await gateway.call("/v1/executions?kind=workflow")).json();
  expect(items).toHaveLength(9);
});

test("when an execution is no longer kept, nothing of its run is", async () => {
  const { client } = gateway.parts.ports.database;
  const id = await start(ask());
  await post(`/v1/executions/${id}/respond`, { response: "Yes" });
  await settle();
  const dayMs = 86_400_000;
  await client.execute(
    `UPDATE executions SET created_at = created_at - ${400 * dayMs}, ended_at = ended_at - ${400 * dayMs}`,
  );
  for await (const _ of forgetOld(gateway.parts.ports));
  for (const table of ["executions", "prompts", "workflow_events", "workflow_snapshots", "workflow_runs"]) {
    const { rows } = await client.execute(`SELECT count(*) AS n FROM ${table} WHERE project = 'default'`);
    expect([table, rows[0]?.n]).toEqual([table, 0]);
  }
});

test("a step for runners of which there are none fails and says so", async () => {
  const id = await start({ steps: [{ name: "a", type: "execute", command: "true", targets: ["web-1"] }] });
  expect(await view(id)).toMatchObject({
    status: "failed",
    error: { message: expect.stringContaining("web-1") },
  });
});

test("N of M: different people answer, each once, and not whoever started it", async () => {
  const people = await Promise.all(
    ["ana", "ben", "eva", "kim"].map(async (name) =>
      signedIn(gateway, name, { default: name === "kim" ? "operator" : "admin" }),
    ),
  );
  const [ana, ben, eva, kim] = people;
  if (ana === undefined || ben === undefined || eva === undefined || kim === undefined)
    throw new Error("four");
  await put(ask({ approvers: { groups: ["admin"], count: 2, allowStarter: false } }));
  const { id } = await (await ana.send("POST", "/v1/workflows/tried/executions", { inputs: {} })).json();
  await passed(10);
  const says = async (who: typeof ana, response = "Yes") => {
    const answer = await who.send("POST", `/v1/executions/${id}/respond`, { response });
    const { code, status } = await answer.json();
    return [answer.status, code ?? status];
  };
  expect(await says(ana)).toEqual([403, "forbidden"]);
  expect(await says(kim)).toEqual([403, "forbidden"]);
  expect(await says(ben)).toEqual([200, "open"]);
  expect(await says(ben)).toEqual([409, "prompt_answered"]);
  expect(await says(eva)).toEqual([200, "answered"]);
  await settle();
  const { run, status } = await view(id);
  expect(status).toBe("succeeded");
  expect(run.prompts[0].answers.map((one: { by: string }) => one.by)).toEqual(["ben", "eva"]);
});

test("who is second agrees with the form of who was first, and sees it, or refuses", async () => {
  const [ana, ben] = await Promise.all(
    ["ana", "ben"].map((name) => signedIn(gateway, name, { default: "operator" })),
  );
  if (ana === undefined || ben === undefined) throw new Error("two");
  const form = { where: { type: "string", default: "staging" } };
  await put(ask({ approvers: { users: ["ana", "ben"], count: 2 }, form }));
  const { id } = (await post("/v1/workflows/tried/executions", { inputs: {} })).body;
  await passed(10);
  const says = async (who: typeof ana, more: object = {}) => {
    const answer = await who.send("POST", `/v1/executions/${id}/respond`, { response: "Yes", ...more });
    const { code, status, detail } = await answer.json();
    return [answer.status, code ?? status, detail ?? null];
  };
  expect(await says(ana)).toEqual([200, "open", null]);
  const refused = [409, "conflict", "ana has filled the form in otherwise"];
  expect(await says(ben, { form: { where: "production" } })).toEqual(refused);
  const open = (await view(id)).run.prompts[0];
  expect(open).toMatchObject({ status: "open", answers: [{ by: "ana", form: { where: "staging" } }] });
  expect(await says(ben, { form: { where: "staging" } })).toEqual([200, "answered", null]);
});

test("another gateway over the same rows goes on with a run, and its function began once", async () => {
  await gateway.addFunction("double");
  const id = await start({
    steps: [
      { id: "two", name: "Two", type: "function", function: "double", input: 1 },
      { id: "ask", name: "Ask", type: "prompt", message: "?" },
    ],
  });
  const { parts } = gateway;
  parts.core.stop();
  await settle();
  // As if the first one had ended before it noted what it had submitted.
  const { client } = parts.ports.database;
  await client.execute("DELETE FROM workflow_events WHERE type = 'target.submitted'");
  await client.execute(
    "UPDATE workflow_runs SET performed = 0, seq = (SELECT max(seq) FROM workflow_events)",
  );
  await client.execute("UPDATE workflow_children SET child_id = NULL");
  const next = createCore({
    ports: parts.ports,
    directory: createDirectory(parts.ports),
    onBuildEnded: async () => undefined,
    workflows: (hub) => outsideOf({ ports: parts.ports, hub, publicUrl: "http://localhost" }),
  });
  await next.start();
  await passed(100);
  const { items } = await (await gateway.call(`/v1/executions?parent=${id}`)).json();
  expect(items).toHaveLength(1);
  await client.execute({
    sql: "UPDATE executions SET status = 'failed', ended_at = 1 WHERE parent_id = ?",
    args: [id],
  });
  await next.hub.changed({ project: "default" });
  await settle();
  expect((await view(id)).status).toBe("failed");
  next.stop();
});

test("what only calls of functions have is refused for a workflow's execution in words", async () => {
  const id = await start(ask());
  const codes: [string, number, string | undefined][] = [];
  for (const path of ["input", "logs", "result"]) {
    const answer = await gateway.call(`/v1/executions/${id}/${path}`);
    const text = await answer.text();
    codes.push([path, answer.status, text.startsWith("{") ? JSON.parse(text).code : undefined]);
  }
  const { status, body } = await post(`/v1/executions/${id}/replay`);
  expect([...codes, ["replay", status, body.code]]).toEqual([
    ["input", 409, "conflict"],
    ["logs", 200, undefined],
    ["result", 409, "not_finished"],
    ["replay", 409, "conflict"],
  ]);
});
