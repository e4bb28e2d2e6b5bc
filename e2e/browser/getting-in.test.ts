import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, type Running, startProcess, until } from "../platforms/node.ts";
import { axeViolations } from "./axe.ts";
import { type BrowserWorld, startBrowserWorld } from "./browser.ts";
import { hasChromium, startChromium } from "./chromium.ts";
import { listenTo } from "./complaints.ts";
import { tabTo } from "./functions-keyboard.ts";
import { tryWithKeys } from "./keyboard-journeys.ts";

describe.skipIf(!hasChromium())("getting in with a key", () => {
  let browsers: BrowserWorld;
  beforeAll(async () => {
    browsers = await startBrowserWorld({ withoutRunner: true });
  });
  afterAll(() => browsers?.stop());

  test("an API key opens a session, and the page that was asked for is there", async () => {
    const { page, complaints, open, close } = await browsers.visit({ signedIn: false });
    // Nobody is signed in yet: the browser notes the answer that says so.
    complaints.expect(/401/);
    await open("/settings");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Sign in to Pulse");
    await page.getByRole("textbox", { name: "API key" }).fill(browsers.world.adminKey);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    expect(kept).not.toContain(browsers.world.adminKey);
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("without a token the set-up page says where one is, and with a wrong one why it is not good", async () => {
    const { page, complaints, open, close } = await browsers.visit({ signedIn: false });
    complaints.expect(/401/);
    await open("/setup");
    await page.getByText("setup-url").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.goto("about:blank");
    await open("/setup#t=wrong");
    expect(page.url()).not.toContain("wrong");
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Go on without an account" }).click();
    await page.getByRole("alert").getByText("this set-up URL is not good").waitFor();
    await page.getByRole("link", { name: "Sign in with an API key" }).click();
    await page.getByRole("textbox", { name: "API key" }).waitFor();
    expect(complaints.list()).toEqual([]);
    await close();
  });
});

describe.skipIf(!hasChromium())("getting in with the set-up URL", () => {
  let folder: string;
  let running: Running;
  let browser: Browser;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "pulse-start-"));
    const env = { PULSE_PORT: String(await freePort()), PULSE_SANDBOX: "process" };
    running = startProcess("gateway/src/platform/node/start.ts", env, [], folder);
    browser = await startChromium();
    const saysNext = async () => (running.output().includes("Ctrl-C stops") ? true : null);
    await until("it says what to type next", saysNext, running, 110_000);
  });
  afterAll(async () => {
    await browser?.close();
    await running?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("one form makes the first person and ends at the result of the sample, once", async () => {
    const url = (await readFile(join(folder, "pulse-data/setup-url"), "utf8")).trim();
    const context = await browser.newContext({ locale: "en-GB" });
    const page = await context.newPage();
    const complaints = await listenTo(page);
    complaints.expect(/401/);
    await page.goto(url);
    // By keyboard alone.
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
  });
});
