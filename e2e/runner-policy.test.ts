import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { executionOf, startWorld, type World } from "./world.ts";

let world: World;
let folder: string;
let path: string;
const write = (policy: unknown) => writeFileSync(path, JSON.stringify(policy), { mode: 0o600 });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pulse-policy-"));
  path = join(folder, "policy.json");
  write({ memory: "128MB" });
  world = await startWorld({ sandbox: "process", runnerEnv: { PULSE_POLICY: path } });
}, 180_000);
afterAll(async () => {
  await world?.stop();
  rmSync(folder, { recursive: true });
}, 60_000);

const files = { "index.ts": "export const handler = () => 'well';" };

test("what the policy of a runner does not allow is refused, and the execution says why", async () => {
  await world.deploy("small", files, { settings: { memory: "64MB" } });
  expect((await world.call("/f/small")).status).toBe(200);
  await expect(world.deploy("large", files, { settings: { memory: "512MB" } })).rejects.toThrow(
    /at most 128 MB of memory, got 512/,
  );

  write({ memory: "128MB", functions: ["other"] });
  const refused = await world.call("/f/small");
  expect(refused.status).toBe(502);
  expect(await refused.json()).toMatchObject({ code: "refused_by_runner" });
  const execution = await world.execution(executionOf(refused));
  expect(execution).toMatchObject({ status: "failed", reason: "refused_by_runner", attempt: 1 });
  expect(execution.error?.message).toMatch(/policy refuses this: not the function "small"/);

  write({ memory: "128MB" });
  expect((await world.call("/f/small")).status).toBe(200);
}, 120_000);

test("at-most-once work that is refused is refused once", async () => {
  await world.deploy("once", files, { settings: { memory: "64MB", delivery: "atMostOnce" } });
  write({ projects: [] });
  const refused = await world.call("/f/once", { method: "POST" });
  expect(refused.status).toBe(502);
  const execution = await world.execution(executionOf(refused));
  expect(execution).toMatchObject({ status: "failed", reason: "refused_by_runner", attempt: 1 });
}, 120_000);
