import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrowserWorld, startBrowserWorld } from "./browser.ts";
import { hasChromium } from "./chromium.ts";
import { callWith } from "./seeds.ts";

/** Answers with the request as it came. */
const mirror = `export default async (request: Request, ctx: Context) => {
  const { pathname, search } = new URL(request.url);
  return Response.json({ method: request.method, at: pathname + search, by: request.headers.get("x-by"), was: await request.text() });
};
`;

/** Drags with the mouse over a part of a chart, from one share of its width to another. */
async function brush(page: Page, chart: string, from: number, to: number): Promise<void> {
  const plot = page.getByRole("slider", { name: chart });
  await plot.scrollIntoViewIfNeeded();
  const box = await plot.boundingBox();
  if (box === null) throw new Error(`${chart} is not in sight`);
  const y = box.y + box.height / 3;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * ((from + to) / 2), y, { steps: 4 });
  await page.mouse.move(box.x + box.width * to - 2, y, { steps: 4 });
  await page.mouse.up();
}

describe.skipIf(!hasChromium())("what a function's page has besides its code", () => {
  let browsers: BrowserWorld;
  beforeAll(async () => {
    browsers = await startBrowserWorld();
    await browsers.world.deploy("mirror", { "index.ts": mirror });
  });
  afterAll(() => browsers?.stop());

  test("after ctx. the editor offers what ctx has, and a choice is written", async () => {
    const { page, complaints, open, close } = await browsers.visit();
    await open("/functions/mirror");
    const code = page.getByRole("textbox", { name: "Code of index.ts" });
    await code.click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await page.keyboard.type("const id = ctx.exec");
    await page.getByRole("option", { name: /executionId/ }).waitFor();
    // The editor takes no choice in the first 75 ms of a list: nobody can have meant it.
    await page.waitForTimeout(300);
    await page.keyboard.press("Enter");
    await expect.poll(() => code.textContent()).toContain("const id = ctx.executionId");
    await page.getByRole("button", { name: /Discard/ }).click();
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("a whole HTTP request is tried, kept under a name, taken again after a reload, and forgotten", async () => {
    const { page, complaints, open, close } = await browsers.visit();
    await open("/functions/mirror");
    await page.getByRole("tab", { name: "HTTP" }).click();
    await page.getByRole("combobox", { name: "Method" }).selectOption("PUT");
    await page.getByRole("textbox", { name: "Path" }).fill("items");
    await page.getByText("The path must begin with a slash.").waitFor();
    await page.getByRole("textbox", { name: "Path" }).fill("/items?page=2");
    await page.getByRole("textbox", { name: "Headers" }).fill("x-by: hand");
    await page.getByRole("textbox", { name: "Body" }).fill("just text");
    await page.getByRole("button", { name: "Run", exact: false }).first().click();
    const result = page.getByRole("region", { name: "What became of it" });
    await result.getByText('"method": "PUT"').waitFor();
    const said = await result.textContent();
    for (const part of ["/items?page=2", '"by": "hand"', '"was": "just text"']) expect(said).toContain(part);

    await page.getByRole("button", { name: "Save this input" }).click();
    await page.getByRole("textbox", { name: "Name of the input" }).fill("second page");
    await page.keyboard.press("Enter");
    await page.getByText("The input “second page” is saved.").waitFor();
    await page.reload();
    await page.getByRole("combobox", { name: "Saved inputs" }).selectOption("second page");
    await page.getByRole("tab", { name: "HTTP" }).click();
    expect(await page.getByRole("textbox", { name: "Path" }).inputValue()).toBe("/items?page=2");
    expect(await page.getByRole("textbox", { name: "Headers" }).inputValue()).toContain("x-by: hand");
    await page.getByRole("button", { name: "Forget the input “second page”" }).click();
    await page.getByRole("combobox", { name: "Saved inputs" }).waitFor({ state: "hidden" });
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("a time that is dragged over in the metrics leads to its executions, and in their chart narrows the list", async () => {
    const id = await callWith(browsers.world, "mirror", { one: 1 });
    const { page, complaints, open, close } = await browsers.visit();
    await open("/functions/mirror?tab=metrics");
    await page.getByRole("combobox", { name: "Since" }).selectOption("1h");
    await page.getByText("v1").first().waitFor();
    await brush(page, "Calls by state", 0.8, 1);
    await page.waitForURL(/\/executions\?filter=/);
    const chosen = new URL(page.url()).searchParams.get("filter") ?? "";
    expect(chosen).toMatch(/fn:mirror/);
    const [, since = ""] = /since:(\S+)/.exec(chosen) ?? [];
    const [, until = ""] = /until:(\S+)/.exec(chosen) ?? [];
    const span = Date.parse(until) - Date.parse(since);
    // A fifth of the hour, to the steps of two minutes that it is drawn in.
    expect(Math.abs(span - 12 * 60_000)).toBeLessThanOrEqual(2 * 60_000);
    await page.locator(`tbody a[href*="${id}"]`).first().waitFor();

    // The first tenth of what is shown has nothing.
    await brush(page, "Executions over time", 0, 0.1);
    await expect.poll(() => page.locator("tbody tr").count()).toBe(0);
    await page.getByRole("button", { name: "Any time", exact: false }).click();
    await page.locator(`tbody a[href*="${id}"]`).first().waitFor();
    expect(complaints.list()).toEqual([]);
    await close();
  });
});
