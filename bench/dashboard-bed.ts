import type { Browser, BrowserContext, Page } from "playwright-core";
import type { World } from "../e2e/world.ts";

/** A window with a session, as large as asked for. */
export async function windowOf(
  browser: Browser,
  world: World,
  size = { width: 1280, height: 900 },
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ baseURL: world.url, viewport: size, locale: "en-GB" });
  const answer = await context.request.post(`${world.url}/v1/session`, {
    data: { key: world.adminKey },
    headers: { origin: world.url },
  });
  if (answer.status() !== 201) throw new Error(`no session: ${answer.status()}`);
  return { context, page: await context.newPage() };
}

/** Opens an address of the dashboard and waits until its page stands. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await stands(page);
}

/** Resolves when a page is there whole. */
export async function stands(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForFunction(() => document.querySelector(".appear-late") === null);
}

/** From a click on what a selector finds to the frame in which a text stands in the page, in milliseconds. */
export function fromClickTo(page: Page, selector: string, text: string): Promise<number> {
  return page.evaluate(
    async ({ chosen, wanted }) => {
      const begun = performance.now();
      document.querySelector<HTMLElement>(chosen)?.click();
      const isThere = () =>
        document.querySelector("h1")?.textContent?.includes(wanted) === true &&
        document.querySelector(".appear-late") === null;
      while (!isThere()) {
        if (performance.now() - begun > 20_000) throw new Error(`${wanted} does not come`);
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      return performance.now() - begun;
    },
    { chosen: selector, wanted: text },
  );
}

/** The tasks of a page's main thread that took 50 ms and more during some seconds, in milliseconds; and the time between frames. */
export function watchTasks(page: Page, seconds: number): Promise<{ tasks: number[]; frames: number[] }> {
  return page.evaluate(async (most) => {
    const tasks: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) tasks.push(duration);
    });
    observer.observe({ type: "longtask" });
    const frames: number[] = [];
    const end = performance.now() + most * 1000;
    for (let before = performance.now(); before < end; ) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const now = performance.now();
      frames.push(now - before);
      before = now;
    }
    observer.disconnect();
    return { tasks, frames };
  }, seconds);
}
