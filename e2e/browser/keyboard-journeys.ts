import type { Page } from "playwright-core";
import { expect } from "vitest";
import { until } from "../platforms/node.ts";
import type { BrowserWorld, Visit } from "./browser.ts";
import { focused, tabTo } from "./functions-keyboard.ts";

/** With an API key from the page that was asked for, a function, to a call of it that is answered. */
export async function signInAndTryWithKeys({ page, complaints, open }: Visit, name: string, key: string) {
  complaints.expect(/401/);
  await open(`/functions/${name}`);
  await page.getByRole("textbox", { name: "API key" }).waitFor();
  await tabTo(page, "API key");
  await page.keyboard.type(key);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name }).waitFor();
  await tryWithKeys(page);
}

/** On the page of a function: it is called, and its answer is there. */
export async function tryWithKeys(page: Page): Promise<void> {
  await page.getByRole("textbox", { name: /^Code of/ }).waitFor();
  await page.keyboard.press("Control+Enter");
  const result = page.getByRole("region", { name: "What became of it" });
  await result.getByText("Status 200").waitFor();
}

/** A Python function is written, tried and deployed; at the end its first version is live and the dialog closed. */
export async function writeTestDeployWithKeys({ page, open }: Visit): Promise<void> {
  await open("/functions");
  await tabTo(page, "New function");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "New function" }).waitFor();
  await tabTo(page, "Name");
  await page.keyboard.type("doubler");
  await tabTo(page, "TypeScript");
  await page.keyboard.press("ArrowRight");
  await tabTo(page, "Start writing");
  await page.keyboard.press("Enter");

  await page.getByRole("textbox", { name: "Code of main.py" }).waitFor();
  await tabTo(page, "Code of main.py");
  await page.keyboard.press("Control+a");
  // The editor indents and closes quotes and brackets by itself, as it does for everybody.
  await page.keyboard.type(
    "def main(number: int):\nprint('doubling', number)\nreturn {'double': number * 2}\n",
  );
  await page.getByText("Draft saved").waitFor();

  await page.keyboard.press("Escape");
  // First the panel of the view, which says no more than its field, then the field.
  await tabTo(page, "Body");
  await tabTo(page, "Body");
  await page.keyboard.press("Control+a");
  await page.keyboard.type('{"number": 21}');
  await page.keyboard.press("Control+Enter");
  const result = page.getByRole("region", { name: "What became of it" });
  await result.getByText("Status 200").waitFor();
  expect(await result.getByRole("region", { name: "Result" }).textContent()).toContain('"double": 42');
  await result.getByText("doubling 21").waitFor();
  const split = result.getByRole("list").first();
  expect(await split.textContent()).toMatch(/Queue.*ms.*Start.*Load.*Run.*ms/);

  await page.keyboard.press("Control+Shift+D");
  const dialog = page.getByRole("dialog", { name: "Deploy doubler" });
  await dialog.waitFor();
  expect(await dialog.getByRole("region", { name: "Files" }).textContent()).toContain("main.pyadded");
  expect(await focused(page)).toBe("Message");
  await page.keyboard.type("the first one");
  await page.keyboard.press("Enter");
  await page.getByText("v1 is live.").waitFor();
  await dialog.waitFor({ state: "detached" });
}

/** The failed execution is found by its filter, says why, and runs again with an input that is whole; nothing but keys is used. */
export async function findAndReplayWithKeys(browsers: BrowserWorld, failed: string): Promise<void> {
  const { page, complaints, open, close } = await browsers.visit();
  await open("/");
  await page.keyboard.press("g");
  await page.keyboard.press("e");
  await page.waitForURL(/\/executions$/);
  await tabTo(page, "Filter");
  await page.keyboard.type(`status:failed id:${failed}`);
  await page.keyboard.press("Enter");
  await page.waitForURL(/filter=status%3Afailed/);
  await page.locator("tbody tr").nth(1).waitFor({ state: "detached" });
  expect(await page.locator("tbody tr").count()).toBe(1);
  await tabTo(page, /^resize/);
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(`/executions/${failed}`));
  const why = page.getByRole("region", { name: "Why" });
  await why.getByText("It failed because the code threw an error.").waitFor();
  await why.getByText("KeyError").first().waitFor();
  await holdsFocus(page);

  await tabTo(page, "Replay");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Replay this execution" });
  await dialog.getByRole("radio", { name: "the same request" }).waitFor();
  await tabTo(page, "the same request");
  await page.keyboard.press("ArrowDown");
  await tabTo(page, "JSON body");
  await page.keyboard.press("Control+a");
  await page.keyboard.type('{"height": 21}');
  await tabTo(page, "Replay");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => /\/executions\/exe_/.test(url.pathname) && !url.pathname.endsWith(failed));
  await page.getByText("succeeded", { exact: true }).waitFor();
  await holdsFocus(page);
  expect(complaints.list()).toEqual([]);
  await close();
}

/** From the page of a workflow: it is run, what it asks is answered on a screen as narrow as a telephone's, and it ends well. */
export async function runAndAnswerWithKeys(page: Page): Promise<void> {
  await tabTo(page, "Run");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Run", exact: true }).waitFor();
  await tabTo(page, "Run");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/executions\/exe_/);
  await page.setViewportSize({ width: 320, height: 568 });
  const yes = page.getByRole("button", { name: "Yes" });
  await yes.waitFor();
  await tabTo(page, "Yes");
  await page.keyboard.press("Enter");
  await yes.waitFor({ state: "detached" });
  await page.getByText("succeeded", { exact: true }).first().waitFor();
}

/** On the page of runners: one is named and given a label, first a wrong one, and the command to start it is made. */
export async function addRunnerWithKeys(page: Page): Promise<void> {
  await tabTo(page, "Add a runner");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).waitFor();
  await tabTo(page, "Name");
  await page.keyboard.type("web-01");
  await tabTo(page, "Labels");
  await page.keyboard.type("prod");
  await tabTo(page, "Make the command");
  await page.keyboard.press("Enter");
  await dialog.getByText("Each label is key=value.").waitFor();
  await tabTo(page, "Labels");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("env=prod");
  await tabTo(page, "Make the command");
  await page.keyboard.press("Enter");
}

/** After a step of a journey something on the page has the focus: whoever goes on with Tab goes on from there. */
const holdsFocus = (page: Page) =>
  until("something has the focus", async () => {
    const isAtBody = await page.evaluate(() => document.activeElement === document.body);
    return isAtBody ? null : await focused(page);
  });
