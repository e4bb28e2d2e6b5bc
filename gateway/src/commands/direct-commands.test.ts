import type { DirectCommand } from "@pulse/schema/wire/commands";
import { commandEvents } from "@pulse/schema/wire/commands";
import type { Job } from "@pulse/schema/wire/job";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createKeyRing } from "../auth/keys.ts";
import { settle } from "../dispatch/world.suite.ts";
import { forgetOld } from "../retention/forget.ts";
import { TestGateway } from "../runners/gateway.suite.ts";
import { JoinedRunner } from "../runners/joined.suite.ts";

let gateway: TestGateway;
let runners: JoinedRunner[];
beforeEach(async () => {
  gateway = await TestGateway.start();
  runners = [];
  for (const name of ["db-1", "web-1", "web-2"]) runners.push(await JoinedRunner.join(gateway.parts, name));
  const { client } = gateway.parts.ports.database;
  await client.execute(`UPDATE runners SET labels = '{"web":"","env":"prod"}' WHERE name LIKE 'web-%'`);
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const passed = (ms: number) => gateway.parts.clock.advance(ms);
const view = async (id: string) => (await gateway.call(`/v1/commands/${id}`)).json();

async function post(body: unknown, headers: Record<string, string> = {}, key = gateway.key) {
  const response = await gateway.send("/v1/commands", {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function start(body: DirectCommand): Promise<string> {
  const answer = await post(body);
  expect([answer.status, answer.body.detail]).toEqual([202, undefined]);
  await passed(10);
  return answer.body.id;
}

/** What a runner took ends so. */
async function end(
  runner: JoinedRunner | undefined,
  job: Job,
  exitCode: number,
  stdout: string,
  stderr = "",
) {
  const command = { exitCode, signal: null, stdout, stdoutTruncated: false, stderr, stderrTruncated: false };
  const message = `exited with code ${exitCode}`;
  const error = { code: "function_error", message, source: "function" as const };
  const bad = { status: "failed", reason: "function_error", error } as const;
  await runner?.complete(job, { response: null, command, ...(exitCode === 0 ? {} : bad) });
}

test("a command runs on the machines that the expression means, and equal outputs are told together", async () => {
  const id = await start({ targets: ["web & label:env=prod", "name:db-*"], command: "uname -r" });
  expect(await view(id)).toMatchObject({
    ...{ status: "running", startedBy: "key:admin", groups: [], error: null, endedAt: null },
    counts: { total: 3, waiting: 3, running: 0, succeeded: 0, failed: 0, skipped: 0 },
  });
  const jobs = await Promise.all(runners.map((runner) => runner.take()));
  expect(jobs.map((job) => job.kind === "command" && job.spec.work)).toEqual(
    Array(3).fill({ is: "command", text: "uname -r" }),
  );
  for (const [i, job] of jobs.entries()) await end(runners[i], job, 0, i === 0 ? "5.10.0" : "6.1.0");
  await passed(100);
  const shown = await view(id);
  expect(shown).toMatchObject({
    status: "succeeded",
    counts: { total: 3, waiting: 0, running: 0, succeeded: 3, failed: 0, skipped: 0 },
    asked: { targets: ["web & label:env=prod", "name:db-*"], command: "uname -r" },
  });
  expect(shown.groups.map((one: { runners: string[]; stdout: string }) => [one.runners, one.stdout])).toEqual(
    [
      [["web-1", "web-2"], "6.1.0"],
      [["db-1"], "5.10.0"],
    ],
  );
  const execution = await (await gateway.call(`/v1/executions/${id}`)).json();
  expect(execution).toMatchObject({
    kind: "workflow",
    name: "$ uname -r",
    trigger: { type: "command", by: "key:admin" },
  });
});

test("what it says of errors and how it ended make a group, and one that fails fails the whole", async () => {
  const id = await start({
    targets: ["web"],
    script: "#!/bin/bash\ndf",
    env: { LANG: "C" },
    timeoutMs: 9000,
  });
  const [, first, second] = runners;
  const one = await (first as JoinedRunner).take();
  expect(one).toMatchObject({ timeoutMs: 9000, spec: { name: "$ df", settings: { env: { LANG: "C" } } } });
  await end(first, one, 0, "same");
  await end(second, await (second as JoinedRunner).take(), 3, "same", "no space");
  await passed(100);
  const { status, groups, counts } = await view(id);
  expect([status, counts.succeeded, counts.failed]).toEqual(["failed", 1, 1]);
  expect(groups.map((group: { exitCode: number; stderr: string }) => [group.exitCode, group.stderr])).toEqual(
    [
      [0, ""],
      [3, "no space"],
    ],
  );
});

test("nothing in a command is a template", async () => {
  const filled = (name: string) => `\${{ ${name} }}`;
  const text = `echo '${filled("secrets.x")}' $${filled("y")} "${filled("z")}"`;
  const env = { A: filled("b") };
  const id = await start({ targets: ["db-1"], command: text, env });
  const job = await (runners[0] as JoinedRunner).take();
  expect(job).toMatchObject({ spec: { work: { text }, settings: { env } } });
  expect((await view(id)).asked).toEqual({ targets: ["db-1"], command: text, env });
});

test("targets that name nothing end it with the reason, and nothing runs", async () => {
  const id = await start({ targets: ["nowhere"], command: "true" });
  expect(await view(id)).toMatchObject({
    ...{ status: "failed", results: [], groups: [] },
    error: { message: expect.stringContaining("nowhere") },
  });
});

test("what is wrong with a request is told at its places", async () => {
  const both = await post({ targets: ["all"], command: "a", script: "b" });
  expect([both.status, both.body.detail]).toEqual([422, expect.stringContaining("exactly one")]);
  const bad = await post({ targets: ["web & ("], command: "a" });
  expect([bad.status, bad.body.errors]).toEqual([422, [expect.objectContaining({ pointer: "/targets/0" })]]);
});

test("sent again under its key it is the same one, and another one is refused", async () => {
  const key = { "idempotency-key": "once" };
  const answers = await Promise.all([1, 2].map(() => post({ targets: ["db-1"], command: "date" }, key)));
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  expect(answers.filter(({ headers }) => headers.get("idempotent-replayed") === "true")).toHaveLength(1);
  const other = await post({ targets: ["db-1"], command: "reboot" }, key);
  expect([other.status, other.body.code]).toEqual([422, "idempotency_mismatch"]);
  await passed(86_400_001);
  const later = await post({ targets: ["db-1"], command: "reboot" }, key);
  expect([later.status, later.body.id === answers[0]?.body.id]).toEqual([202, false]);
});

test("own words need `deploy`, what the machines describe needs `execute`", async () => {
  const ring = createKeyRing(gateway.parts.ports);
  const { key } = await ring.create("default", { name: "op", scopes: ["execute"], expiresAt: null });
  const words = await post({ targets: ["db-1"], command: "date" }, {}, key);
  expect([words.status, words.body.code]).toEqual([403, "forbidden"]);
  const described = await post(
    { targets: ["db-1"], commandRef: "apt-upgrade", args: { only: "x" } },
    {},
    key,
  );
  expect(described.status).toBe(202);
  await passed(10);
  const job = await (runners[0] as JoinedRunner).take();
  expect(job).toMatchObject({ spec: { work: { is: "ref", name: "apt-upgrade", args: { only: "x" } } } });
});

test("cancelling it cancels it on every machine", async () => {
  const id = await start({ targets: ["web"], command: "sleep 100" });
  const job = await (runners[1] as JoinedRunner).take();
  const answer = await gateway.call(`/v1/executions/${id}/cancel`, { method: "POST" });
  expect(answer.status).toBe(202);
  await passed(100);
  const { cancel } = await (runners[1] as JoinedRunner).sync({ running: [job] });
  expect(cancel).toMatchObject([{ execution: job.execution }]);
  await runners[1]?.complete(job, { status: "cancelled", reason: "cancelled", response: null });
  await passed(100);
  expect(await view(id)).toMatchObject({ status: "cancelled", counts: { failed: 2 } });
});

test("a command whose machine fell silent is lost and never run again", async () => {
  const id = await start({ targets: ["db-1"], command: "halt" });
  const [runner] = runners as [JoinedRunner, ...JoinedRunner[]];
  const { execution, fence } = await runner.take();
  await gateway.parts.deps.hub.start({ holder: runner.holder, execution, fence, instanceId: "i" });
  await passed(3_600_000);
  const { status, results } = await view(id);
  expect([status, results[0].status]).toEqual(["failed", "lost"]);
  const { items } = await (await gateway.call(`/v1/executions?parent=${id}`)).json();
  expect(items).toHaveLength(1);
});

test("its progress is streamed until it ends", async () => {
  const id = await start({ targets: ["web"], command: "date" });
  const response = await gateway.call(`/v1/commands/${id}`, { headers: { accept: "text/event-stream" } });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const text = response.text();
  const [, first, second] = runners;
  await settle();
  await end(first, await (first as JoinedRunner).take(), 0, "now");
  await passed(1000);
  await end(second, await (second as JoinedRunner).take(), 0, "now");
  await passed(1000);
  const events = [...(await text).matchAll(/event: (\w+)\ndata: (.*)\n/g)].map(([, name, data]) => ({
    name,
    data: JSON.parse(data ?? ""),
  }));
  for (const { name, data } of events) {
    const { success } = commandEvents[name as keyof typeof commandEvents].safeParse(data);
    expect([name, success]).toEqual([name, true]);
  }
  expect(events.at(0)?.data.counts.succeeded).toBe(0);
  expect(events.some(({ name, data }) => name === "progress" && data.counts.succeeded === 1)).toBe(true);
  expect(events.at(-1)).toMatchObject({
    name: "end",
    data: { status: "succeeded", groups: [{ stdout: "now" }] },
  });
});

test("its progress is told no longer than the key is good that asked for it", async () => {
  const id = await start({ targets: ["web"], command: "date" });
  const made = { name: "reader", scopes: ["read"], expiresAt: null };
  const { key } = await createKeyRing(gateway.parts.ports).create("default", made);
  const headers = { accept: "text/event-stream", authorization: `Bearer ${key}` };
  const text = (await gateway.send(`/v1/commands/${id}`, { headers })).text();
  await settle();
  await gateway.call("/v1/keys/reader", { method: "DELETE" });
  await passed(15_100);
  expect(await text).not.toContain("event: end");
});

test("there is no command under the id of a workflow's execution, nor one of another project", async () => {
  expect((await gateway.call("/v1/commands/exe_none")).status).toBe(404);
});

test("a command that is no longer kept leaves nothing of its definition", async () => {
  const id = await start({ targets: ["nowhere"], command: "true" });
  expect((await view(id)).status).toBe("failed");
  const { client } = gateway.parts.ports.database;
  const longAgo = 400 * 86_400_000;
  await client.execute(
    `UPDATE executions SET created_at = created_at - ${longAgo}, ended_at = ended_at - ${longAgo}`,
  );
  for await (const _ of forgetOld(gateway.parts.ports));
  const { rows } = await client.execute("SELECT count(*) AS n FROM workflow_revisions");
  expect(rows[0]?.n).toBe(0);
});
