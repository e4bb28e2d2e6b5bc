import { expect, test } from "vitest";
import type { Principal } from "../../http/context.ts";
import type { StepState } from "../advance/state.ts";
import { EngineWorld } from "../runs/engine-world.suite.ts";
import { PlayedOutside } from "../runs/played-outside.suite.ts";
import { respond } from "../runs/respond.ts";
import { type RerunAsked, rerun } from "./rerun.ts";

const anna: Principal = {
  ...{ kind: "key", id: "key_anna", name: "anna", project: "default", scopes: ["admin"], roles: [] },
  ...{ userId: null, sessionId: null, expiresAt: null },
};

const definition = {
  rollback: "auto",
  steps: [
    {
      ...{ name: "put", type: "execute", command: "put", targets: ["all"] },
      rollback: [{ name: "take", type: "execute", command: "take", targets: ["@touched"] }],
    },
    { name: "ask", type: "prompt", message: "Go on?", options: ["Yes", "No"] },
    {
      ...{ name: "many", type: "foreach", items: [1, 2, 3], as: "n" },
      steps: [{ name: "each", type: "execute", command: "each $N", env: { N: "1" }, targets: ["all"] }],
    },
    { name: "nap", type: "wait", duration: 1000 },
    { name: "check", type: "execute", command: "check", targets: ["all"] },
    { name: "child", type: "workflow", workflow: "tried-child", continueOnError: true },
  ],
  finally: [{ name: "report", type: "http", url: "https://example.test/" }],
};

async function failedRun(rollback: "auto" | "never" = "never") {
  const outside = new PlayedOutside();
  outside.job = (command, target) =>
    command === "check" && target === "web-2"
      ? { status: "failed", exitCode: 1 }
      : { status: "succeeded", exitCode: 0, stdout: "" };
  const world = await EngineWorld.make(outside);
  world.answer = () => "Yes";
  const id = await world.start({ ...definition, rollback });
  await world.play(id);
  expect((await world.status(id)).status).toBe("failed");
  outside.job = () => ({ status: "succeeded", exitCode: 0, stdout: "" });
  return { world, outside, id };
}

const again = (
  world: EngineWorld,
  id: string,
  asked: Partial<RerunAsked>,
  idempotencyKey: string | null = null,
) => rerun(world.ports, world.log, anna, id, { onlyFailed: false, ...asked }, { idempotencyKey });

const jobsOf = (outside: PlayedOutside, id: string) =>
  [...outside.started].flatMap(([key, count]) =>
    key.startsWith(`exe_${id}/`) ? `${key.slice(id.length + 5)} ${count}` : [],
  );

test("only the failed target runs again, the answer of the prompt stays, and the new run knows where it is from", async () => {
  const { world, outside, id } = await failedRun();
  const { id: next } = await again(world, id, { onlyFailed: true });
  await world.play(next);
  expect((await world.status(next)).status).toBe("succeeded");
  expect(jobsOf(outside, next)).toEqual(["check#1/0/rnr_web-2 1"]);
  const [row] = await world.rows("SELECT trigger_type, trigger FROM executions WHERE id = ?", [next]);
  expect(row?.trigger_type).toBe("replay");
  expect(JSON.parse(String(row?.trigger))).toEqual({
    type: "replay",
    of: id,
    by: "key:anna",
    onlyFailed: true,
  });
  expect(await world.rows("SELECT * FROM prompts WHERE execution_id = ?", [next])).toEqual([]);
  const run = await world.log.read(next);
  expect(run?.state.execution.rerunOf).toBe(id);
  const reused = (step: StepState | undefined) => step?.reused === true;
  expect(["put", "ask", "many", "check"].map((one) => reused(run?.state.steps.get(one)))).toEqual([
    ...[true, true, true, false],
  ]);
  expect(run?.state.steps.get("put")?.targets["rnr_web-1"]?.executionId).toContain(id);
  world.close();
});

test("a rerun ends the same wherever the gateway is killed, and each job of it begins once", async () => {
  const play = async (dieAt: number | null, when: "before" | "after") => {
    const { world, outside, id } = await failedRun();
    const { id: next } = await again(world, id, { fromStep: "many" });
    const mortal = world.restart(dieAt, when);
    await world.play(next, mortal);
    const { status } = await world.status(next);
    const ends = await world.ends(next);
    const jobs = jobsOf(outside, next).sort();
    expect(world.problems).toEqual([]);
    world.close();
    return { writes: mortal.writes, outcome: { status, ends, jobs } };
  };
  const { writes, outcome } = await play(null, "after");
  expect(outcome.status).toBe("succeeded");
  expect(outcome.ends).toMatchObject({ many: "succeeded", check: "succeeded", report: "succeeded" });
  expect(outcome.ends).not.toHaveProperty("put");
  expect(outcome.jobs).toHaveLength(8);
  expect(outcome.jobs.every((job) => job.endsWith(" 1"))).toBe(true);
  for (let dieAt = 1; dieAt <= writes; dieAt++) {
    const killed = await play(dieAt, dieAt % 2 === 0 ? "before" : "after");
    expect([dieAt, killed.outcome]).toEqual([dieAt, outcome]);
  }
}, 60_000);

