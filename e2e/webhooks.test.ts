import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCommandWorkers, startCommandWorld } from "./noted-runs.ts";
import { programEnv, programPath } from "./platforms/program-env.ts";
import type { WorkersGateway } from "./platforms/workers.ts";
import { webhooksSuite } from "./suites/webhooks.suite.ts";
import type { World } from "./world.ts";

describe("on Node", () => {
  let world: World;
  beforeAll(async () => {
    world = await startCommandWorld();
  }, 180_000);
  afterAll(() => world?.stop(), 60_000);
  webhooksSuite(() => world);

  test("pulse webhook makes an address, tests it, shows what came, sends it again, and gives another secret", async () => {
    const entry = programPath("cli/src/main.ts");
    const pulse = async (...args: string[]) => {
      const env = { ...programEnv(), HOME: world.dataDir, PULSE_LANG: "en" };
      const own = { PULSE_GATEWAY: world.url, PULSE_KEY: world.adminKey };
      const options = { cwd: world.dataDir, env: { ...env, ...own } };
      return await promisify(execFile)(process.execPath, [entry, "webhook", ...args], options);
    };
    await world.deploy("typed", { "index.ts": "export const handler = (event) => event;" });
    const kinds = ["--provider", "github", "--function", "typed", "--filter", "event === 'push'"];
    const made = await pulse("create", "typed", ...kinds, "--input", `ref=\${{ payload.ref }}`);
    const [url = "", secret = ""] = made.stdout.trim().split("\n");
    expect(url).toMatch(/\/hooks\/hook_[0-9a-z]{26}$/);
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(made.stderr).toContain("Settings, Webhooks, Add webhook");
    expect((await pulse("list")).stdout).toMatch(/typed +github +typed/);
    const [status, delivery = "", execution = ""] = (await pulse("test", "typed")).stdout.trim().split(" ");
    expect(status).toBe("accepted");
    await world.ended(execution);
    expect(await (await world.call(`/v1/executions/${execution}/result`)).json()).toEqual({
      ref: "refs/heads/main",
    });
    expect((await pulse("deliveries", "typed")).stdout).toMatch(new RegExp(`${delivery}.*push.*started`));
    expect((await pulse("deliveries", "typed", delivery)).stdout).toMatch(
      /x-github-event: push[\s\S]*refs\/heads\/main/,
    );
    const again = JSON.parse((await pulse("resend", "typed", delivery, "--json")).stdout);
    expect(again).toMatchObject({ resendOf: delivery, status: "started" });
    expect((await pulse("rotate", "typed", "--overlap", "1h")).stdout.trim()).toMatch(/^[0-9a-f]{64}$/);
    const since = await pulse("resend", "typed", "--since", "1h", "--json");
    expect(JSON.parse(since.stdout).items).toMatchObject([{ resendOf: delivery }]);
    await expect(pulse("resend", "typed")).rejects.toMatchObject({ code: 2 });
    await pulse("delete", "typed");
    expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(401);
  });
});

describe("on Workers", () => {
  let world: World;
  let gateway: WorkersGateway;
  beforeAll(async () => {
    ({ world, gateway } = await startCommandWorkers());
  }, 240_000);
  afterAll(() => world?.stop(), 60_000);
  webhooksSuite(
    () => world,
    () => gateway.cron(),
  );
});
