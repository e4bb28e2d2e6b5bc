import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

/** A template of an expression. */
const v = (text: string) => `\${{ ${text} }}`;
const json = { "content-type": "application/json" };
async function ask(body: unknown) {
  const init = { method: "POST", headers: json, body: JSON.stringify(body) };
  const response = await gateway.call("/v1/workflows/plan", init);
  return { status: response.status, body: await response.json() };
}
interface Step {
  path: string;
  runs: string;
  does: { value?: unknown; dependsOn: string[]; problem: string | null } | null;
  texts: { pointer: string; value?: unknown; dependsOn: string[] }[];
  targets: { verdict: string | null; batches: string[][]; dependsOn: string[]; reason: string | null } | null;
}
async function planned(definition: unknown, inputs: unknown = {}) {
  const { status, body } = await ask({ definition, inputs });
  expect([status, body.detail]).toEqual([200, undefined]);
  const steps = new Map((body.steps as Step[]).map((step) => [step.path, step]));
  return { body, step: (path: string) => steps.get(path) };
}

test("expressions of what is known have their values, the others say what they depend on", async () => {
  const { step, body } = await planned(
    {
      inputs: { tier: { type: "string" }, loud: { type: "boolean", default: false } },
      vars: { where: `tier ${v("inputs.tier")}` },
      steps: [
        { id: "count", name: "Count", type: "execute", targets: ["all"], command: `ls ${v("vars.where")}` },
        {
          id: "ask",
          name: "Ask",
          type: "prompt",
          message: `${v("steps.count.outputs.n")} on ${v("inputs.tier")}?`,
        },
        { id: "quiet", name: "Quiet", type: "wait", duration: "5s", condition: "!inputs.loud" },
        {
          id: "loud",
          name: "Loud",
          type: "wait",
          duration: 1,
          condition: "inputs.loud && promptResponse === 'Yes'",
        },
        {
          id: "last",
          name: "Last",
          type: "stop",
          status: "succeeded",
          condition: "promptResponse === 'Yes' || inputs.loud",
        },
        {
          id: "none",
          name: "None",
          type: "wait",
          duration: 1,
          condition: "steps.loud.status === 'skipped'",
        },
      ],
    },
    { tier: "web; rm" },
  );
  expect(body).toMatchObject({ inputs: { tier: "web; rm", loud: false }, vars: { where: "tier web; rm" } });
  expect(step("count")?.does).toMatchObject({ value: "ls 'tier web; rm'", dependsOn: [] });
  expect(step("ask")?.does).toMatchObject({
    value: `${v("steps.count.outputs.n")} on web; rm?`,
    dependsOn: ["steps.count.outputs"],
  });
  expect(["quiet", "loud", "last", "none"].map((id) => step(id)?.runs)).toEqual([
    "yes",
    "no",
    "depends",
    "yes",
  ]);
});

test("targets are the runners as they are now, in their batches; what depends on the run is not guessed", async () => {
  for (const name of ["web-1", "web-2", "web-3", "db-1"]) {
    await HttpRunner.join(gateway, name);
  }
  const strategy = { mode: "rolling", canary: 1, batch: 1 };
  const { step } = await planned(
    {
      inputs: { pattern: { type: "string" } },
      steps: [
        {
          id: "roll",
          name: "Roll",
          type: "execute",
          command: "x",
          targets: { select: [`name:${v("inputs.pattern")}`, "!web-2"], strategy, unavailable: "wait" },
        },
        { id: "gone", name: "Gone", type: "execute", command: "x", targets: ["web-9"] },
        {
          id: "later",
          name: "Later",
          type: "execute",
          command: "x",
          targets: { select: ["all"], where: "name === steps.roll.outputs.worst" },
        },
      ],
      onFailure: [{ id: "again", name: "Again", type: "execute", command: "x", targets: ["@failed"] }],
    },
    { pattern: "web-*" },
  );
  expect(step("roll")?.targets).toMatchObject({ verdict: "run", batches: [["web-1"], ["web-3"]] });
  expect(step("gone")?.targets).toMatchObject({
    verdict: "fail",
    reason: expect.stringContaining("web-9"),
  });
  expect(step("again")?.targets).toMatchObject({ verdict: null, dependsOn: ["@failed"], batches: [] });
  expect(step("later")?.targets).toMatchObject({ verdict: null, dependsOn: ["steps.roll.outputs"] });
});