test("what was rolled back cannot be kept; from there on it runs again", async () => {
  const { world, outside, id } = await failedRun("auto");
  await expect(again(world, id, { onlyFailed: true })).rejects.toThrow(
    "what put did was rolled back, so its result cannot be kept",
  );
  const { id: next } = await again(world, id, { fromStep: "put" });
  await world.play(next);
  expect((await world.status(next)).status).toBe("succeeded");
  expect(jobsOf(outside, next)).toContain("put#1/0/rnr_web-1 1");
  world.close();
});

test("a replay does all of it again with the same inputs, and one key stands for one replay", async () => {
  const { world, id } = await failedRun();
  const first = await again(world, id, {}, "key-1");
  expect(first.isRepeated).toBe(false);
  expect(await again(world, id, {}, "key-1")).toEqual({ id: first.id, isRepeated: true });
  await expect(again(world, id, { fromStep: "many" }, "key-1")).rejects.toThrow("used for another request");
  await expect(again(world, first.id, {})).rejects.toThrow(/is still (running|waiting)/);
  await world.play(first.id);
  const ends = await world.ends(first.id);
  expect(ends).toMatchObject({ put: "succeeded", ask: "succeeded", check: "succeeded" });
  world.close();
});

test("who may not run the workflow may not run it again, and inputs are checked", async () => {
  const { world, id } = await failedRun();
  await expect(again(world, id, { input: { unknown: 1 } })).rejects.toThrow(
    "/input/unknown: is not an input",
  );
  await expect(again(world, id, { input: [1] })).rejects.toThrow("/input: must be an object");
  await expect(again(world, id, { version: 9 })).rejects.toThrow('the workflow "tried" has no revision 9');
  await world.rows("UPDATE workflows SET permissions = ?", [JSON.stringify({ run: ["user:berta"] })]);
  await expect(
    rerun(
      world.ports,
      world.log,
      { ...anna, scopes: ["execute"] },
      id,
      { onlyFailed: true },
      { idempotencyKey: null },
    ),
  ).rejects.toThrow("says who may run it");
  await world.rows("DELETE FROM workflows");
  await expect(again(world, id, {})).rejects.toThrow('the workflow "tried" was deleted since');
  world.close();
});

test("an approval is not taken over by a run with other inputs or another definition", async () => {
  const world = await EngineWorld.make();
  const gated = (ask: object, more: object = {}) => ({
    ...{ inputs: { what: { type: "string", default: "staging" } }, ...more },
    steps: [
      { name: "sure", type: "prompt", message: "Sure?" },
      { name: "ask", type: "prompt", message: "Go on?", ...ask },
      { name: "go", type: "set", set: { went: "inputs.what" } },
    ],
  });
  const other = { fromStep: "go", input: { what: "production" } };
  const refused = "what was approved at ask was not a run with these inputs on this definition";
  const approvers = { users: ["bob"], allowStarter: false };
  const bob = { kind: "user", id: "usr_bob", name: "bob", userId: "usr_bob", roles: [] } as const;
  const finished = async (definition: object) => {
    const id = await world.start(definition);
    for (const message of ["Sure?", "Go on?"]) {
      await world.play(id);
      const open = await world.rows("SELECT 1 FROM prompts WHERE execution_id = ? AND message = ?", [
        ...[id, message],
      ]);
      if (open.length === 0) continue;
      const answer = { response: "Continue" };
      await respond(world.ports, world.log, { project: "default", id, by: bob, answer });
    }
    await world.play(id);
    expect((await world.status(id)).status).toBe("succeeded");
    return id;
  };

  const id = await finished(gated({ approvers }));
  await expect(again(world, id, other)).rejects.toMatchObject({
    ...{ code: "conflict", message: refused },
    extras: { hint: 'Begin with "ask", or before it, so that it is asked again.' },
  });
  const { id: same } = await again(world, id, { fromStep: "go", input: { what: "staging" } });
  await world.play(same);
  expect((await world.status(same)).status).toBe("succeeded");
  await expect(again(world, same, other)).rejects.toThrow(refused);
  const { id: asked } = await again(world, id, { ...other, fromStep: "ask" });
  await world.play(asked);
  expect((await world.status(asked)).status).toBe("waiting");

  const passedOver = await finished(gated({ approvers, condition: "inputs.what !== 'staging'" }));
  await expect(again(world, passedOver, other)).rejects.toThrow(refused);
  await expect(again(world, id, { fromStep: "go", version: 1 })).resolves.toBeDefined();
  const named = await finished(gated({}, { permissions: { approve: ["user:bob"] } }));
  await expect(again(world, named, other)).rejects.toThrow("what was approved at sure");
  const free = await finished(gated({}));
  await expect(again(world, free, other)).resolves.toBeDefined();
  await world.start(gated({ approvers }, { outputs: { went: "vars.went" } }));
  await expect(again(world, id, { fromStep: "go", version: "latest" })).rejects.toThrow(refused);
  world.close();
});
