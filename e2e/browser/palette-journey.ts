import type { Page } from "playwright-core";
import { expect } from "vitest";
import { axeViolations } from "./axe.ts";
import type { BrowserWorld } from "./browser.ts";
import { focused } from "./functions-keyboard.ts";

/** Opens the palette by its keys, types, and waits until the chosen line is this one. */
async function ask(page: Page, typed: string, chosen: RegExp): Promise<void> {
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox", { name: /^Go somewhere/ });
  await field.waitFor();
  expect(await field.evaluate((one) => one === document.activeElement)).toBe(true);
  await page.keyboard.type(typed);
  await choosing(page, chosen);
}

/** Waits until what a screen reader is told to be chosen is this. */
async function choosing(page: Page, chosen: RegExp): Promise<void> {
  const option = page.locator('[role=option][aria-selected="true"]').filter({ hasText: chosen });
  await option.waitFor();
  const id = await option.getAttribute("id");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-activedescendant"))).toBe(id);
}

/** The first page says what happened; then every place and thing is reached, and something done, without a mouse. */
export async function goFindDo(browsers: BrowserWorld, workflow: string): Promise<void> {
  const { page, complaints, open, close } = await browsers.visit();
  await open("/");
  const failed = page.getByRole("region", { name: "What failed last" });
  await failed.getByRole("link", { name: "resize" }).waitFor();
  await failed.getByText("It failed because the code threw an error.").first().waitFor();
  await page.getByRole("region", { name: "Now" }).getByRole("link", { name: "sleep" }).waitFor();
  await page.getByRole("region", { name: "Runners" }).getByText("1 of 1 online").waitFor();
  expect(await page.getByRole("region", { name: "First steps" }).count()).toBe(0);

  // The palette is not there yet: what is typed goes into its field all the same, and is no `g r`.
  await page.keyboard.press("Control+k");
  await page.keyboard.type("great");
  await page.keyboard.press("Backspace");
  await page.getByRole("combobox", { name: /^Go somewhere/ }).waitFor();
  expect(await page.getByRole("combobox", { name: /^Go somewhere/ }).inputValue()).toBe("grea");
  expect(new URL(page.url()).pathname).toBe("/");
  await page.keyboard.press("Escape");

  await ask(page, "resi", /^resizeFunction/);
  expect(await axeViolations(page)).toEqual([]);
  await page.keyboard.press("ArrowUp");
  await choosing(page, /Call resize/);
  await page.keyboard.press("ArrowDown");
  await choosing(page, /^resizeFunction/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/functions\/resize$/);
  await expect.poll(() => focused(page)).toContain("resize");

  await ask(page, "api keys", /^API keys/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/settings\/keys$/);
  await ask(page, "local", /^localRunner/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/runners\/local$/);
  await ask(page, "drain local", /^Drain local$/);
  await page.keyboard.press("Enter");
  await page.getByText("local takes no new work.").waitFor();
  await ask(page, "resume local", /^Resume local$/);
  await page.keyboard.press("Enter");
  await page.getByText("local takes work again.").waitFor();

  await page.keyboard.press("g");
  await page.keyboard.press("r");
  await page.waitForURL(/\/runners$/);
  await page.keyboard.press("?");
  const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await sheet.getByText("g r").waitFor();
  expect(await axeViolations(page)).toEqual([]);
  await sheet.getByRole("checkbox").uncheck();
  await page.keyboard.press("Escape");
  await sheet.waitFor({ state: "hidden" });
  await page.keyboard.press("g");
  await page.keyboard.press("h");
  await ask(page, "keyboard", /^Keyboard shortcuts/);
  expect(new URL(page.url()).pathname).toBe("/runners");
  await page.keyboard.press("Enter");
  await sheet.getByRole("checkbox").check();
  await page.keyboard.press("Escape");
  await sheet.waitFor({ state: "hidden" });

  await ask(page, "run a work", /^Run a workflow/);
  await page.keyboard.press("Enter");
  await page.getByRole("combobox", { name: "Run a workflow…" }).waitFor();
  await page.keyboard.type(workflow);
  await choosing(page, new RegExp(`^Run ${workflow}$`));
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(`/workflows/${workflow}`));
  const run = page.getByRole("dialog", { name: new RegExp(workflow) });
  await run.waitFor();
  await page.keyboard.press("Escape");
  await run.waitFor({ state: "hidden" });
  expect(new URL(page.url()).search).toBe("");

  await ask(page, "high contrast", /^Theme: high contrast/);
  await page.keyboard.press("Enter");
  await expect.poll(() => page.locator("html").getAttribute("data-theme")).toBe("contrast");
  // What was chosen last, of what is still to be chosen, stands first.
  await ask(page, "", /^Keyboard shortcuts/);
  await page.keyboard.press("Escape");
  expect(complaints.list()).toEqual([]);
  await close();
}

/** On a screen of 320 px the places are behind a button. */
export async function goByMenu(browsers: BrowserWorld): Promise<void> {
  const { page, complaints, open, close } = await browsers.visit({ width: 320, height: 640 });
  await open("/");
  const menu = page.getByRole("button", { name: "Menu" });
  const runners = page.getByRole("navigation").getByRole("link", { name: "Runners" });
  expect(await runners.isVisible()).toBe(false);
  await menu.click();
  expect(await menu.getAttribute("aria-expanded")).toBe("true");
  expect(await axeViolations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  expect([await menu.getAttribute("aria-expanded"), await focused(page)]).toEqual(["false", "Menu"]);
  await menu.click();
  await runners.click();
  await page.waitForURL(/\/runners$/);
  expect(await runners.isVisible()).toBe(false);
  expect(complaints.list()).toEqual([]);
  await close();
}

/** On a new gateway the first page lists what to do first, and ticks it without being loaded again. */
export async function tickFirstSteps(browsers: BrowserWorld): Promise<void> {
  const { world } = browsers;
  const { page, complaints, open, close } = await browsers.visit();
  await open("/");
  const done = (step: string) => page.locator(`[data-step=${step}]`).getAttribute("data-done");
  expect(await Promise.all(["runner", "function", "call", "trigger"].map(done))).toEqual(
    Array(4).fill("false"),
  );
  const send = (method: string, path: string, body: unknown) =>
    world.call(path, {
      method,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  await send("PUT", "/v1/functions/first", {});
  const files = { "index.ts": "export default () => new Response('hi');" };
  const deployed = await send("POST", "/v1/functions/first/versions", { runtime: "typescript", files });
  expect(deployed.ok).toBe(true);
  await expect.poll(() => done("function"), { timeout: 15_000 }).toBe("true");
  const hourly = { name: "hourly", every: "1h", target: { function: "first" } };
  expect((await send("POST", "/v1/schedules", hourly)).status).toBe(201);
  await expect.poll(() => done("trigger"), { timeout: 15_000 }).toBe("true");
  expect(await done("runner")).toBe("false");
  await page.getByText("2 of 4 done").waitFor();
  await page.getByRole("region", { name: "Planned next" }).getByRole("link", { name: "hourly" }).waitFor();
  await page.getByRole("button", { name: "Hide: First steps" }).click();
  await page.reload();
  await page.getByRole("region", { name: "Now" }).waitFor();
  expect(await page.getByRole("region", { name: "First steps" }).count()).toBe(0);
  expect(complaints.list()).toEqual([]);
  await close();
}
