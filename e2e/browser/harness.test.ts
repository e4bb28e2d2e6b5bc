import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axeViolations } from "./axe.ts";
import { type BrowserWorld, startBrowserWorld } from "./browser.ts";
import { hasChromium } from "./chromium.ts";

describe.skipIf(!hasChromium())("what watches the pages", () => {
  let browsers: BrowserWorld;
  beforeAll(async () => {
    browsers = await startBrowserWorld({ withoutRunner: true });
  });
  afterAll(() => browsers?.stop());

  test("notices a console error, an uncaught exception, a blocked inline script and a picture without words", async () => {
    const { page, complaints, open, close } = await browsers.visit();
    await open("/settings");
    expect(complaints.list()).toEqual([]);
    await page.evaluate(() => {
      console.error("seeded error");
      setTimeout(() => {
        throw new Error("seeded exception");
      });
      const script = document.createElement("script");
      script.textContent = "window.ran = true";
      document.body.append(script);
      document.querySelector("main")?.append(document.createElement("img"));
    });
    await page.waitForFunction(() => document.querySelector("script:not([src])") !== null);
    await expect.poll(() => complaints.list().join("\n")).toContain("seeded exception");
    await expect.poll(() => complaints.list().join("\n")).toMatch(/policy script-src\S* blocked inline/);
    expect(complaints.list().join("\n")).toContain("seeded error");
    expect(await page.evaluate(() => "ran" in window)).toBe(false);
    expect((await axeViolations(page)).join("\n")).toContain("image-alt");
    await close();
  });
});
