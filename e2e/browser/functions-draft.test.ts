import { getDraft, listDrafts, putDraft } from "@pulse/schema/wire/drafts";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrowserWorld, startBrowserWorld } from "./browser.ts";
import { hasChromium } from "./chromium.ts";
import { evil } from "./seeds.ts";

const python = { runtime: "python" } as const;

/** A busy machine takes its time. */
const soon = { timeout: 15_000 };

describe.skipIf(!hasChromium())("drafts in the browser", () => {
  let browsers: BrowserWorld;
  beforeAll(async () => {
    browsers = await startBrowserWorld();
  });
  afterAll(() => browsers?.stop());

  const draftOf = (name: string) =>
    browsers.world.client.call(getDraft, { params: { name }, signal: browsers.world.signal });
  const put = (name: string, files: Record<string, string>) =>
    browsers.world.client.call(putDraft, {
      params: { name },
      body: { ...python, files, settings: {} },
      signal: browsers.world.signal,
    });
  /** Types at the end of the file that is shown. */
  const typeAtEnd = async (page: Page, text: string) => {
    await page.getByRole("textbox", { name: /^Code of/ }).focus();
    await page.keyboard.press("Control+End");
    await page.keyboard.type(text);
  };
  const status = (page: Page, text: string) => page.getByRole("status").getByText(text, { exact: true });

  test("what is typed is on the server a moment later, and Ctrl+S saves it at once", async () => {
    await put("saved", { "main.py": "" });
    const { page, complaints, open, close } = await browsers.visit();
    await open("/functions/saved");
    await typeAtEnd(page, "# one");
    await status(page, "Not saved yet").waitFor();
    await status(page, "Draft saved").waitFor();
    expect((await draftOf("saved")).files).toEqual({ "main.py": "# one" });
    await page.keyboard.type(" two");
    await page.keyboard.press("Control+s");
    await page.getByText("Draft saved").nth(1).waitFor();
    expect((await draftOf("saved")).files).toEqual({ "main.py": "# one two" });
    // Left at once, it is written all the same.
    await page.keyboard.type(" three");
    await page.getByRole("link", { name: "Functions" }).first().click();
    await page.getByRole("heading", { level: 1, name: "Functions", exact: true }).waitFor();
    await expect
      .poll(async () => (await draftOf("saved")).files, soon)
      .toEqual({ "main.py": "# one two three" });
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("files are added, renamed and deleted", async () => {
    await put("files", { "main.py": "x = 1" });
    const { page, complaints, open, close } = await browsers.visit();
    await open("/functions/files");
    await page.getByRole("button", { name: "Add file" }).click();
    await page.keyboard.type("main.py");
    await page.keyboard.press("Enter");
    await page.getByText("A file of this name exists already.").waitFor();
    await page.getByLabel("File name").fill("lib/dates.py");
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "Code of lib/dates.py" }).waitFor();
    expect(new URL(page.url()).searchParams.get("file")).toBe("lib/dates.py");
    await typeAtEnd(page, "today = 1");
    await page.getByRole("button", { name: "Rename" }).click();
    await page.getByLabel("File name").fill("lib/days.py");
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "Code of lib/days.py" }).waitFor();
    await expect
      .poll(async () => (await draftOf("files")).files, soon)
      .toEqual({
        "lib/days.py": "today = 1",
        "main.py": "x = 1",
      });
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("textbox", { name: "Code of main.py" }).waitFor();
    await expect.poll(async () => (await draftOf("files")).files, soon).toEqual({ "main.py": "x = 1" });
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("a gateway that is away loses nothing: the draft is kept and saved when it is back", async () => {
    await put("offline", { "main.py": "" });
    const { page, context, complaints, open, close } = await browsers.visit();
    complaints.expect(/ERR_INTERNET_DISCONNECTED|Failed to load resource/);
    await open("/functions/offline");
    await page.getByRole("textbox", { name: "Code of main.py" }).waitFor();
    await context.setOffline(true);
    await typeAtEnd(page, "kept = True");
    await status(page, "Offline: kept here").waitFor();
    await page.getByText("is kept in this tab").waitFor();
    // Elsewhere and back again: it is still there.
    await page.getByRole("tab", { name: "Versions" }).click();
    await context.setOffline(false);
    await page.getByRole("tab", { name: "Code" }).click();
    expect(await page.getByRole("textbox", { name: "Code of main.py" }).textContent()).toContain(
      "kept = True",
    );
    await status(page, "Draft saved").waitFor();
    await expect
      .poll(async () => (await draftOf("offline")).files, soon)
      .toEqual({ "main.py": "kept = True" });
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("a draft that somebody else changed is not overwritten before a person says so", async () => {
    await put("both", { "main.py": "old" });
    const { page, complaints, open, close } = await browsers.visit();
    complaints.expect(/412/);
    await open("/functions/both");
    await page.getByRole("textbox", { name: "Code of main.py" }).waitFor();
    await put("both", { "main.py": "theirs" });
    await typeAtEnd(page, " mine");
    await page.getByText("Somebody else has changed this draft").waitFor();
    expect((await draftOf("both")).files).toEqual({ "main.py": "theirs" });
    await page.getByRole("button", { name: "Keep mine" }).click();
    await status(page, "Draft saved").waitFor();
    expect((await draftOf("both")).files).toEqual({ "main.py": "old mine" });
    await put("both", { "main.py": "theirs again" });
    await typeAtEnd(page, "!");
    await page.getByRole("button", { name: "Take theirs" }).click();
    await expect
      .poll(() => page.getByRole("textbox", { name: "Code of main.py" }).textContent(), soon)
      .toBe("theirs again");
    expect((await draftOf("both")).files).toEqual({ "main.py": "theirs again" });
    await typeAtEnd(page, ", and mine");
    await expect
      .poll(async () => (await draftOf("both")).files, soon)
      .toEqual({ "main.py": "theirs again, and mine" });
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("a session that ends while one writes loses nothing", async () => {
    await put("expired", { "main.py": "" });
    const { page, context, complaints, open, close } = await browsers.visit();
    complaints.expect(/401|ERR_INTERNET_DISCONNECTED/);
    await open("/functions/expired");
    await page.getByRole("textbox", { name: "Code of main.py" }).waitFor();
    // Offline until it is typed: otherwise anything that asks the gateway meanwhile would take the page away.
    await context.setOffline(true);
    await context.clearCookies();
    await typeAtEnd(page, "");
    await page.keyboard.insertText("still = 'here'");
    await context.setOffline(false);
    await page.getByLabel("API key").fill(browsers.world.adminKey);
    await page.keyboard.press("Enter");
    await expect
      .poll(() => page.getByRole("textbox", { name: "Code of main.py" }).textContent(), soon)
      .toBe("still = 'here'");
    await expect
      .poll(async () => (await draftOf("expired")).files, soon)
      .toEqual({ "main.py": "still = 'here'" });
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("settings are edited as text; what is no JSON is marked and the last good ones stay", async () => {
    await put("settings", { "main.py": "" });
    const { page, complaints, open, close } = await browsers.visit();
    await open("/functions/settings?file=pulse.jsonc");
    const editor = page.getByRole("textbox", { name: "Code of pulse.jsonc" });
    await editor.focus();
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText('{"runtime": "python", "timeout": "5s"}');
    await expect.poll(async () => (await draftOf("settings")).settings, soon).toEqual({ timeout: "5s" });
    await page.keyboard.press("Control+End");
    await page.keyboard.press("Backspace");
    await page.getByText("has an error").waitFor({ state: "attached" });
    await page.keyboard.press("Control+Shift+D");
    await page.getByText("First mend the settings.").waitFor();
    expect(await page.getByRole("dialog").count()).toBe(0);
    expect((await draftOf("settings")).settings).toEqual({ timeout: "5s" });
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("names, messages and errors full of HTML are text", async () => {
    const file = `${evil.html}.txt`;
    await put("evil", {
      "main.py": `def main():\n    raise ValueError(${JSON.stringify(evil.html)})\n`,
      [file]: evil.html,
    });
    const { page, complaints, open, close } = await browsers.visit();
    await open("/functions/evil");
    await page.getByRole("button", { name: file }).waitFor();
    await page.getByRole("textbox", { name: "Code of main.py" }).focus();
    await page.keyboard.press("Control+Enter");
    // In the message, and in the stack below it.
    await page.getByRole("alert").getByText(evil.html).first().waitFor();
    await page.keyboard.press("Control+Shift+D");
    await page.getByLabel("Message").fill(evil.html);
    await page.keyboard.press("Enter");
    await page.getByText("v1 is live.").waitFor();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await open("/functions/evil?tab=versions");
    await page.getByText(evil.html).first().waitFor();
    await open(`/functions?q=${encodeURIComponent(evil.html)}`);
    await page.getByText(evil.html).waitFor();
    expect(await page.title()).toBe("Functions · Pulse");
    // What is deployed is a draft no more.
    const { items } = await browsers.world.client.call(listDrafts, {
      query: {},
      signal: browsers.world.signal,
    });
    expect(items.map(({ name }) => name)).not.toContain("evil");
    expect(complaints.list()).toEqual([]);
    await close();
  });
});
