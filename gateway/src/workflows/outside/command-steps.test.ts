import type { Job } from "@pulse/schema/wire/job";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../../dispatch/world.suite.ts";
import { TestGateway } from "../../runners/gateway.suite.ts";
import { JoinedRunner } from "../../runners/joined.suite.ts";
import { exampleDefinition } from "../runs/engine-world.suite.ts";

let gateway: TestGateway;
let runners: JoinedRunner[];
beforeEach(async () => {
  gateway = await TestGateway.start();
  runners = [
    await JoinedRunner.join(gateway.parts, "web-1"),
    await JoinedRunner.join(gateway.parts, "web-2"),
  ];
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const send = async (method: string, path: string, body: unknown) => {
  const headers = { "content-type": "application/json" };
  const response = await gateway.call(path, { method, headers, body: JSON.stringify(body) });
  const answer = await response.json();
  expect([path, response.ok, answer.detail]).toEqual([path, true, undefined]);
  return answer;
};
const passed = (ms: number) => gateway.parts.clock.advance(ms);
const view = async (id: string) => (await gateway.call(`/v1/executions/${id}`)).json();

async function start(definition: unknown): Promise<string> {
  await send("PUT", "/v1/workflows/tried", definition);
  const { id } = await send("POST", "/v1/workflows/tried/executions", { inputs: {} });
  await passed(10);
  return id;
}

/** Each runner takes its job and ends it so; answers what they were given. */
async function endAll(
  end: (job: Job) => { exitCode: number; stdout?: string; stderr?: string },
): Promise<Job[]> {
  const jobs = await Promise.all(runners.map((runner) => runner.take()));
  for (const [i, job] of jobs.entries()) {
    const { exitCode, stdout = "", stderr = "" } = end(job);
    const ends = { stdout, stdoutTruncated: false, stderr, stderrTruncated: false };
    const command = { exitCode, signal: null, ...ends };
    const error = {
      code: "function_error",
      message: `exited with code ${exitCode}`,
      source: "function" as const,
    };
    const bad = { status: "failed", reason: "function_error", error } as const;
    await runners[i]?.complete(job, { response: null, command, ...(exitCode === 0 ? {} : bad) });
  }
  await passed(100);
  return jobs;
}

const textOf = (job: Job) =>
  job.kind === "command" && job.spec.work.is === "command" ? job.spec.work.text : null;

test("the definition that operators run: it updates, asks, upgrades, and does not reboot after No", async () => {
  const id = await start(exampleDefinition("interactive-system-update"));
  const first = await endAll(() => ({ exitCode: 0 }));
  expect(first.map(textOf)).toEqual(["apt update", "apt update"]);
  expect(await view(id)).toMatchObject({ status: "waiting" });
  await send("POST", `/v1/executions/${id}/respond`, { response: "Yes" });
  await passed(100);
  const second = await endAll(() => ({ exitCode: 0 }));
  expect(second.map(textOf)[0]).toContain("upgrade");
  await send("POST", `/v1/executions/${id}/respond`, { response: "No" });
  await passed(100);
  const { status, run } = await view(id);
  expect(status).toBe("succeeded");
  expect(run.steps.map((step: { status: string }) => step.status)).toEqual([
    ...["succeeded", "succeeded", "succeeded", "succeeded", "skipped"],
  ]);
  const targets = run.steps[0].targets.map((one: { runner: string; exitCode: number }) => [
    one.runner,
    one.exitCode,
  ]);
  expect(targets).toEqual([
    ["web-1", 0],
    ["web-2", 0],
  ]);
});

test("what commands print is there for the steps that follow, and a bad exit code fails the step", async () => {
  const id = await start({
    steps: [
      {
        ...{ id: "count", name: "Count", type: "execute", command: "wc -l", env: { WHO: "me" } },
        outputs: { total: "results.map(r => Number(r.stdout)).reduce((a, b) => a + b, 0)" },
      },
      { id: "check", name: "Check", type: "execute", script: "exit 3", continueOnError: true },
    ],
    outputs: { total: "steps.count.outputs.total", codes: "steps.check.results.map(r => r.exitCode)" },
  });
  const [job] = await endAll(() => ({ exitCode: 0, stdout: "21" }));
  expect(job?.spec).toMatchObject({ name: "Count", settings: { env: { WHO: "me" } } });
  await endAll(() => ({ exitCode: 3 }));
  const { status, run } = await view(id);
  expect([status, run.outputs]).toEqual(["succeeded", { total: 42, codes: [3, 3] }]);
  expect(run.steps[1]).toMatchObject({
    status: "failed",
    error: { message: expect.stringContaining("with code 3 on web-1, web-2") },
  });
});

test("what a command says on its standard error is there for the steps that follow, a failing one's too", async () => {
  const id = await start({
    steps: [
      { id: "one", name: "One", type: "execute", command: "x", targets: ["all"], continueOnError: true },
      { id: "two", name: "Two", type: "set", set: { why: "steps.one.results.map(r => r.stderr)" } },
    ],
    outputs: { why: "vars.why" },
  });
  await endAll(() => ({ exitCode: 1, stderr: "no space left" }));
  expect((await view(id)).run.outputs).toEqual({ why: ["no space left", "no space left"] });
});

test("a runner that was not started for commands is told of at once", async () => {
  const { client } = gateway.parts.ports.database;
  await client.execute(`UPDATE runners SET capabilities = '["process"]' WHERE name = 'web-2'`);
  const id = await start({
    steps: [{ id: "a", name: "A", type: "execute", command: "true", targets: ["web-2"] }],
  });
  const { status, run } = await view(id);
  expect(status).toBe("failed");
  expect(run.steps[0].error.message).toContain("web-2 was not started for commands");
});

test("a command that no runner could be given fails its step and says what is wrong with it", async () => {
  const id = await start({
    steps: [{ id: "a", name: "A", type: "execute", command: "true", cwd: "not/absolute" }],
  });
  const { status, run } = await view(id);
  expect(status).toBe("failed");
  expect(run.steps[0].error.message).toContain("absolute");
});
