import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../../dispatch/world.suite.ts";
import { TestGateway } from "../../runners/gateway.suite.ts";
import { signedSample } from "../../webhooks/sample.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

async function send(method: string, path: string, body?: unknown) {
  const given =
    body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await gateway.call(path, { method, ...given });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

const save = (name: string, value: number) =>
  send("PUT", `/v1/workflows/${name}`, {
    ...{ steps: [{ name: "Note", type: "set", set: { value: String(value) } }] },
    outputs: { value: "vars.value" },
  });
const setAlias = (alias: string, revision: unknown, name = "patch") =>
  send("PUT", `/v1/workflows/${name}/aliases/${alias}`, { revision });

/** What a run came to, once it has ended. */
async function outputOf(id: string): Promise<unknown> {
  await gateway.parts.clock.advance(20);
  const view = (await send("GET", `/v1/executions/${id}`)).body;
  expect(view.status).toBe("succeeded");
  return view.run.outputs.value;
}

async function started(body: object, name = "patch"): Promise<unknown> {
  const { body: run } = await send("POST", `/v1/workflows/${name}/executions`, body);
  return await outputOf(run.id);
}

test("an alias is set, moved, listed and removed, and stands for its revision until it is moved", async () => {
  for (const value of [1, 2, 3]) await save("patch", value);
  expect(await setAlias("stable", 1)).toMatchObject({
    status: 201,
    body: { alias: "stable", revision: 1, movedBy: expect.any(String) },
  });
  expect([await started({}), await started({ revision: "stable" })]).toEqual([3, 1]);
  expect((await setAlias("stable", 2)).status).toBe(200);
  expect(await started({ revision: "stable" })).toBe(2);
  await setAlias("canary", 3);
  const { items } = (await send("GET", "/v1/workflows/patch/aliases")).body;
  expect(items.map(({ alias, revision }: { alias: string; revision: number }) => [alias, revision])).toEqual([
    ["canary", 3],
    ["stable", 2],
  ]);
  expect((await send("GET", "/v1/workflows/patch/revisions/stable")).body.revision).toBe(2);
  expect(
    (await send("POST", "/v1/workflows/plan", { workflow: "patch", revision: "canary" })).body,
  ).toMatchObject({
    revision: 3,
  });
  expect((await send("DELETE", "/v1/workflows/patch/aliases/stable")).status).toBe(204);
  expect((await send("DELETE", "/v1/workflows/patch/aliases/stable")).status).toBe(404);
  const gone = await send("POST", "/v1/workflows/patch/executions", { revision: "stable" });
  expect([gone.status, gone.body.detail]).toEqual([
    404,
    'the workflow "patch" has no revision or alias stable',
  ]);
});

test("steps, deliveries and reruns name a revision by its alias", async () => {
  for (const value of [1, 2]) await save("patch", value);
  await setAlias("stable", 1);
  await send("PUT", "/v1/workflows/caller", {
    steps: [{ id: "call", name: "Call", type: "workflow", workflow: "patch@stable" }],
    outputs: { value: "steps.call.output.value" },
  });
  expect(await started({}, "caller")).toBe(1);

  const secret = "pulse-test-secret";
  const target = { workflow: "patch@stable", inputs: {} };
  const hook = (await send("POST", "/v1/webhooks", { name: "push", provider: "github", secret, target }))
    .body;
  const { headers, body } = await signedSample({
    ...{ provider: "github", hmac: null, secret, id: "d-1", event: "push", payload: undefined },
    now: gateway.parts.clock.now(),
  });
  const delivered = await gateway.send(`/hooks/${hook.id}`, { method: "POST", body, headers });
  expect(await outputOf((await delivered.json()).executionId)).toBe(1);

  const run = (await send("POST", "/v1/workflows/patch/executions", {})).body;
  expect(await outputOf(run.id)).toBe(2);
  const again = await send("POST", `/v1/executions/${run.id}/replay`, { version: "stable" });
  expect(await outputOf(again.body.id)).toBe(1);
  expect((await send("POST", `/v1/executions/${run.id}/replay`, { version: "old" })).status).toBe(404);
});

test("an alias names a revision that there is, never a number or the newest one", async () => {
  await save("patch", 1);
  expect((await setAlias("stable", 2)).status).toBe(404);
  expect((await setAlias("stable", 1, "other")).status).toBe(404);
  for (const name of ["7", "latest", "Stable"]) expect((await setAlias(name, 1)).status).toBe(422);
  expect((await setAlias("stable", "1")).status).toBe(422);
  const latest = await send("POST", "/v1/workflows/patch/executions", { revision: "latest" });
  expect(latest.status).toBe(422);
  for (let place = 0; place < 100; place++) await setAlias(`a${place}`, 1);
  expect((await setAlias("one-more", 1)).status).toBe(409);
  expect((await setAlias("a7", 1)).status).toBe(200);
});

test("a workflow's aliases go with it, and each project has its own", async () => {
  await save("patch", 1);
  await setAlias("stable", 1);
  await send("DELETE", "/v1/workflows/patch");
  await save("patch", 2);
  expect((await send("GET", "/v1/workflows/patch/aliases")).body).toEqual({ items: [] });
  const { rows } = await gateway.parts.ports.database.client.execute("SELECT * FROM workflow_aliases");
  expect(rows).toEqual([]);
});

test("moving an alias is noted with what it stood for, and is for who may edit the workflow", async () => {
  for (const value of [1, 2]) await save("patch", value);
  await setAlias("stable", 1);
  await setAlias("stable", 2);
  const { items } = (await send("GET", "/v1/audit?action=workflow-alias.move")).body;
  expect(items).toHaveLength(2);
  expect(items[0]).toMatchObject({
    ...{ action: "workflow-alias.move", before: { revision: 1 }, after: { revision: 2 } },
  });
});

test("wherever a workflow is named, one revision of it may be, and what there is not is told", async () => {
  for (const value of [1, 2, 3]) await save("patch", value);
  await setAlias("stable", 1);
  const get = async (name: string) => {
    const { status, body } = await send("GET", `/v1/workflows/${name}`);
    return [status, body.revision, body.definition?.steps[0].set.value];
  };
  expect([await get("patch"), await get("patch@stable"), await get("patch@2")]).toEqual([
    [200, 3, "3"],
    [200, 1, "1"],
    [200, 2, "2"],
  ]);
  const yaml = await gateway.call("/v1/workflows/patch@stable", { headers: { accept: "application/yaml" } });
  const { body: newest } = await send("GET", "/v1/workflows/patch");
  expect([await yaml.text(), yaml.headers.get("etag") === `"${newest.hash}"`]).toEqual([
    expect.stringContaining('value: "1"'),
    false,
  ]);
  const run = (await send("POST", "/v1/workflows/patch@stable/executions", {})).body;
  expect(await outputOf(run.id)).toBe(1);
  expect((await send("POST", "/v1/workflows/plan", { workflow: "patch@2" })).body.revision).toBe(2);

  const detail = 'the workflow "patch" has no revision or alias nightly';
  for (const [method, path, body] of [
    ["GET", "/v1/workflows/patch@nightly"],
    ["POST", "/v1/workflows/patch@nightly/executions", {}],
    ["POST", "/v1/workflows/plan", { workflow: "patch@nightly" }],
  ] as const) {
    expect([path, await send(method, path, body)]).toMatchObject([path, { status: 404, body: { detail } }]);
  }
  expect((await get("patch@9"))[0]).toBe(404);
  const twice = await send("POST", "/v1/workflows/patch@stable/executions", { revision: 2 });
  expect([twice.status, twice.body.errors[0].pointer]).toEqual([422, "/revision"]);
  for (const path of ["/v1/schedules", "/v1/webhooks"]) {
    const how =
      path === "/v1/schedules" ? { every: "1h" } : { provider: "github", secret: "pulse-test-secret" };
    const ask = (workflow: string) =>
      send("POST", path, { name: "made", ...how, target: { workflow, inputs: {} } });
    expect(await ask("patch@nightly")).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: "/target/workflow", detail }] },
    });
    expect((await ask("patch@stable")).status).toBe(201);
  }
  // What changes it is for the whole of it.
  expect((await send("DELETE", "/v1/workflows/patch@stable")).status).toBe(422);
});
