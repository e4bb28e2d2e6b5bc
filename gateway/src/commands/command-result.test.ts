import { randomBytes } from "node:crypto";
import { makeId } from "@pulse/schema/ids";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { getExecution, getResult } from "../executions/read.ts";
import { JoinedRunner } from "../runners/joined.suite.ts";
import { makeParts, type Parts } from "../runners/parts.suite.ts";
import { commandExecution } from "./command-execution.ts";

const never = new AbortController().signal;
const asked = { method: "GET", requestId: "req" };
let parts: Parts;
let runner: JoinedRunner;
beforeEach(async () => {
  parts = await makeParts();
  runner = await JoinedRunner.join(parts);
});
afterEach(async () => {
  await settle();
  parts.close();
  expect(parts.problems).toEqual([]);
});

/** A command that its runner holds. */
async function handed() {
  const createdAt = parts.clock.now();
  const id = makeId("execution", createdAt, randomBytes(10));
  const execution = commandExecution({
    ...{
      id,
      createdAt,
      runner: runner.holder.runner,
      project: "default",
      pool: "default",
      timeoutMs: 60_000,
    },
    ...{ delivery: "atMostOnce", mode: "async", expiresAt: null, parentId: null, caller: null },
    spec: { name: "Disk", work: { is: "command", text: "df -h" }, trigger: { type: "manual" } },
  });
  await parts.deps.hub.invoke({ execution, waitMs: 0, body: null }, never);
  return await runner.take();
}

test("an execution of a command is shown with its runner, and its result is how it ended", async () => {
  const job = await handed();
  const command = { exitCode: 0, signal: null, stdout: "/ 42%", stdoutTruncated: false };
  await runner.complete(job, { response: null, command });
  expect(await getExecution(parts.deps, "default", job.execution)).toMatchObject({
    ...{ kind: "command", name: "Disk", version: null, status: "succeeded", trigger: { type: "manual" } },
  });
  const result = await getResult(parts.deps, "default", job.execution, asked);
  expect(result.status).toBe(200);
  expect(await result.json()).toEqual(command);
});

test("the result of one that failed is how it ended as well", async () => {
  const job = await handed();
  const command = { exitCode: 3, signal: null, stdout: "so far", stdoutTruncated: false };
  const error = { code: "function_error", message: "exited with code 3", source: "function" as const };
  await runner.complete(job, { status: "failed", reason: "function_error", error, response: null, command });
  expect(await getExecution(parts.deps, "default", job.execution)).toMatchObject({
    ...{ status: "failed", reason: "function_error", error: { message: "exited with code 3" } },
  });
  const result = await getResult(parts.deps, "default", job.execution, asked);
  expect(await result.json()).toEqual(command);
});

test("one that never began has no result but why", async () => {
  const job = await handed();
  const error = { code: "refused_by_runner", message: "no commands", source: "platform" as const };
  await runner.complete(job, { status: "failed", reason: "refused_by_runner", error, response: null });
  const answer = await getResult(parts.deps, "default", job.execution, asked);
  expect(answer.ok).toBe(false);
  expect(await answer.json()).toMatchObject({ code: "refused_by_runner", detail: "no commands" });
});
