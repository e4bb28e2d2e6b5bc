import { afterEach, beforeEach, expect, test } from "vitest";
import type { Principal } from "../../http/context.ts";
import { saveWorkflow } from "../define.ts";
import { EngineWorld } from "../runs/engine-world.suite.ts";
import { promptsOf } from "../runs/prompts-store.ts";
import { respond } from "../runs/respond.ts";
import { type RerunAsked, rerun } from "./rerun.ts";

const anna: Principal = {
  ...{ kind: "key", id: "key_anna", name: "anna", project: "default", scopes: ["admin"], roles: [] },
  ...{ userId: null, sessionId: null, expiresAt: null },
};
const bob = { kind: "user", id: "usr_bob", name: "bob", userId: "usr_bob", roles: [] } as const;

const gate = (more: object = {}) => ({
  steps: [{ name: "sign", type: "prompt", message: "Sign?", ...more }],
});
const signed = gate({ approvers: { users: ["bob"] } });
const calling = (step: object = {}) => ({
  inputs: { what: { type: "string", default: "staging" } },
  steps: [
    { name: "call", type: "workflow", workflow: "gate", ...step },
    { name: "go", type: "set", set: { went: "inputs.what" } },
    { name: "end", type: "set", set: { ended: "1" } },
  ],
});
const other = { fromStep: "go", input: { what: "production" } };
const refused = "what was approved at sign, which call calls, was not a run with these inputs";

let world: EngineWorld;
beforeEach(async () => {
  world = await EngineWorld.make();
});
afterEach(() => {
  expect(world.problems).toEqual([]);
  world.close();
});

const save = (name: string, value: object) =>
  saveWorkflow(
    world.ports,
    { project: "default", name, by: "anna", ifMatch: null },
    { value, errors: [], warnings: [], steps: 1 },
  );

/** Plays a run, and has bob sign wherever somebody is asked; the run's end is that of all below it. */
async function play(id: string): Promise<void> {
  for (let round = 0; round < 20; round++) {
    await world.play(id);
    if ((await world.status(id)).endedAt !== null) break;
    for (const { execution_id } of await world.rows(
      "SELECT execution_id FROM prompts WHERE closed_at IS NULL",
    )) {
      const run = String(execution_id);
      const [open] = await promptsOf(world.ports.database, "default", run);
      const answer = { response: "Continue", promptId: open?.id };
      await respond(world.ports, world.log, { project: "default", id: run, by: bob, answer });
    }
  }
  expect((await world.status(id)).status).toBe("succeeded");
}

async function finished(definition: object): Promise<string> {
  const id = await world.start(definition);
  await play(id);
  return id;
}

const again = (id: string, asked: Partial<RerunAsked>) =>
  rerun(world.ports, world.log, anna, id, { onlyFailed: false, ...asked }, { idempotencyKey: null });

test("what was approved in a called workflow is not taken over by a run with other inputs", async () => {
  await save("gate", signed);
  const id = await finished(calling());
  await expect(again(id, other)).rejects.toMatchObject({
    ...{ code: "conflict", message: expect.stringContaining(refused) },
    extras: { hint: 'Begin with "call", or before it, so that it is asked again.' },
  });
  const { id: same } = await again(id, { fromStep: "go" });
  await play(same);
  await expect(again(same, other)).rejects.toThrow(refused);
  const { id: asked } = await again(id, { ...other, fromStep: "call" });
  await world.play(asked);
  expect((await world.status(asked)).endedAt).toBeNull();
});

test("it is not taken over by another definition either, however deep it was called and in an item", async () => {
  await save("gate", signed);
  await save("between", { steps: [{ name: "on", type: "workflow", workflow: "gate" }] });
  const each = { name: "each", type: "foreach", items: [1, 2], steps: [] as object[] };
  each.steps.push({ name: "call", type: "workflow", workflow: "between" });
  const [, ...rest] = calling().steps;
  const id = await finished({ ...calling(), steps: [each, ...rest] });
  await world.start({ ...calling(), steps: [each, ...rest], outputs: { went: "vars.went" } });
  await expect(again(id, { fromStep: "go", version: "latest" })).rejects.toThrow(refused);
  await expect(again(id, other)).rejects.toThrow(refused);
});

test("a call that was passed over might be made now, and one whose run is gone tells nothing", async () => {
  await save("gate", signed);
  const passedOver = await finished(calling({ condition: "inputs.what !== 'staging'" }));
  await expect(again(passedOver, other)).rejects.toThrow(refused);
  const id = await finished(calling());
  await world.rows("DELETE FROM workflow_runs WHERE parent_id = ?", [id]);
  await expect(again(id, other)).rejects.toThrow("what call called is no longer kept");
});

test("a called workflow that anybody may answer, or whose steps run again, keeps nobody from it", async () => {
  await save("gate", gate());
  const id = await finished(calling());
  await expect(again(id, other)).resolves.toBeDefined();
  await save("gate", signed);
  const detached = await world.start(calling({ detach: true }));
  await world.play(detached);
  await expect(again(detached, other)).resolves.toBeDefined();
  // What ran then counts, not what the name stands for now.
  await expect(again(id, other)).resolves.toBeDefined();
  await save("gate", { ...gate(), permissions: { approve: ["user:bob"] } });
  await expect(again(await finished(calling()), other)).rejects.toThrow(refused);
});

test("a call made anew is not held against it what an earlier run had called", async () => {
  await save("gate", signed);
  const id = await finished(calling());
  await save("gate", gate());
  const { id: anew } = await again(id, { fromStep: "call" });
  await play(anew);
  await expect(again(anew, other)).resolves.toBeDefined();
});
