import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCommandWorkers, startCommandWorld } from "./noted-runs.ts";
import { programEnv, programPath } from "./platforms/program-env.ts";
import type { WorkersGateway } from "./platforms/workers.ts";
import { schedulesSuite } from "./suites/schedules.suite.ts";
import type { World } from "./world.ts";

describe("on Node", () => {
  let world: World;
  beforeAll(async () => {
    world = await startCommandWorld();
  }, 180_000);
  afterAll(() => world?.stop(), 60_000);
  schedulesSuite(
    () => world,
    () => world.crashGateway(),
  );

  test("pulse schedule makes one, says when it comes, pauses, runs it now, and shows what became of its ticks", async () => {
    const entry = programPath("cli/src/main.ts");
    const pulse = async (...args: string[]) => {
      const env = { ...programEnv(), HOME: world.dataDir, PULSE_LANG: "en" };
      const own = { PULSE_GATEWAY: world.url, PULSE_KEY: world.adminKey };
      const options = { cwd: world.dataDir, env: { ...env, ...own } };
      const { stdout } = await promisify(execFile)(process.execPath, [entry, "schedule", ...args], options);
      return stdout.trim();
    };
    await world.deploy("nightly", { "index.ts": "export const handler = (event) => event;" });
    const times = ["--cron", "30 2 * * *", "--timezone", "Europe/Madrid"];
    await expect(pulse("create", "nightly", "--function", "nightly")).rejects.toMatchObject({ code: 2 });
    expect(await pulse("create", "nightly", ...times, "--function", "nightly", "--input", "n=1")).toMatch(
      /^nightly 20\d\d-.*Z$/,
    );
    expect((await pulse("next", "nightly", "--count", "3")).split("\n")).toEqual(
      Array.from({ length: 3 }, () => expect.stringMatching(/Z {2}20.* 0[23]:[03]0:00 .* Europe\/Madrid$/)),
    );
    expect(await pulse("pause", "nightly", "--reason", "not now")).toBe("paused: not now");
    expect(await pulse("list")).toMatch(
      /nightly +30 2 \* \* \* \(Europe\/Madrid\) +nightly +skip +paused: not now/,
    );
    const [status, execution = ""] = (await pulse("trigger", "nightly")).split(" ");
    expect(status).toBe("started");
    await world.ended(execution);
    expect(await (await world.call(`/v1/executions/${execution}/result`)).json()).toEqual({ n: 1 });
    expect(await pulse("ticks", "nightly")).toMatch(new RegExp(`started +${execution} +succeeded`));
    expect(await pulse("resume", "nightly")).toMatch(/Z$/);
    expect(JSON.parse(await pulse("get", "nightly", "--json"))).toMatchObject({
      enabled: true,
      paused: null,
    });
    await pulse("delete", "nightly");
    expect(await pulse("list")).not.toContain("nightly");
  });
});

describe("on Workers", () => {
  let world: World;
  let gateway: WorkersGateway;
  beforeAll(async () => {
    ({ world, gateway } = await startCommandWorkers());
  }, 240_000);
  afterAll(() => world?.stop(), 60_000);
  schedulesSuite(
    () => world,
    () => gateway.evict("control/default"),
  );
});
