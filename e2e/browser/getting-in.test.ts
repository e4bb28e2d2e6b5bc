import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axeViolations } from "./axe.ts";
import { type BrowserWorld, startBrowserWorld } from "./browser.ts";
import { hasChromium } from "./chromium.ts";

describe.skipIf(!hasChromium())("getting in", () => {
  let browsers: BrowserWorld;
  beforeAll(async () => {
    browsers = await startBrowserWorld({ withoutRunner: true });
  });
  afterAll(() => browsers?.stop());

  test("an API key opens a session, and the page that was asked for is there", async () => {
    const { page, complaints, open, close } = await browsers.visit({ signedIn: false });
    // Nobody is signed in yet: the browser notes the answer that says so.
    complaints.expect(/401/);
    await open("/settings");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Sign in to Pulse");
    await page.keyboard.type(browsers.world.adminKey);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
    expect(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toContain(
      "pk_",
    );
    expect(await axeViolations(page)).toEqual([]);
    expect(complaints.list()).toEqual([]);
    await close();
  });
});
