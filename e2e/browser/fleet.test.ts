import { join } from "node:path";
import { patchRunner } from "@pulse/schema/wire/runners";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axeViolations } from "./axe.ts";
import { type BrowserWorld, startBrowserWorld } from "./browser.ts";
import { hasChromium } from "./chromium.ts";

describe.skipIf(!hasChromium())("a fleet", () => {
  let browsers: BrowserWorld;
  beforeAll(async () => {
    browsers = await startBrowserWorld({ withoutRunner: true, runnerEnv: { PULSE_COMMANDS: "allow" } });
    const { world } = browsers;
    const labels = { "web-01": { tier: "web" }, "web-02": { tier: "web" }, "db-01": { tier: "db" } };
    for (const [name, own] of Object.entries(labels)) {
      await world.startRunner(name);
      await world.client.call(patchRunner, { params: { name }, body: { labels: own }, signal: world.signal });
    }
  });
  afterAll(() => browsers?.stop());

  test("is put in order by a column, either way, and grouped by a label; the address keeps both", async () => {
    const { page, complaints, open, close } = await browsers.visit();
    await open("/runners");
    const names = () => page.locator("tbody tr td:first-child a").allTextContents();
    await expect.poll(names).toEqual(["db-01", "web-01", "web-02"]);
    await page.getByRole("columnheader", { name: "Runner" }).getByRole("button").click();
    await expect.poll(names).toEqual(["web-02", "web-01", "db-01"]);
    expect(await page.getByRole("columnheader", { name: "Runner" }).getAttribute("aria-sort")).toBe(
      "descending",
    );
    await page.getByRole("combobox", { name: "Group by" }).selectOption("tier");
    const web = page.getByRole("region", { name: "web", exact: true });
    await expect
      .poll(() => web.locator("tbody tr td:first-child a").allTextContents())
      .toEqual(["web-02", "web-01"]);
    await page.reload();
    await expect.poll(names).toEqual(["db-01", "web-02", "web-01"]);
    expect(await axeViolations(page)).toEqual([]);
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("is given a command, and who says the same stands together", async () => {
    const { page, complaints, open, close } = await browsers.visit();
    complaints.expect(/422/);
    await open("/runners/_console?targets=web-*");
    await page.getByText('"web-*" is not a name', { exact: false }).waitFor();
    expect(await page.locator("main").textContent()).not.toContain("/steps/");
    await page.getByRole("textbox", { name: "Machines" }).fill("all");
    await page.getByText("3 machines", { exact: true }).waitFor();
    // They are of one machine here: the first to come is told apart.
    const place = join(browsers.world.dataDir, "first");
    await page
      .getByRole("textbox", { name: "Command line" })
      .fill(`mkdir ${place} || { echo late; exit 4; }; echo first`);
    await page.keyboard.press("Enter");
    const alone = page.getByRole("region", { name: /^1 machine: [a-z]+-0\d$/ });
    await alone.getByText("first", { exact: true }).waitFor();
    await alone.getByText("exit code 0").waitFor();
    const together = page.getByRole("region", { name: /^2 machines said the same: [a-z]+-0\d, [a-z]+-0\d$/ });
    await together.getByText("late", { exact: true }).waitFor();
    await together.getByText("exit code 4").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("has a gateway that is backed up by a button, and says what is in it", async () => {
    const { page, complaints, open, close } = await browsers.visit();
    await open("/settings/health");
    await page.getByRole("button", { name: "Back up now" }).click();
    await page.getByText(/^Made and checked: \d+ functions?, \d+ executions?\.$/).waitFor();
    await page.getByText(/^backups\/\S+$/).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(complaints.list()).toEqual([]);
    await close();
  });
});
