import { afterAll, beforeAll, describe } from "vitest";
import { startCommandWorld } from "./noted-runs.ts";
import { startLosableWorkers } from "./platforms/losable-workers.ts";
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
});

describe("on Workers", () => {
  let world: World;
  let gateway: WorkersGateway;
  beforeAll(async () => {
    world = await startCommandWorld({
      async startGateway(given) {
        gateway = await startLosableWorkers(given, { PULSE_BACKSTOP_MS: "1000" });
        return gateway;
      },
    });
  }, 240_000);
  afterAll(() => world?.stop(), 60_000);
  webhooksSuite(
    () => world,
    () => gateway.cron(),
  );
});
