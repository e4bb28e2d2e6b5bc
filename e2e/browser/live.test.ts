import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrowserWorld, startBrowserWorld } from "./browser.ts";
import { hasChromium } from "./chromium.ts";
import { callWith, deploySeeds } from "./seeds.ts";

/** The addresses under which a page opened the stream of changes, as they come. */
function streamsOf(page: Page): string[] {
  const opened: string[] = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.pathname === "/v1/events") opened.push(url.search);
  });
  return opened;
}

const pill = (page: Page) => page.getByRole("button", { name: /new execution/ });

describe.skipIf(!hasChromium())("what changes while one looks", () => {
  let browsers: BrowserWorld;
  beforeAll(async () => {
    browsers = await startBrowserWorld();
    await deploySeeds(browsers.world);
    await callWith(browsers.world, "greet", {});
  });
  afterAll(() => browsers?.stop());

  test("all tabs of a browser share one stream; when its tab closes another goes on where it was", async () => {
    const { page: first, context, complaints, open } = await browsers.visit();
    const streams = [streamsOf(first)];
    await open("/executions");
    const others = [await context.newPage(), await context.newPage()];
    for (const tab of others) {
      streams.push(streamsOf(tab));
      await tab.goto("/executions");
      await tab.locator("tbody tr").first().waitFor();
    }
    await callWith(browsers.world, "greet", {});
    for (const tab of [first, ...others]) await pill(tab).waitFor();
    expect(streams.map(({ length }) => length)).toEqual([1, 0, 0]);
    expect(complaints.list()).toEqual([]);

    await first.close();
    await expect.poll(() => streams.slice(1).flat().length).toBe(1);
    expect(streams.slice(1).flat()[0]).toMatch(/after=\d+/);
    await callWith(browsers.world, "greet", {});
    for (const tab of others) await tab.getByRole("button", { name: "2 new executions" }).waitFor();
    await context.close();
  });

  test("a tab that was put to sleep with the stream loses it to one that is looked at", async () => {
    const { page: asleep, context, complaints, open } = await browsers.visit();
    await open("/executions");
    const awake = await context.newPage();
    const streams = streamsOf(awake);
    await awake.clock.install();
    await awake.goto("/executions");
    await awake.locator("tbody tr").first().waitFor();
    const browserOfIt = await context.newCDPSession(asleep);
    await browserOfIt.send("Page.setWebLifecycleState", { state: "frozen" });
    // Silence for as long as it takes to be sure.
    for (let i = 0; i < 5; i++) await awake.clock.runFor(15_000);
    await expect.poll(() => streams.length).toBe(1);
    await callWith(browsers.world, "greet", {});
    await expect
      .poll(async () => {
        await awake.clock.runFor(100);
        return await pill(awake).count();
      })
      .toBe(1);
    expect(complaints.list()).toEqual([]);
    await context.close();
  });

  test("a stream that drops is said to be reconnecting, and what changed meanwhile is there afterwards", async () => {
    const { page, context, complaints, open, close } = await browsers.visit();
    const streams = streamsOf(page);
    // The stream alone is gone, as behind a proxy that allows none.
    await open("/executions");
    await expect.poll(() => streams.length).toBe(1);
    complaints.expect(/ERR_|Failed to load resource|502/);
    await context.route("**/v1/events*", (route) => route.fulfill({ status: 502, body: "" }));
    await browsers.world.crashGateway();
    await page.getByText("Reconnecting…").or(page.getByText("No live updates")).waitFor();
    await callWith(browsers.world, "greet", {});
    // Without a stream the page asks by itself.
    await pill(page).waitFor();
    await context.unroute("**/v1/events*");
    await expect.poll(() => page.locator("[data-live]").count(), { timeout: 30_000 }).toBe(0);
    await callWith(browsers.world, "greet", {});
    await page.getByRole("button", { name: "2 new executions" }).waitFor();
    await close();
  });

  test("a gateway that is away is said so, and the page recovers by itself when it is back", async () => {
    const { page, complaints, open, close } = await browsers.visit();
    complaints.expect(/ERR_|Failed to load resource/);
    await open("/runners");
    await page.getByRole("cell", { name: /^local/ }).waitFor();
    await browsers.world.gateway.kill();
    await page.getByText("The gateway cannot be reached.").waitFor();
    // What was read before is still to be read.
    await page.getByRole("cell", { name: /^local/ }).waitFor();
    await browsers.world.startGateway();
    await page.getByText("The gateway cannot be reached.").waitFor({ state: "hidden" });
    await page.getByText("online", { exact: true }).waitFor();
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("a page whose code cannot be fetched says so, the others go on, and it is tried again", async () => {
    const { page, context, complaints, open, close } = await browsers.visit();
    complaints.expect(/ERR_FAILED/);
    await context.route("**/assets/runners-page*", (route) => route.abort());
    await open("/settings");
    await page.getByRole("link", { name: "Runners" }).click();
    await page.getByText("This part of the page could not be loaded.").waitFor();
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
    await context.unroute("**/assets/runners-page*");
    await page.getByRole("link", { name: "Runners" }).click();
    await page.getByRole("heading", { level: 1, name: "Runners" }).waitFor();
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("a session that ends leads to the sign-in, and from there back to the same page", async () => {
    const { page, context, complaints, open, close } = await browsers.visit();
    complaints.expect(/401/);
    await open("/executions?name=greet");
    const { world } = browsers;
    await context.request.delete(`${world.url}/v1/session`, { headers: { origin: world.url } });
    // Nothing is pressed: the stream is what notices.
    await page.getByText("Your session has ended.").waitFor({ timeout: 30_000 });
    await page.getByRole("textbox", { name: "API key" }).fill("pk_wrong");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    await page.getByRole("textbox", { name: "API key" }).fill(world.adminKey);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Executions" }).waitFor();
    expect(new URL(page.url()).search).toBe("?name=greet");
    expect(complaints.list()).toEqual([]);
    await close();
  });
});
