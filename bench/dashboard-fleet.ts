import { createEnrolmentToken } from "@pulse/schema/wire/runners";
import type { Browser } from "playwright-core";
import type { World } from "../e2e/world.ts";
import { open, watchTasks, windowOf } from "./dashboard-bed.ts";
import { quantile } from "./measure.ts";
import { PlayedRunner } from "./played-runner.ts";

const total = 500;
const watchedSeconds = 25;

/** A page of 500 runners. Goals: interactive within 1 s, no task of the main thread above 50 ms while it stands, a preview of targets within 100 ms. */
export async function lookAtFleet(browser: Browser, world: World): Promise<string[]> {
  const runners: PlayedRunner[] = [];
  const { signal } = world;
  const body = { uses: 1000, expiresIn: "1h" } as never;
  const { token } = await world.client.call(createEnrolmentToken, { body, signal });
  while (runners.length < total) {
    const name = `shelf-${String(runners.length).padStart(3, "0")}`;
    runners.push(await PlayedRunner.enrol(world.url, token, name, { capabilities: ["process", "commands"] }));
    void runners.at(-1)?.live();
  }
  const { context, page } = await windowOf(browser, world);
  try {
    const opened: number[] = [];
    for (let i = 0; i < 5; i++) {
      const begun = performance.now();
      await page.goto("/runners");
      await page.waitForFunction((rows) => document.querySelectorAll("main tbody tr").length >= rows, total);
      opened.push(performance.now() - begun);
    }
    const { tasks, frames } = await watchTasks(page, watchedSeconds);
    await open(page, "/runners/_console?targets=name:shelf-*");

    await page
      .getByText(/^500 machines/)
      .first()
      .waitFor();
    const previews: number[] = [];
    for (let digit = 0; digit < 10; digit++) {
      previews.push(
        await page.evaluate(async (asked) => {
          const input = document.querySelector<HTMLInputElement>("main input");
          if (input === null) throw new Error("no field");
          const begun = performance.now();
          const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set;
          set?.call(input, `name:shelf-?${asked}?`);
          input.dispatchEvent(new InputEvent("input", { bubbles: true }));
          while (!document.querySelector("main")?.textContent?.includes(`50 machines: shelf-0${asked}0`)) {
            if (performance.now() - begun > 10_000) throw new Error("no preview");
            await new Promise((resolve) => requestAnimationFrame(resolve));
          }
          return performance.now() - begun;
        }, digit),
      );
    }
    const longest = (values: number[]) => Math.max(0, ...values).toFixed(0);
    return [
      `${total} runners stand: median of five ${quantile(opened, 0.5).toFixed(0)} ms (goal 1000)`,
      `${watchedSeconds} s of looking: ${tasks.length} tasks above 50 ms, the longest ${longest(tasks)} ms (goal none); frames p95 ${quantile(frames, 0.95).toFixed(0)} ms`,
      `who an expression names, with the 300 ms in which typing rests: p50 ${quantile(previews, 0.5).toFixed(0)} ms, longest ${longest(previews)} ms (goal 100 besides)`,
    ];
  } finally {
    await context.close();
    await Promise.all(runners.map((runner) => runner.leave()));
  }
}
