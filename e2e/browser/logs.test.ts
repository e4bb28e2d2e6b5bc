import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrowserWorld, startBrowserWorld } from "./browser.ts";
import { hasChromium } from "./chromium.ts";
import { callWith, deploySeeds, evil } from "./seeds.ts";

const lines = (page: Page) => page.getByRole("region", { name: "Log lines" });
const state = (page: Page, word: string) => page.getByText(word, { exact: true }).waitFor();

/** The longest time in milliseconds in which the page could not paint while it is scrolled through to its end. */
async function scrollThrough(page: Page): Promise<{ longestMs: number; painted: number }> {
  return page.evaluate(async () => {
    const frame = document.querySelector("section[aria-label='Log lines']");
    if (frame === null) throw new Error("no log");
    const steps = 120;
    let longestMs = 0;
    let before = performance.now();
    for (let i = 1; i <= steps; i++) {
      frame.scrollTop = ((frame.scrollHeight - frame.clientHeight) * i) / steps;
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const now = performance.now();
      longestMs = Math.max(longestMs, now - before);
      before = now;
    }
    return { longestMs, painted: steps };
  });
}

describe.skipIf(!hasChromium())("logs", () => {
  let browsers: BrowserWorld;
  beforeAll(async () => {
    browsers = await startBrowserWorld();
    await deploySeeds(browsers.world);
  });
  afterAll(() => browsers?.stop());

  test("HTML and orders to a terminal are shown as text, colours as colours, stderr tinted", async () => {
    const id = await callWith(browsers.world, "talk", { texts: [evil.html, evil.ansi], longest: 20 });
    const { page, complaints, open, close } = await browsers.visit();
    await open(`/executions/${id}`);
    const log = lines(page);
    await log.getByText(evil.html).waitFor();
    expect(await page.title()).not.toContain("owned");
    expect(await log.locator("img, script").count()).toBe(0);
    const red = log.getByText("red", { exact: true });
    expect(await red.evaluate((node) => getComputedStyle(node).color)).not.toBe(
      await log.getByText(evil.html).evaluate((node) => getComputedStyle(node).color),
    );
    expect(await log.textContent()).not.toContain("\u001b");
    expect(await log.locator("li.bg-bad-soft").count()).toBe(1);
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("a line can be pointed at: the address brings another reader to it", async () => {
    const id = await callWith(browsers.world, "talk", { lines: 400 });
    const { page, open, close } = await browsers.visit();
    await open(`/executions/${id}`);
    await lines(page).getByRole("button", { name: "Link to line 12", exact: true }).click();
    expect(new URL(page.url()).searchParams.get("line")).toBe("12");
    await open(`/executions/${id}?line=350`);
    await lines(page).getByText("line 350 of 400", { exact: true }).waitFor();
    expect(await lines(page).locator("li.bg-warn-soft").textContent()).toContain("line 350 of 400");
    await close();
  });

  test("200,000 lines stay smooth: they come in, are scrolled, searched and saved", async () => {
    const id = await callWith(browsers.world, "talk", { lines: 200_000 });
    const { page, complaints, open, close } = await browsers.visit();
    await open(`/executions/${id}`);
    await state(page, "complete");
    const all =
      Number(
        await page.evaluate(
          () => document.querySelector("section[aria-label='Log lines'] ol")?.getBoundingClientRect().height,
        ),
      ) / 20;
    const { longestMs } = await scrollThrough(page);
    process.stderr.write(`log of ${all} lines: longest frame while scrolling ${longestMs.toFixed(0)} ms\n`);
    expect(all).toBeGreaterThan(10_000);
    expect(await lines(page).locator("li").count()).toBeLessThan(120);
    expect(longestMs).toBeLessThan(500);
    const search = page.getByRole("searchbox", { name: "Find in the log" });
    await search.fill("line 9999 of");
    await search.press("Enter");
    await lines(page).getByText("line 9999 of 200000", { exact: true }).waitFor();
    expect(complaints.list()).toEqual([]);
    const saved = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download" }).click();
    expect((await saved).suggestedFilename()).toBe(`${id}.log`);
    await close();
  });

  test("a line of a megabyte shows its beginning, and the page stays usable", async () => {
    const id = await callWith(browsers.world, "talk", { lines: 3, longest: 1_000_000 });
    const { page, complaints, open, close } = await browsers.visit();
    await open(`/executions/${id}`);
    await lines(page).getByText("line 3 of 3", { exact: true }).waitFor();
    await lines(page)
      .getByText(/more characters/)
      .waitFor();
    await page.getByRole("tab", { name: "Details" }).click();
    await page.getByText("Retries used").waitFor();
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("while thousands of lines come the end stays in sight, until one scrolls up", async () => {
    const id = await callWith(browsers.world, "talk", { lines: 20_000, atOnce: 100 }, true);
    const { page, complaints, open, close } = await browsers.visit();
    await open(`/executions/${id}`);
    await state(page, "live");
    await state(page, "complete");
    await lines(page).getByText("line 20000 of 20000", { exact: true }).waitFor();

    const next = await callWith(browsers.world, "talk", { lines: 20_000, atOnce: 100 }, true);
    await open(`/executions/${next}`);
    await lines(page)
      .getByText(/line \d\d\d+ of 20000/)
      .first()
      .waitFor();
    await lines(page).hover();
    await page.mouse.wheel(0, -400);
    await page.getByRole("button", { name: "Resume" }).waitFor();
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("a live log follows, a pause counts what comes, and it is whole in the end", async () => {
    const id = await callWith(browsers.world, "sleep", {}, true);
    const { page, complaints, open, close } = await browsers.visit();
    await open(`/executions/${id}`);
    await lines(page).getByText("waiting", { exact: true }).waitFor();
    await state(page, "live");
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Resume" }).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await state(page, "complete");
    await page.getByText("It was cancelled.").waitFor();
    expect(complaints.list()).toEqual([]);
    await close();
  });
});