test("branches are taken as far as they are decided, and known items are gone through one by one", async () => {
  const wait = (id: string, more: object = {}) => ({ id, name: id, type: "wait", duration: 1, ...more });
  const { step, body } = await planned(
    {
      inputs: { env: { type: "string" }, files: { type: "json", default: ["a", "b"] } },
      steps: [
        {
          id: "choose",
          name: "Choose",
          type: "if",
          if: "inputs.env === 'prod'",
          // biome-ignore lint/suspicious/noThenProperty: the format says so.
          then: [wait("careful")],
          else: [wait("quick")],
        },
        {
          id: "route",
          name: "Route",
          type: "switch",
          cases: [
            { when: "inputs.env === 'dev'", steps: [wait("dev")] },
            { when: "promptResponse === 'x'", steps: [wait("asked")] },
          ],
          default: [wait("other")],
        },
        {
          id: "each",
          name: "Each",
          type: "foreach",
          items: v("inputs.files"),
          as: "file",
          steps: [
            { id: "put", name: "Put", type: "notify", channel: "slack:x", message: `got ${v("file")}` },
          ],
        },
        {
          id: "later",
          name: "Later",
          type: "foreach",
          items: v("steps.each.outputs"),
          steps: [wait("inner", { duration: v("item") })],
        },
        { id: "asks", name: "Asks", type: "prompt", message: "?" },
      ],
    },
    { env: "prod" },
  );
  expect(["careful", "quick", "dev", "asked", "other"].map((id) => step(id)?.runs)).toEqual([
    "yes",
    "no",
    "no",
    "depends",
    "depends",
  ]);
  expect([step("each[0]/put")?.does?.value, step("each[1]/put")?.does?.value]).toEqual([
    "slack:x: got a",
    "slack:x: got b",
  ]);
  expect(step("later[…]/inner")?.does).toMatchObject({ dependsOn: ["item"] });
  expect(body.isCut).toBe(false);
});

test("secrets are never filled in", async () => {
  const { step, body } = await planned(
    {
      inputs: { token: { type: "secret" } },
      steps: [
        {
          id: "call",
          name: "Call",
          type: "execute",
          command: "curl",
          targets: ["all"],
          env: { A: v("secrets.key"), B: v("inputs.token") },
          secrets: { key: "stored" },
        },
      ],
    },
    { token: "tok" },
  );
  expect(step("call")?.texts.map(({ value, dependsOn }) => [value, dependsOn])).toEqual([
    [undefined, ["secrets.key"]],
    [undefined, ["inputs.token"]],
  ]);
  expect(body.inputs).toEqual({ token: { $secret: "tok" } });
});

test("a saved workflow is planned by name and revision; nothing of it runs", async () => {
  const put = (text: string) =>
    gateway.call("/v1/workflows/saved", {
      method: "PUT",
      headers: json,
      body: JSON.stringify({ steps: [{ name: "a", type: "stop", status: "succeeded", message: text }] }),
    });
  await put("one");
  await put("two");
  const { body } = await ask({ workflow: "saved" });
  expect([body.revision, body.steps[0].does.value]).toEqual([2, "succeeded: two"]);
  const first = await ask({ workflow: "saved", revision: 1 });
  expect(first.body.steps[0].does.value).toBe("succeeded: one");
  expect((await ask({ workflow: "none" })).status).toBe(404);
  expect((await ask({ workflow: "saved", revision: 9 })).status).toBe(404);
  expect((await (await gateway.call("/v1/executions")).json()).items).toEqual([]);
});

test("a definition or inputs that are not in order are refused with their places", async () => {
  const bad = await ask({ definition: { steps: [{ name: "a", type: "wait" }] } });
  expect([bad.status, bad.body.errors[0].pointer]).toEqual([422, "/steps/0"]);
  const missing = await ask({
    definition: {
      inputs: { n: { type: "integer", required: true } },
      steps: [{ name: "a", type: "wait", duration: 1 }],
    },
  });
  expect([missing.status, missing.body.errors[0].pointer]).toEqual([422, "/inputs/n"]);
  expect((await ask({})).status).toBe(422);
});
