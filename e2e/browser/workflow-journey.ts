import { patchWorkflow, putWorkflow } from "@pulse/schema/wire/workflows";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { axeViolations } from "./axe.ts";
import type { BrowserWorld } from "./browser.ts";
import { greeterText } from "./workflow-seeds.ts";

/** A workflow is written, run, asked, answered, changed and disabled in a browser, as one person would in one visit. */
export async function writeAndRunWorkflow(browsers: BrowserWorld): Promise<void> {
  const { page, complaints, open, close } = await browsers.visit();
  // A plan of what needs inputs, asked for without them.
  complaints.expect(/422/);
  await open("/functions");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Workflows" }).click();
  await write(page);
  await run(browsers, page);
  await answer(page);
  await change(page);
  await leaveAndComeBack(browsers, page);
  await disable(page);
  expect(complaints.list()).toEqual([]);
  await close();
}

async function write(page: Page): Promise<void> {
  await page.getByRole("link", { name: "New workflow" }).first().click();
  await page.getByRole("textbox", { name: "Name" }).fill("greeter");
  await page.getByRole("button", { name: "Text" }).click();
  await writeText(page, greeterText.replace("type: execute", "type: exeecute"));
  await page.getByText("The definition is not valid.").waitFor();
  await page.getByRole("button", { name: "Line 10" }).waitFor();
  await page.getByRole("button", { name: "List" }).click();
  await page.getByText("Unknown kind").waitFor();
  await page.getByRole("button", { name: "Text" }).click();
  await writeText(page, greeterText);
  await page.getByText("The definition is valid.").waitFor();
  // Nothing of it is lost by a look at something else.
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Workflows" }).click();
  await page.getByRole("link", { name: "New workflow" }).first().click();
  await page.getByText("Say hello").first().waitFor();
  expect(await page.getByRole("textbox", { name: "Name" }).inputValue()).toBe("greeter");
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("heading", { name: "greeter", level: 1 }).waitFor();
  await page.getByText("It has not run yet.").waitFor();
}

/** Puts a text in place of the definition, as one pastes it. */
async function writeText(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Definition" }).click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.evaluate((pasted) => navigator.clipboard.writeText(pasted), text);
  await page.keyboard.press("ControlOrMeta+v");
}

/** Somebody else disables the workflow and enables it again: the page under the dialog is read again twice. */
async function changeBehind({ world }: BrowserWorld, page: Page): Promise<void> {
  const { client, signal } = world;
  const said = page.getByText("disabled", { exact: true });
  for (const enabled of [false, true]) {
    await client.call(patchWorkflow, { params: { name: "greeter" }, body: { enabled }, signal });
    await said.waitFor({ state: enabled ? "detached" : "attached" });
  }
}

async function run(browsers: BrowserWorld, page: Page): Promise<void> {
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Who" }).fill("Ada");
  await dialog.getByRole("combobox", { name: "Zone" }).selectOption("us");
  await changeBehind(browsers, page);
  // What was typed and chosen is still there.
  expect(await dialog.getByRole("textbox", { name: "Who" }).inputValue()).toBe("Ada");
  expect(await dialog.getByRole("spinbutton", { name: "How many" }).inputValue()).toBe("2");
  expect(await axeViolations(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Preview" }).click();
  await dialog.getByRole("region", { name: "What a run would do now" }).getByText("on local").waitFor();
  await dialog.getByRole("button", { name: "Run" }).click();
  const steps = page.getByRole("table", { name: "Steps" });
  await steps.getByRole("columnheader", { name: "local" }).waitFor();
  const row = steps.getByRole("row", { name: /Say hello/ });
  await row.getByRole("button", { name: "succeeded" }).click();
  const log = page.getByRole("region", { name: "Log of the step" });
  await log.getByText("hello Ada").waitFor();
  await page.getByRole("region", { name: "Ship to us?" }).waitFor();
  expect(await axeViolations(page)).toEqual([]);
}

async function answer(page: Page): Promise<void> {
  const address = page.url();
  await page.getByRole("link", { name: /^Inbox/ }).click();
  const asked = page.getByRole("region", { name: "Ship to us?" }).filter({ hasText: "greeter" });
  await asked.getByRole("textbox", { name: "Note" }).fill("with care");
  await asked.getByRole("button", { name: "Ship" }).click();
  await page.getByText("Your answer is in.").waitFor();
  await asked.waitFor({ state: "detached" });
  await page.goto(address);
  await page.getByRole("region", { name: "Values" }).getByText('"count": 2').waitFor();
}

async function change(page: Page): Promise<void> {
  await page.getByRole("link", { name: /^greeter · Revision 1$/ }).click();
  await page.getByRole("table", { name: "Runs" }).getByText("succeeded").waitFor();
  await page.getByRole("tab", { name: "Definition" }).click();
  await page.getByRole("button", { name: "Text" }).click();
  await writeText(page, greeterText.replace("Says hello", "Greets"));
  await page.getByRole("button", { name: "Review and save" }).click();
  const plan = page.getByRole("dialog");
  await plan.getByText('+ "Greets and asks"').waitFor();
  await plan.getByText("It has no triggers of its own, and none change.").waitFor();
  expect(await axeViolations(page)).toEqual([]);
  await plan.getByRole("button", { name: "Save" }).click();
  await page.getByText("It is saved.").waitFor();
  await page.getByRole("tab", { name: "Revisions" }).click();
  await page.locator("summary", { hasText: "Revision 2" }).click();
  await page.getByText("1 difference from the revision before").waitFor();
  await page.getByText('+ "Greets and asks"').waitFor();
  await page.getByRole("button", { name: "Compare" }).click();
  const compared = page.getByRole("region", { name: "Revision 1 and revision 2" });
  await compared.getByText("Greets and asks").waitFor();
}

/** Changes that are not saved are there again after a reload; what somebody else saved meanwhile is not overwritten before one says so. */
async function leaveAndComeBack({ world }: BrowserWorld, page: Page): Promise<void> {
  const { client, signal } = world;
  await page.getByRole("tab", { name: "Definition" }).click();
  await page.getByRole("button", { name: "Text" }).click();
  await writeText(page, greeterText.replace("Says hello", "Mine"));
  const notice = page.getByText("These changes are not saved.");
  await notice.waitFor();
  const raw = greeterText.replace("Says hello", "Theirs");
  const headers = { "content-type": "application/yaml" };
  await client.call(putWorkflow, { params: { name: "greeter" }, raw, headers, signal });
  await page.getByText("Somebody has saved the definition").waitFor();
  await page.reload();
  await page.getByText("Somebody has saved the definition").waitFor();
  await page.getByRole("textbox", { name: "Definition" }).getByText("Mine and asks").waitFor();
  expect(await axeViolations(page)).toEqual([]);
  await page.getByRole("button", { name: "Mine take its place" }).click();
  await page.getByText("Somebody has saved the definition").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Review and save" }).click();
  await page.getByRole("dialog").getByText('+ "Mine and asks"').waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await notice.waitFor({ state: "detached" });
  await page.reload();
  await page.getByRole("textbox", { name: "Definition" }).getByText("Mine and asks").waitFor();
  expect(await notice.isVisible()).toBe(false);
}

async function disable(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Disable" }).click();
  await page.getByText("disabled", { exact: true }).waitFor();
  expect(await page.getByRole("button", { name: "Run", exact: true }).isDisabled()).toBe(true);
}
