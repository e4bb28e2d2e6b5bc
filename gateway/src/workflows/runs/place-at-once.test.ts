import { expect, test } from "vitest";
import { gatewayOfEachTest } from "../../auth/browser.suite.ts";

const gateway = gatewayOfEachTest();

const deploy = (more: object = {}) => ({
  inputs: { env: { type: "string", default: "prod" } },
  concurrency: { key: `deploy-\${{ inputs.env }}`, onConflict: "fail", ...more },
  steps: [{ id: "ask", name: "Ask", type: "prompt", message: "Go on?" }],
});

async function send(method: string, path: string, body: object, key?: string) {
  const named = key === undefined ? {} : { "idempotency-key": key };
  const headers = { "content-type": "application/json", ...named };
  const answer = await gateway().call(path, { method, headers, body: JSON.stringify(body) });
  return { status: answer.status, body: await answer.json() };
}

const save = async (definition: object, name = "deploy") => {
  expect((await send("PUT", `/v1/workflows/${name}`, definition)).status).toBe(201);
};
const runs = "/v1/workflows/deploy/executions";
const start = (inputs: object = {}, key?: string) => send("POST", runs, { inputs }, key);
const passed = () => gateway().parts.clock.advance(10);
const kept = async () => (await (await gateway().call("/v1/executions?kind=workflow")).json()).items;

async function end(id: string): Promise<void> {
  expect((await send("POST", `/v1/executions/${id}/cancel`, {})).status).toBe(200);
  await passed();
}

test("a start that finds its key taken is refused, with who holds it, and leaves nothing behind", async () => {
  await save(deploy());
  const first = await start();
  for (const isBegun of [false, true]) {
    const refused = await start();
    expect([isBegun, refused.status, refused.body]).toMatchObject([
      isBegun,
      409,
      { code: "conflict", concurrencyKey: "deploy-prod", heldBy: [first.body.id] },
    ]);
    expect(refused.body.detail).toContain(`is taken by ${first.body.id} (deploy)`);
    expect((await start({ env: `other-${isBegun}` })).status).toBe(202);
    await passed();
  }
  expect(await kept()).toHaveLength(3);
  await end(first.body.id);
  expect((await start()).status).toBe(202);
  await passed();
  expect((await kept())[0].status).toBe("waiting");
});

test("as many as the limit lets start at the same moment do, and none more", async () => {
  await save(deploy({ limit: 2 }));
  const all = await Promise.all(Array.from({ length: 5 }, () => start()));
  expect(all.map(({ status }) => status).sort()).toEqual([202, 202, 409, 409, 409]);
  await passed();
  expect((await kept()).map((one: { status: string }) => one.status)).toEqual(["waiting", "waiting"]);
});

test("an Idempotency-Key stands for the run that it started, not for one that was refused", async () => {
  await save(deploy());
  const first = await start({}, "first");
  const again = await start({}, "first");
  expect([again.status, again.body.id]).toEqual([202, first.body.id]);
  expect((await start({}, "second")).status).toBe(409);
  await passed();
  await end(first.body.id);
  const second = await start({}, "second");
  expect([second.status, second.body.id === first.body.id]).toEqual([202, false]);
});

test("running an execution again is refused as its start is", async () => {
  await save(deploy());
  const first = await start();
  await passed();
  await end(first.body.id);
  const second = await start();
  const replayed = await send("POST", `/v1/executions/${first.body.id}/replay`, {});
  expect([replayed.status, replayed.body.heldBy]).toEqual([409, [second.body.id]]);
});

test("a run that a step starts is there, and has failed with the reason", async () => {
  await save(deploy());
  await save({ steps: [{ id: "d", name: "Deploy", type: "workflow", workflow: "deploy" }] }, "nightly");
  const first = await start();
  await passed();
  const nightly = await send("POST", "/v1/workflows/nightly/executions", {});
  await passed();
  await passed();
  const found = await kept();
  const parent = found.find((one: { id: string }) => one.id === nightly.body.id);
  const child = found.find((one: { parentId: string | null }) => one.parentId === nightly.body.id);
  expect([parent.status, child.status]).toEqual(["failed", "failed"]);
  expect(child.error).toMatchObject({ code: "concurrency", message: expect.stringContaining(first.body.id) });
});
