import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Running } from "../platforms/node.ts";
import { providerEnv, providerPort, startProvider } from "../platforms/provider-process.ts";
import { axeViolations } from "./axe.ts";
import { type BrowserWorld, startBrowserWorld } from "./browser.ts";
import { hasChromium } from "./chromium.ts";

describe.skipIf(!hasChromium())("signing in at an identity provider", () => {
  let browsers: BrowserWorld;
  let provider: Running;
  beforeAll(async () => {
    const port = await providerPort();
    browsers = await startBrowserWorld({ withoutRunner: true, gatewayEnv: providerEnv(port) });
    provider = await startProvider(port, browsers.world.url.replace("127.0.0.1", "localhost"));
  });
  afterAll(async () => {
    await browsers?.stop();
    await provider?.stop();
  });

  test("one button leads there and back to the page that was asked for", async () => {
    const { page, complaints, open, close } = await browsers.visit({ signedIn: false });
    complaints.expect(/401/);
    const origin = browsers.world.url.replace("127.0.0.1", "localhost");
    await open(`${origin}/settings`);
    const button = page.getByRole("link", { name: "Sign in with Single sign-on" });
    await button.waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await button.click();
    await page.locator('input[name="login"]').fill("root");
    await page.locator('input[name="password"]').fill("any");
    await page.getByRole("button").click();
    // The provider asks whether Pulse may know who it is.
    await page.getByRole("button", { name: /continue/i }).click();
    await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
    expect(new URL(page.url()).origin).toBe(origin);
    await page.getByText("root").first().waitFor();
    await close();
  });

  test("a sign-in that comes to nothing is told on the page to sign in", async () => {
    const { page, complaints, open, close } = await browsers.visit({ signedIn: false });
    complaints.expect(/401/);
    await open("/auth/oidc/callback?state=nobodys&code=x");
    await page.getByRole("alert").getByText("This sign-in is not under way").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await close();
  });
});
