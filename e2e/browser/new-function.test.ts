import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrowserWorld, startBrowserWorld } from "./browser.ts";
import { hasChromium } from "./chromium.ts";

describe.skipIf(!hasChromium())("the page of a new function", () => {
  let browsers: BrowserWorld;
  beforeAll(async () => {
    browsers = await startBrowserWorld();
  });
  afterAll(() => browsers?.stop());

  test("a name that breaks the rule is said at its field, until it is mended", async () => {
    const { page, complaints, open, close } = await browsers.visit();
    await open("/functions/_new");
    const name = page.getByRole("textbox", { name: "Name" });
    await name.fill("Not A Name");
    await page.getByRole("button", { name: "Start writing" }).click();
    await expect.poll(() => name.getAttribute("aria-invalid")).toBe("true");
    expect(await page.getByText(/1–63 of a–z/).count()).toBeGreaterThan(0);
    await name.fill("a-name");
    await expect.poll(() => name.getAttribute("aria-invalid")).not.toBe("true");
    await page.getByRole("button", { name: "Start writing" }).click();
    await page.waitForURL(/\/functions\/a-name/);
    expect(complaints.list()).toEqual([]);
    await close();
  });
});
