import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { BrowserWorld } from "./browser.ts";
import { focused } from "./functions-keyboard.ts";

/** What the sheet of shortcuts lists for a part of the page, as "name: keys". */
async function listedFor(page: Page, part: string): Promise<string[]> {
  await page.keyboard.press("?");
  const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await sheet.waitFor();
  const rows = sheet.getByRole("region", { name: new RegExp(`^${part}`) }).locator("dl");
  const [names, keys] = [
    await rows.locator("dt").allTextContents(),
    await rows.locator("dd").allTextContents(),
  ];
  await page.keyboard.press("Escape");
  await sheet.waitFor({ state: "detached" });
  return names.map((name, i) => `${name}: ${keys[i]}`);
}

/** The sheet lists the keys of each part of a page while it is there, and those keys work; where one types they are letters. */
export async function lookUpKeys(browsers: BrowserWorld, talked: string): Promise<void> {
  const { page, complaints, open, close } = await browsers.visit();
  await open("/executions");
  await page.getByRole("slider", { name: /^Executions over time/ }).waitFor();
  expect(await listedFor(page, "A chart")).toEqual([
    "Go from step to step: ← → Home End",
    "Choose several steps: Shift+← → Home End",
    "Take what is chosen: ↵",
    "Choose nothing: Esc",
  ]);
  await page.keyboard.press("/");
  expect(await focused(page)).toBe("Filter");
  await page.keyboard.type("fn:/r?");
  expect(await page.getByRole("combobox", { name: "Filter" }).inputValue()).toBe("fn:/r?");

  await open("/workflows/_new?view=graph");
  await page.getByRole("group", { name: "Graph of the workflow" }).waitFor();
  expect(await listedFor(page, "A step in the graph")).toContain("Move the step: Alt+↑ ↓ ← →");
  expect(await listedFor(page, "The definition")).toEqual([
    "Undo: Ctrl+Z",
    "Redo: Ctrl+Shift+Z",
    "Redo: Ctrl+Y",
  ]);

  await open(`/executions/${talked}`);
  await page.getByRole("searchbox", { name: "Find in the log" }).waitFor();
  expect((await listedFor(page, "Find in the log")).length).toBe(2);
  await page.keyboard.press("/");
  await page.keyboard.type("of 300");
  await page.keyboard.press("Enter");
  await page
    .getByRole("status")
    .filter({ hasText: /300 lines/ })
    .waitFor();
  await page.getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("n");
  await page.keyboard.press("r");
  await page.getByRole("dialog", { name: "Replay this execution" }).waitFor();
  await page.keyboard.press("Escape");

  await open("/runners/_console");
  expect(await listedFor(page, "Console")).toContain("Run what is written: ↵");
  expect(complaints.list()).toEqual([]);
  await close();
}
