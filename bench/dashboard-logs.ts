import type { Browser } from "playwright-core";
import { callWith } from "../e2e/browser/seeds.ts";
import type { World } from "../e2e/world.ts";
import { stands, watchTasks, windowOf } from "./dashboard-bed.ts";
import { quantile } from "./measure.ts";

const writer = `export default async (request) => {
  const { lines, atOnce = lines, word = "" } = await request.json();
  for (let i = 1; i <= lines; i++) {
    console.log(\`line \${i} of \${lines}\${i % 500 === 0 ? word : ""}\`);
    if (i % atOnce === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return Response.json({ lines });
};
`;

/** Two executions with 10,000 lines each that differ in 20 of them. Goal: on the page within a second. */
export async function compareLogs(browser: Browser, world: World): Promise<string[]> {
  await world.deploy("write", { "index.ts": writer }, { settings: { timeout: "2m" } });
  const one = await callWith(world, "write", { lines: 10_000 });
  const other = await callWith(world, "write", { lines: 10_000, word: " in other words" });
  const { context, page } = await windowOf(browser, world);
  const taken: number[] = [];
  for (let i = 0; i < 5; i++) {
    const begun = performance.now();
    await page.goto(`/executions/${one}/compare/${other}`);
    await page.getByText("in other words").first().waitFor();
    await stands(page);
    taken.push(performance.now() - begun);
  }
  await context.close();
  return [`two logs of 10,000 lines: median of five ${quantile(taken, 0.5).toFixed(0)} ms (goal 1000)`];
}

/** A log that grows by 5,000 lines a second while one looks at its end. Goal: the page answers; no task of its main thread above 200 ms. */
export async function followLog(browser: Browser, world: World): Promise<string[]> {
  await world.deploy("write", { "index.ts": writer }, { settings: { timeout: "2m" } });
  const id = await callWith(world, "write", { lines: 75_000, atOnce: 100 }, true);
  const { context, page } = await windowOf(browser, world);
  await page.goto(`/executions/${id}`);
  await page.getByText("live", { exact: true }).waitFor();
  const { tasks, frames } = await watchTasks(page, 10);
  const shown = await page
    .getByText(/line \d+ of 75000/)
    .last()
    .textContent();
  await context.close();
  return [
    `10 s of 5,000 lines a second: ${tasks.length} tasks above 50 ms, the longest ${Math.max(0, ...tasks).toFixed(0)} ms; frames p95 ${quantile(frames, 0.95).toFixed(0)} ms, longest ${Math.max(...frames).toFixed(0)} ms; then at ${shown}`,
  ];
}
