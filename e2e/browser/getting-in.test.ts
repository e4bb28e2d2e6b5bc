import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, type Running, startProcess, until } from "../platforms/node.ts";
import { axeViolations } from "./axe.ts";
import { type BrowserWorld, startBrowserWorld } from "./browser.ts";
import { hasChromium, startChromium } from "./chromium.ts";
import { makeFirstPersonWithKeys } from "./first-person.ts";

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

  test("a browser may install it as an app, with its name, its icons and where it begins", async () => {
    const { page, context, open, close } = await browsers.visit();
    await open("/");
    const devtools = await context.newCDPSession(page);
    const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
    // A browser of a test keeps nothing, and that alone speaks against it.
    expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(["in-incognito"]);
    const { errors, data } = await devtools.send("Page.getAppManifest");
    expect(errors).toEqual([]);
    const manifest = JSON.parse(data ?? "{}");
    expect(manifest).toMatchObject({ name: "Pulse", start_url: "/", display: "standalone" });
    for (const { src, type } of manifest.icons) {
      const icon = await context.request.get(new URL(src, page.url()).href);
      expect([src, icon.status(), icon.headers()["content-type"]]).toEqual([src, 200, type]);
    }
    await close();
  });

  test("a gateway by itself prints the set-up URL while there is nobody, and keeps it for its owner alone", async () => {
    const { world } = browsers;
    const file = join(world.dataDir, "gateway", "setup-url");
    const said = async () => (world.gateway.output().includes("Nobody has an account yet.") ? true : null);
    await until("it says where the first person is made", said);
    const url = (await readFile(file, "utf8")).trim();
    expect(url.startsWith(`${world.url}/setup#t=`)).toBe(true);
    expect(world.gateway.output()).toContain(url);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    // The page of it is the form.
    const { page, close } = await browsers.visit({ signedIn: false });
    await page.goto(url);
    await page.getByRole("textbox", { name: "Username" }).waitFor();
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
    await makeFirstPersonWithKeys(browser, url);
  });
});
