import type { Job, Outcome } from "@pulse/schema/wire/job";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../../dispatch/world.suite.ts";
import { TestGateway } from "../../runners/gateway.suite.ts";
import { JoinedRunner } from "../../runners/joined.suite.ts";
import { secretsApart } from "./request-job.ts";

let gateway: TestGateway;
let runners: JoinedRunner[];
beforeEach(async () => {
  gateway = await TestGateway.start();
  const { parts } = gateway;
  runners = [await JoinedRunner.join(parts, "web-1"), await JoinedRunner.join(parts, "web-2")];
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const send = async (method: string, path: string, body: unknown) => {
  const headers = { "content-type": "application/json" };
  const response = await gateway.call(path, { method, headers, body: JSON.stringify(body) });
  const text = await response.text();
  const answer = text === "" ? {} : JSON.parse(text);
  expect([path, response.ok, answer.detail]).toEqual([path, true, undefined]);
  return answer;
};
const passed = (ms: number) => gateway.parts.clock.advance(ms);
const read = async (path: string) => (await gateway.call(path)).json();
const view = (id: string) => read(`/v1/executions/${id}`);
const filled = (text: string) => `\${{ ${text} }}`;

async function start(step: object, outputs: Record<string, string> = {}): Promise<string> {
  const call = { id: "call", name: "Call", type: "http", url: "http://intranet.example.test/x", ...step };
  await send("PUT", "/v1/workflows/tried", { steps: [{ targets: ["all"], ...call }], outputs });
  const { id } = await send("POST", "/v1/workflows/tried/executions", { inputs: {} });
  await passed(10);
  return id;
}

const ended = { exitCode: null, signal: null, stdout: "", stdoutTruncated: false };

/** Each runner takes its request and is answered so. */
async function answerAll(end: (job: Job, at: number) => Partial<Outcome>): Promise<Job[]> {
  const jobs = await Promise.all(runners.map((runner) => runner.take()));
  for (const [i, job] of jobs.entries()) await runners[i]?.complete(job, { response: null, ...end(job, i) });
  await passed(100);
  return jobs;
}
const json = (status: number, body: unknown): Partial<Outcome> => {
  const headers = { "content-type": "application/json" };
  return { command: { ...ended, answer: { status, headers, body: JSON.stringify(body) } } };
};

test("each runner is given the request, and its answer is the result of its target", async () => {
  const id = await start(
    { method: "POST", headers: { "X-Run": filled("execution.workflow") }, body: { n: [1] } },
    {
      ids: "steps.call.results.map(r => r.output.body.id)",
      codes: "steps.call.results.map(r => r.output.status)",
    },
  );
  const jobs = await answerAll((_, at) => json(201, { id: at }));
  expect(jobs[0]).toMatchObject({
    ...{ kind: "command", delivery: "atMostOnce", timeoutMs: 30_000 },
    spec: {
      name: "Call",
      work: {
        ...{ is: "request", method: "POST", url: "http://intranet.example.test/x", body: '{"n":[1]}' },
        headers: expect.arrayContaining([
          ["X-Run", ["tried"]],
          ["content-type", ["application/json"]],
          ["pulse-depth", ["1"]],
        ]),
      },
    },
  });
  const keys = jobs.map((job) =>
    job.kind === "command" && job.spec.work.is === "request"
      ? job.spec.work.headers.find(([name]) => name === "idempotency-key")?.[1][0]
      : null,
  );
  expect(keys).toEqual(runners.map(({ holder }) => `${id}:call@${holder.runner}`));
  const { status, run } = await view(id);
  expect([status, run.outputs]).toEqual(["succeeded", { ids: [0, 1], codes: [201, 201] }]);
  const [{ execution }] = run.steps[0].targets;
  expect(await read(`/v1/executions/${execution}/result`)).toMatchObject({
    answer: { status: 201, body: '{"id":0}' },
  });
});

test("what a runner refuses is the problem of its target", async () => {
  const id = await start({ targets: { select: ["all"], strategy: { maxFailures: 1 } } });
  const message = "this runner's policy refuses this: no requests to intranet.example.test:80";
  const error = { code: "refused_by_runner", message, source: "platform" as const };
  await answerAll((_, at) =>
    at === 0 ? json(200, 1) : { status: "failed", reason: "refused_by_runner", error },
  );
  const { status, run } = await view(id);
  expect(status).toBe("succeeded");
  expect(run.steps[0].targets).toMatchObject([
    { runner: "web-1", status: "succeeded", reason: null },
    { runner: "web-2", status: "failed", reason: message },
  ]);
});

test("a runner that makes no requests is told of at once, though it takes commands", async () => {
  const { client } = gateway.parts.ports.database;
  await client.execute(`UPDATE runners SET capabilities = '["process", "commands"]' WHERE name = 'web-2'`);
  const { status, run } = await view(await start({ targets: ["web-2"] }));
  expect(status).toBe("failed");
  expect(run.steps[0].error.message).toContain(
    "web-2 makes no requests for workflows: its owner lets it with PULSE_REQUESTS",
  );
});

test.each([
  [{ url: filled("'ftp://intranet.example.test/'") }, "only https:// and http:// URLs are called"],
  [{ url: filled(`'http://a:b${"@"}intranet.example.test/'`) }, "send them as a header"],
  [{ body: { a: 1 } }, "a GET request has no body"],
  [{ method: filled("'trace'") }, "GET"],
  [{ method: "POST", body: filled("'x'.repeat(300000)") }, "at most 262144 characters"],
])("what no runner could be given fails the step and says why: %j", async (step, words) => {
  const { status, run } = await view(await start(step));
  expect(status).toBe("failed");
  expect(run.steps[0].error.message).toContain(words);
});

test("a secret goes to the runner by its name, to be sealed, and never in the request", async () => {
  await send("PUT", "/v1/secrets/API_TOKEN", { value: "hunter2-and-more" });
  await start({
    secrets: { token: "API_TOKEN", other: "OTHER" },
    headers: { Authorization: `Bearer ${filled("secrets.token")}` },
  });
  const [job] = await answerAll(() => json(200, null));
  expect(job?.spec.settings).toMatchObject({ secrets: { SECRET_1: "API_TOKEN" } });
  expect(JSON.stringify(job)).toContain('["Authorization",["Bearer ",{"secret":"SECRET_1"}]]');
  expect(JSON.stringify(job)).not.toContain("hunter2");
});

test("a secret that stands in several headers is handed out once", () => {
  const part = { $secret: "token" };
  expect(
    secretsApart({ a: { $parts: [part] }, b: "plain", c: { $parts: ["x", part, { $secret: "vault:a#b" }] } }),
  ).toEqual({
    headers: [
      ["a", [{ secret: "SECRET_1" }]],
      ["b", ["plain"]],
      ["c", ["x", { secret: "SECRET_1" }, { secret: "SECRET_2" }]],
    ],
    secrets: { SECRET_1: "token", SECRET_2: "vault:a#b" },
  });
});
