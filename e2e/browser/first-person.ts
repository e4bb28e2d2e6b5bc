import type { Browser } from "playwright-core";
import { expect } from "vitest";
import { axeViolations } from "./axe.ts";
import { listenTo } from "./complaints.ts";
import { tabTo } from "./functions-keyboard.ts";
import { tryWithKeys } from "./keyboard-journeys.ts";

/** From the set-up URL to the result of the sample and a call from its page, by keyboard alone; afterwards the URL lets nobody else in. */
export async function makeFirstPersonWithKeys(browser: Browser, url: string): Promise<void> {
  const context = await browser.newContext({ locale: "en-GB" });
  const page = await context.newPage();
  const complaints = await listenTo(page);
  complaints.expect(/401/);
  await page.goto(url);
  await page.getByRole("textbox", { name: "Username" }).waitFor();
  await tabTo(page, "Username");
  await page.keyboard.type("ana");
  await tabTo(page, /^Password/);
  await page.keyboard.type("a long and quiet river 42");
  await page.keyboard.press("Enter");
  // Ticked by what the gateway says: signed in, deployed, called.
  await expect.poll(() => page.locator("li[data-done=true]").count(), { timeout: 60_000 }).toBe(3);
  await page.getByText('"message": "Hello, Ana!"').waitFor();
  expect(await axeViolations(page)).toEqual([]);
  await tabTo(page, /^Change hello/);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "hello" }).waitFor();
  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax" });
  await tryWithKeys(page);
  expect(complaints.list()).toEqual([]);

  const other = await browser.newContext({ locale: "en-GB" });
  const late = await other.newPage();
  await late.goto(url);
  await late.getByRole("button", { name: "Go on without an account" }).click();
  await late.getByRole("alert").getByText("it was used").waitFor();
  expect(await other.cookies()).toEqual([]);
  await context.close();
  await other.close();
}
