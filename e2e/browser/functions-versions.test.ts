import { listAudit } from "@pulse/schema/wire/audit";
import { putAlias } from "@pulse/schema/wire/function-aliases";
import { getFunction } from "@pulse/schema/wire/functions";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axeViolations } from "./axe.ts";
import { type BrowserWorld, startBrowserWorld } from "./browser.ts";
import { hasChromium } from "./chromium.ts";
import { callWith } from "./seeds.ts";

const answering = (text: string) => `def main():\n    return "${text}"\n`;
const python = { runtime: "python" } as const;

describe.skipIf(!hasChromium())("versions and settings in the browser", () => {
  let browsers: BrowserWorld;
  beforeAll(async () => {
    browsers = await startBrowserWorld();
    const { world } = browsers;
    await world.deploy("greeter", { "main.py": answering("one") }, { ...python, message: "the first" });
    const settings = { timeout: "5s", env: { MODE: "loud" } };
    const files = { "main.py": answering("two"), "notes.txt": "new" };
    await world.deploy("greeter", files, { ...python, settings, message: "louder" });
  });
  afterAll(() => browsers?.stop());

  const greeter = () =>
    browsers.world.client.call(getFunction, {
      params: { name: "greeter" },
      signal: browsers.world.signal,
    });
  const answer = async () => {
    const response = await browsers.world.call("/f/greeter", { method: "POST" });
    return response.text();
  };

  test("two versions are compared, in files and settings", async () => {
    const { page, complaints, open, close } = await browsers.visit();
    await open("/functions/greeter?tab=versions");
    await page.getByRole("button", { name: "Compare v1" }).click();
    await page.waitForURL(/from=1&to=2|to=2.*from=1/);
    const diff = page.getByRole("region", { name: "From v1 to v2" });
    const settings = diff.getByRole("region", { name: "Settings" });
    await settings.getByText("timeout").waitFor();
    expect(await settings.textContent()).toMatch(/env\.MODE\s*added\s*loud.*timeout\s*added\s*5s/);
    await diff.getByRole("textbox", { name: "main.py in v1" }).waitFor();
    expect(await diff.getByRole("textbox", { name: "main.py in v1" }).textContent()).toContain('"one"');
    expect(await diff.getByRole("textbox", { name: "main.py in v2" }).textContent()).toContain('"two"');
    await diff.getByRole("region", { name: "notes.txt" }).waitFor();
    // In one text, as somebody may like it better, and so it stays.
    await diff.getByRole("button", { name: "In one text" }).click();
    await diff.getByRole("textbox", { name: "main.py in v1" }).waitFor({ state: "detached" });
    const one = diff.getByRole("textbox", { name: "main.py in v2" });
    await expect.poll(() => one.textContent()).toMatch(/"one".*"two"/);
    await diff.getByRole("button", { name: "In one text" }).click();
    await diff.getByRole("textbox", { name: "main.py in v1" }).waitFor();
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("on a narrow screen a comparison is one text", async () => {
    const { page, complaints, open, close } = await browsers.visit({ width: 360 });
    await open("/functions/greeter?tab=versions&from=1&to=2");
    const after = page.getByRole("textbox", { name: "main.py in v2" });
    await after.waitFor();
    expect(await page.getByRole("textbox", { name: "main.py in v1" }).count()).toBe(0);
    expect(await after.textContent()).toMatch(/"one".*"two"/);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBe(360);
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("a split says who gets how much and how it goes, fits a telephone, and ends with all calls to one", async () => {
    const { world } = browsers;
    const { client, signal } = world;
    const split = async (first: number, second: number) => {
      const params = { name: "greeter", alias: "live" };
      const body = { version: first, canary: { version: second, weight: 20 } };
      await client.call(putAlias, { params, body, signal });
    };
    await split(2, 1);
    const { page, complaints, open, close } = await browsers.visit();
    await open("/functions/greeter?tab=versions");
    const panel = page.getByRole("region", { name: "Calls of live" });
    await panel.getByText("v2 gets 80 % of the calls, v1 gets 20 %").waitFor();
    const bar = panel.locator("[data-split] > div[aria-hidden]");
    const [first, second] = await bar
      .locator("span")
      .evaluateAll((all) => all.map((one) => [one.textContent, one.clientWidth]));
    expect([first?.[0], second?.[0]]).toEqual(["v2", "v1"]);
    expect(Number(first?.[1]) / Number(second?.[1])).toBeCloseTo(4, 0);
    for (let i = 0; i < 20; i++) await answer();
    await expect
      .poll(async () => {
        const told = await panel.getByText(/calls ended/).allTextContents();
        return told.reduce((sum, text) => sum + Number(/: (\d+) calls ended/.exec(text)?.[1]), 0);
      })
      .toBe(20);

    const telephone = await browsers.visit({ width: 320, height: 568 });
    await telephone.open("/functions/greeter?tab=versions");
    await telephone.page.getByText("v2 gets 80 % of the calls").waitFor();
    const outside = await telephone.page
      .getByRole("main")
      .getByRole("button")
      .evaluateAll((all) =>
        all.filter((one) => one.getBoundingClientRect().right > innerWidth).map((one) => one.textContent),
      );
    expect(outside).toEqual([]);
    await telephone.close();

    await panel.getByRole("button", { name: "Promote: all calls to v1" }).click();
    await panel.waitFor({ state: "detached" });
    expect((await greeter()).aliases.live).toBe(1);
    await split(1, 2);
    await panel.getByRole("button", { name: "Promote: all calls to v2" }).waitFor();
    await panel.getByRole("button", { name: "Promote: all calls to v2" }).click();
    await panel.waitFor({ state: "detached" });
    expect((await greeter()).aliases.live).toBe(2);
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("a roll-back says why in the audit, and one click takes it back", async () => {
    const { page, complaints, open, close } = await browsers.visit();
    await open("/functions/greeter?tab=versions");
    await page.getByRole("button", { name: "Roll back to it: v1" }).click();
    await page.getByRole("dialog", { name: "Roll back to v1" }).getByLabel("Reason").fill("it was too loud");
    await page.keyboard.press("Enter");
    await page.getByText("v1 is live.").waitFor();
    expect([(await greeter()).aliases.live, await answer()]).toEqual([1, "one"]);
    const { client, signal } = browsers.world;
    const { items } = await client.call(listAudit, { query: { action: "alias.move" }, signal });
    expect(JSON.stringify(items[0])).toContain("it was too loud");
    await page.getByRole("button", { name: "Undo: back to v2" }).click();
    await page.getByText("v2 is live.").waitFor();
    expect([(await greeter()).aliases.live, await answer()]).toEqual([2, "two"]);
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("live settings take effect at once; what the gateway refuses stands at its field", async () => {
    const { page, complaints, open, close } = await browsers.visit();
    complaints.expect(/422/);
    await open("/functions/greeter?tab=settings");
    const live = page.getByRole("region", { name: "Live settings" });
    await live.getByLabel("Who may call it").selectOption("public");
    await live.getByText("Whoever knows the URL can run this code").waitFor();
    await live.getByLabel("Idle sandboxes stay for").fill("3 weeks");
    await live.getByRole("button", { name: "Save" }).click();
    await live.getByText("Nothing was saved").waitFor();
    const field = live.getByLabel("Idle sandboxes stay for");
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    const described = (await field.getAttribute("aria-describedby")) ?? "";
    expect(await page.locator(`[id="${described.split(" ").pop()}"]`).textContent()).toContain("3 weeks");
    expect((await greeter()).settings).toMatchObject({ endpoint: { auth: "key" } });
    await field.fill("5m");
    await live.getByRole("button", { name: "Save" }).click();
    await page.getByText("The settings are saved.").waitFor();
    expect((await greeter()).settings).toMatchObject({ keepAlive: "5m", endpoint: { auth: "public" } });
    expect((await browsers.world.call("/f/greeter", { method: "POST", key: null })).status).toBe(200);
    await page.getByText("anyone may call it").waitFor();
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("settings of the next version are written into the draft and deployed with it", async () => {
    const { page, complaints, open, close } = await browsers.visit();
    await open("/functions/greeter?tab=settings");
    const version = page.getByRole("region", { name: "Settings of the next version" });
    expect(await version.getByLabel("Timeout").inputValue()).toBe("5s");
    await version.getByLabel("Memory").fill("lots");
    await version.getByLabel("Environment").fill("MODE=quiet");
    await version.getByText(/must be a size/).waitFor();
    await version.getByLabel("Memory").fill("512MB");
    await version.getByLabel("CPUs").focus();
    await version.getByText("Draft saved").waitFor();
    await version.getByRole("link", { name: "As text: pulse.jsonc" }).click();
    const editor = page.getByRole("textbox", { name: "Code of pulse.jsonc" });
    await editor.getByText("512MB").waitFor();
    await page.keyboard.press("Control+Shift+D");
    const settings = page.getByRole("dialog").getByRole("region", { name: "Settings" });
    expect(await settings.textContent()).toMatch(
      /env\.MODE\s*changed\s*loud → quiet.*memory\s*added\s*512MB/,
    );
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Discard the draft, back to v2" }).click();
    await page.getByText("No changes").waitFor();
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("the list tells how the last day went, and finds by name", async () => {
    const { world } = browsers;
    await world.deploy("other", { "main.py": "def main(n):\n    return 1 / n\n" }, python);
    await callWith(world, "other", { n: 1 });
    await callWith(world, "other", { n: 0 });
    const { page, complaints, open, close } = await browsers.visit();
    await open("/functions");
    const row = page.getByRole("row").filter({ hasText: "other" });
    await row.getByRole("img", { name: "24 hours: 1 succeeded, 1 failed" }).waitFor();
    expect(await row.textContent()).toMatch(/Python.*v1.*failed/);
    await page.getByRole("searchbox", { name: "Find by name" }).fill("oth");
    await page.waitForURL(/q=oth/);
    expect(await page.getByRole("row").count()).toBe(2);
    expect(await axeViolations(page)).toEqual([]);
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("code that nobody changed here follows a deploy from elsewhere, a draft does not", async () => {
    const { world } = browsers;
    await world.deploy("shared", { "main.py": answering("old") }, python);
    const { page, complaints, open, close } = await browsers.visit();
    await open("/functions/shared");
    const editor = page.getByRole("textbox", { name: "Code of main.py" });
    await editor.getByText('"old"').waitFor();
    await world.deploy("shared", { "main.py": answering("new") }, python);
    await editor.getByText('"new"').waitFor();
    await editor.focus();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("# mine");
    await page.getByText("Draft saved").first().waitFor();
    await world.deploy("shared", { "main.py": answering("newest") }, python);
    await page.getByRole("button", { name: "Discard the draft, back to v3" }).waitFor();
    expect(await editor.textContent()).toContain("# mine");
    await page.keyboard.press("Control+Shift+D");
    await page.getByRole("dialog").getByText("What changes against v3:").waitFor();
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("a function is deleted only when its name is typed", async () => {
    await browsers.world.deploy("doomed", { "main.py": answering("x") }, python);
    const { page, complaints, open, close } = await browsers.visit();
    await open("/functions/doomed?tab=settings");
    await page.getByRole("button", { name: "Delete the function" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete doomed?" });
    expect(await dialog.getByRole("button", { name: "Delete the function" }).isDisabled()).toBe(true);
    await page.keyboard.type("doomed");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Functions", exact: true }).waitFor();
    expect(await page.getByRole("link", { name: "doomed" }).count()).toBe(0);
    expect(complaints.list()).toEqual([]);
    await close();
  });
});
