import { setTimeout as sleep } from "node:timers/promises";
import type { Browser } from "playwright-core";
import { deploySeeds } from "../e2e/browser/seeds.ts";
import type { World } from "../e2e/world.ts";
import { fromClickTo, open, windowOf } from "./dashboard-bed.ts";
import { quantile } from "./measure.ts";

const rounds = 10;
const titles = {
  functions: "Functions",
  workflows: "Workflows",
  executions: "Executions",
  runners: "Runners",
  triggers: "Triggers",
  settings: "Settings",
};

/** From the click on a place to its page, all of them fetched before and visited once. Goal: at most 100 ms for 95 of 100. */
export async function changeRoutes(browser: Browser, world: World): Promise<string[]> {
  await deploySeeds(world);
  const { context, page } = await windowOf(browser, world);
  await open(page, "/");
  await sleep(5000);
  const taken: number[] = [];
  for (let round = 0; round <= rounds; round++)
    for (const [path, title] of Object.entries(titles)) {
      const ms = await fromClickTo(page, `nav a[href="/${path}"]`, title);
      if (round > 0) taken.push(ms);
      await sleep(100);
    }
  await context.close();
  return [
    `from a click to the page: p50 ${quantile(taken, 0.5).toFixed(0)} ms, p95 ${quantile(taken, 0.95).toFixed(0)} ms (goal 100)`,
  ];
}
