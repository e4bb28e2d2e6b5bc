import { createClient } from "@pulse/schema/client";
import { startDeviceLogin, takeDeviceKey } from "@pulse/schema/wire/device";
import { changeUser, createUser } from "@pulse/schema/wire/people";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeOf, fromBase32 } from "../../gateway/src/auth/factors/totp.ts";
import { axeViolations } from "./axe.ts";
import { type BrowserWorld, startBrowserWorld } from "./browser.ts";
import { hasChromium } from "./chromium.ts";
import { makeUseAndRevoke } from "./settings-journey.ts";

const password = "correct horse battery";

describe.skipIf(!hasChromium())("people in the dashboard", () => {
  let browsers: BrowserWorld;
  beforeAll(async () => {
    browsers = await startBrowserWorld({ withoutRunner: true });
    const { client, signal } = browsers.world;
    const body = { username: "ana", password, roles: { default: "operator" as const } };
    await client.call(createUser, { body, signal });
  });
  afterAll(() => browsers?.stop());

  test("a person signs in by name and password, and lets a machine in", async () => {
    const { page, complaints, open, close } = await browsers.visit({ signedIn: false });
    const { world } = browsers;
    const client = createClient({ baseUrl: world.url });
    const begun = await client.call(startDeviceLogin, { body: { machine: "laptop" }, signal: world.signal });
    complaints.expect(/401/);
    await open(`/device#${begun.user_code}`);
    await page.getByRole("textbox", { name: "Username" }).fill("ana");
    await page.getByRole("textbox", { name: "Password" }).fill("wrong horse battery");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("the username or the password is wrong").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("textbox", { name: "Password" }).fill(password);
    await page.keyboard.press("Enter");
    await page.getByText("laptop").waitFor();
    await page.getByText(begun.user_code).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Let it in" }).click();
    await page.getByText("Answered.").waitFor();
    const body = { device_code: begun.device_code };
    expect(await client.call(takeDeviceKey, { body, signal: world.signal })).toMatchObject({
      name: "laptop",
    });
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("the code of a second factor is asked for where there is one", async () => {
    const { page, complaints, open, close } = await browsers.visit({ signedIn: false });
    const { world } = browsers;
    complaints.expect(/401/);
    await open("/settings");
    const fill = async () => {
      await page.getByRole("textbox", { name: "Username" }).fill("ana");
      await page.getByRole("textbox", { name: "Password" }).fill(password);
      await page.keyboard.press("Enter");
    };
    await fill();
    await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
    await page.getByRole("button", { name: "Set up a second factor" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Present password" }).fill(password);
    await dialog.getByRole("button", { name: "Next" }).click();
    await dialog.getByRole("img", { name: "Code to scan with an app for codes" }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    const secret = await dialog.getByRole("region", { name: "Secret of the second factor" }).textContent();
    const step = Math.floor(Date.now() / 30_000);
    // The code of the step before turns it on, so that the present one is still good.
    const code = (at: number) => codeOf(fromBase32(secret?.trim() ?? ""), at);
    await dialog.getByRole("textbox", { name: "Code" }).fill(await code(step - 1));
    await dialog.getByRole("button", { name: "Turn it on" }).click();
    await dialog.getByRole("region", { name: "Recovery codes" }).waitFor();
    await dialog.getByRole("button", { name: "I have kept them" }).click();
    await page.getByRole("button", { name: "Remove the second factor" }).waitFor();
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByRole("textbox", { name: "Username" }).waitFor();
    await fill();
    await page.getByRole("textbox", { name: "Code of the second factor" }).fill(await code(step + 1));
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1 }).filter({ hasNotText: "Sign in to Pulse" }).waitFor();
    expect(complaints.list()).toEqual([]);
    const change = { params: { name: "ana" }, body: { secondFactor: null }, signal: world.signal };
    await world.client.call(changeUser, change);
    await close();
  });

  test("a key is made, used and revoked; a secret is set and deleted; the audit tells of it and is whole", async () => {
    await makeUseAndRevoke(browsers);
  });
});
