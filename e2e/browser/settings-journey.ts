import { createUser } from "@pulse/schema/wire/people";
import { setPlan } from "@pulse/schema/wire/plans";
import { putSecret } from "@pulse/schema/wire/secrets";
import { createSource, listSources } from "@pulse/schema/wire/sources";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { World } from "../world.ts";
import type { BrowserWorld } from "./browser.ts";
import { evil } from "./seeds.ts";

/** Puts something on every page of the settings: a plan, a secret, a person with a name that is markup. */
export async function makeSettings(world: World): Promise<void> {
  const { client, signal } = world;
  await client.call(setPlan, { body: { plan: "free" }, signal });
  await client.call(putSecret, { params: { name: "DB_URL" }, body: { value: "not to be seen" }, signal });
  const body = { username: "bea", name: evil.html.slice(0, 200), password: "correct horse battery" };
  await client.call(createUser, { body: { ...body, roles: { default: "developer" } }, signal });
}

/** An administrator makes a key, a program uses it, and it is revoked; a secret is set, seen by name alone, and deleted. */
export async function makeUseAndRevoke(browsers: BrowserWorld): Promise<void> {
  const { page, complaints, open, close } = await browsers.visit();
  const { world } = browsers;
  await open("/settings/keys");
  await page.getByRole("button", { name: "New key" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Create" }).waitFor();
  await dialog.getByRole("textbox", { name: "Name" }).fill("journey");
  await dialog.getByRole("button", { name: "Create" }).click();
  await dialog.getByText("Tick what the key may, or name a function.").waitFor();
  await dialog.getByRole("checkbox", { name: "see functions" }).check();
  await dialog.getByRole("combobox", { name: "Ends" }).selectOption("7");
  await dialog.getByRole("button", { name: "Create" }).click();
  const key = (await dialog.getByRole("region", { name: "API key" }).textContent())?.trim() ?? "";
  expect(key).toMatch(/^pk_/);
  await dialog.getByRole("button", { name: "I have kept it" }).click();

  const use = async (path: string) => (await world.call(path, { key })).status;
  expect([await use("/v1/functions"), await use("/v1/users")]).toEqual([200, 403]);
  await page.reload();
  const row = page.getByRole("row", { name: /journey/ });
  await row.waitFor();
  // "now", or some seconds ago: it was never used before.
  expect(await row.getByRole("cell").nth(2).textContent()).toMatch(/now|ago/);
  expect(await page.content()).not.toContain(key);
  await row.getByRole("button", { name: "Revoke: journey" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await row.waitFor({ state: "detached" });
  expect(await use("/v1/functions")).toBe(401);

  await page.getByRole("link", { name: "Secrets" }).click();
  await page.getByRole("button", { name: "New secret" }).first().click();
  await page.getByRole("textbox", { name: "Name" }).fill("JOURNEY");
  await page.getByRole("textbox", { name: "Value" }).fill("kept to itself");
  await page.getByRole("button", { name: "Set", exact: true }).click();
  const secret = page.getByRole("row", { name: /JOURNEY/ });
  await secret.getByText("nothing names it").waitFor();
  expect(await page.content()).not.toContain("kept to itself");
  await secret.getByRole("button", { name: "Delete: JOURNEY" }).click();
  await page.getByRole("dialog").getByText("Nothing that is live names it.").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await secret.waitFor({ state: "detached" });

  await removeSource(browsers, page);

  await page.getByRole("link", { name: "Audit" }).click();
  await page
    .getByRole("row", { name: /key\.revoke/ })
    .first()
    .waitFor();
  await page.getByText("verified").waitFor();
  expect(complaints.list()).toEqual([]);
  await close();
}

/** Removes a source on its page: it is asked before, and afterwards the list is without it. */
async function removeSource({ world: { client, signal } }: BrowserWorld, page: Page): Promise<void> {
  const repository = "https://git.example.test/acme/shop";
  await client.call(createSource, { body: { name: "shop", repository, host: "gitea" }, signal });
  await page.getByRole("link", { name: "Sources" }).click();
  await page.getByRole("link", { name: "shop" }).click();
  await page.getByRole("button", { name: "Remove" }).click();
  const dialog = page.getByRole("dialog", { name: "Remove shop" });
  await dialog.getByText("What it made stays.").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Remove" }).click();
  await dialog.getByRole("button", { name: "Remove" }).click();
  await page.getByText("shop is removed").waitFor();
  await page.getByText("No source yet").waitFor();
  expect((await client.call(listSources, { query: {}, signal })).items).toEqual([]);
}
