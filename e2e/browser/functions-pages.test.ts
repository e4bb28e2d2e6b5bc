import { putDraft } from "@pulse/schema/wire/drafts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axeViolations } from "./axe.ts";
import { type BrowserWorld, type Look, startBrowserWorld } from "./browser.ts";
import { hasChromium } from "./chromium.ts";
import { callWith, resizer } from "./seeds.ts";

const looks: readonly (Look & { theme: string; language: string })[] = [
  { theme: "light", language: "en" },
  { theme: "dark", language: "en" },
  { theme: "contrast", language: "en" },
  { theme: "light", language: "es" },
  { theme: "dark", language: "es" },
];
const editorPage = "/functions/resize?file=main.py&line=4";
/** What `pages.test.ts` does not walk over. */
const paths = [
  "/functions?q=nothing-like-it",
  "/functions/resize?tab=versions&from=1&to=2",
  "/functions/to-be?tab=versions",
  "/functions/to-be?tab=settings",
  "/functions/no-such-function",
];

describe.skipIf(!hasChromium())("the pages of functions", () => {
  let browsers: BrowserWorld;
  beforeAll(async () => {
    browsers = await startBrowserWorld();
    const { world } = browsers;
    const { signal } = world;
    await world.deploy("resize", { "main.py": resizer }, { runtime: "python", message: "the first" });
    const settings = { timeout: "5s" };
    const files = { "main.py": resizer.replace("* 2", "* 3"), "lib/sizes.py": "large = 3\n" };
    await world.deploy("resize", files, { runtime: "python", settings });
    await callWith(world, "resize", { width: 2 });
    await callWith(world, "resize", { height: 2 });
    const body = { runtime: "typescript" as const, files: { "index.ts": "" }, settings: {} };
    await world.client.call(putDraft, { params: { name: "to-be" }, body, signal });
  });
  afterAll(() => browsers?.stop());

  test.each(looks)("are accessible ($theme, $language)", async (look) => {
    const { page, complaints, open, close } = await browsers.visit(look);
    const found: string[] = [];
    for (const path of paths) {
      await open(path);
      found.push(...(await axeViolations(page)).map((one) => `${path}: ${one}`));
    }
    expect(found).toEqual([]);
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test.each(looks)(
    "are accessible while code is written, fails and is deployed ($theme, $language)",
    async (look) => {
      const { page, complaints, open, close } = await browsers.visit(look);
      await open(editorPage);
      await page.getByRole("textbox", { name: /main\.py/ }).waitFor();
      const found = await axeViolations(page);
      await page.keyboard.press("Control+Enter");
      await page.getByText("KeyError").first().waitFor();
      for (const details of await page.locator("summary").all()) await details.click();
      found.push(...(await axeViolations(page)));
      await page.keyboard.press("Control+Shift+D");
      await page.getByRole("dialog").waitFor();
      found.push(...(await axeViolations(page)));
      expect(found).toEqual([]);
      expect(complaints.list()).toEqual([]);
      await close();
    },
  );

  test("fit a screen of 360 pixels", async () => {
    const { page, complaints, open, close } = await browsers.visit({ width: 360 });
    const wide: string[] = [];
    for (const path of [...paths, editorPage]) {
      await open(path);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > 360) wide.push(`${path}: ${width}`);
    }
    expect(wide).toEqual([]);
    expect(complaints.list()).toEqual([]);
    await close();
  });
});
