import { afterEach, beforeEach, expect, test } from "vitest";
import { TestGateway } from "../gateway.suite.ts";
import { takeReport } from "./move.ts";
import { createUpgradeStore } from "./store.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
});
afterEach(() => gateway.close());

test("a wave whose runners all report at once is wholly written down", async () => {
  const { deps, ports } = gateway.parts;
  ports.upgradeBegun = () => undefined;
  const [project, sha256, startedAt] = ["default", "b".repeat(64), ports.now()];
  const told = { wave: 1, state: "told" as const, why: null, sha256, at: startedAt, saidAt: startedAt };
  const runners = Array.from({ length: 40 }, (_, i) => ({ id: `run_${i}`, name: `web-${i}`, ...told }));
  await createUpgradeStore(ports.database).write(
    project,
    {
      ...{ id: "upg_1", state: "running", version: "0.2.0", why: null, wave: 1, waves: 1, waveSize: "100%" },
      ...{
        pauseMs: 0,
        withinMs: 300_000,
        startedAt,
        endedAt: null,
        waveEndedAt: null,
        allowDowngrade: false,
        runners,
      },
    },
    null,
  );
  const up = { outcome: "up" as const, sha256, detail: null };
  const said = runners.map(({ id }) => takeReport(deps, project, "upg_1", { runner: id, ...up }));
  const refused = (await Promise.allSettled(said)).filter(({ status }) => status === "rejected");
  expect(refused).toEqual([]);
  const kept = await createUpgradeStore(ports.database).read(project);
  expect(kept?.upgrade).toMatchObject({ state: "succeeded", why: null });
});
