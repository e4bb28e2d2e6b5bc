import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createEnrolmentToken, listRunners } from "@pulse/schema/wire/runners";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type InstalledRunner, installRunner, type RunnerArchive } from "../platforms/installed-runner.ts";
import { until } from "../platforms/node.ts";
import type { World } from "../world.ts";
import { pulseIn } from "./sources.suite.ts";

/** Archives of the runner: what is installed, and what the gateway hands out. */
export interface Archives {
  before: RunnerArchive;
  handedOut: RunnerArchive;
}

/** Upgrades of runners that the gateway's line installed, in waves, by the CLI. */
export function upgradesSuite(world: () => World, archives: () => Archives): void {
  const pulse = (...args: string[]) => pulseIn(world(), ...args);
  const installed = new Map<string, InstalledRunner>();
  const names = ["inst-a", "inst-b"];
  const currentOf = () => names.map((name) => installed.get(name)?.current());
  const seen = async () => {
    const { client, signal } = world();
    const { items } = await client.call(listRunners, { query: {}, signal });
    return new Map(items.map((one) => [one.name, one]));
  };

  describe("an upgrade of runners", () => {
    beforeAll(async () => {
      const { client, signal, url, dataDir } = world();
      for (const name of names) {
        const { token } = await client.call(createEnrolmentToken, { body: { pool: "installed" }, signal });
        const folder = join(dataDir, name);
        mkdirSync(folder);
        const env = { PULSE_GATEWAY: url, PULSE_ENROLMENT_TOKEN: token, PULSE_RUNNER_NAME: name };
        installed.set(name, installRunner(folder, archives().before, { ...env, PULSE_SANDBOX: "process" }));
      }
      await until("they are online", async () => {
        const all = await seen();
        return names.every((name) => all.get(name)?.status === "online") || null;
      });
    }, 120_000);
    afterAll(() => Promise.all([...installed.values()].map((one) => one.stop())), 60_000);

    test("goes in waves, is shown, and ends where it is stopped; the next one does what is left", async () => {
      const { before, handedOut } = archives();
      const plan = await pulse("upgrade", "runners", "--dry-run");
      expect([plan.code, plan.out]).toEqual([0, expect.stringMatching(/planned.*wave 0 of 2/)]);
      expect(plan.out).toMatch(/of-green +- +left as it is: .*it was not installed by this gateway's line/);
      const begun = await pulse("upgrade", "runners", "--wave", "1", "--pause", "1h");
      expect([begun.code, begun.out]).toEqual([0, expect.stringContaining("wave 1 of 2")]);
      await until(
        "the first wave is up",
        async () => /inst-a +1 +upgraded\b/.test((await pulse("upgrade", "status")).out) || null,
      );
      expect(currentOf()).toEqual([handedOut.sha256, before.sha256]);
      expect((await seen()).get("inst-a")).toMatchObject({
        status: "online",
        facts: { bundle: handedOut.sha256 },
      });
      const stopped = await pulse("upgrade", "stop");
      expect([stopped.code, stopped.out]).toEqual([
        0,
        expect.stringMatching(/^stopped.*inst-b +2 +was not told/s),
      ]);
      const rest = await pulse("upgrade", "runners", "--wait", "60");
      expect([rest.code, rest.err, rest.out]).toEqual([
        0,
        expect.stringContaining("1/1 inst-b upgraded"),
        expect.stringMatching(/^all upgraded.*inst-a +- +as the gateway/s),
      ]);
      expect(currentOf()).toEqual([handedOut.sha256, handedOut.sha256]);
      const audit = await pulse("api", "GET", "/v1/audit?action=runner.upgrade_end");
      expect(JSON.parse(audit.out).items[0].details).toMatchObject({ state: "succeeded", upgraded: 1 });
    });
  });
}
