import { createKey } from "@pulse/schema/wire/auth";
import { expect } from "vitest";
import { type BrowserWorld, visitOf } from "./browser.ts";

/** Buttons and links that lead to a change. */
const changing =
  /^(new|add|deploy|run|save|delete|remove|disable|enable|pause|resume|drain|edit|change|replay|cancel|send|capture|rotate|test|upgrade|set|promote|roll|make|review|discard|stop|resend)\b/i;
/** They change what is shown alone (a log that follows, a definition that is not saved), or are the reader's own. */
const harmless = /^(pause|resume|new key|(edit|remove): |add (a )?step|run a |set values|stop)/i;
/** Where those stand. */
const harmlessAt = /^\/(executions\/exe_|settings\/keys|workflows\/(_new|[^/]+\?tab=definition))/;

/** Somebody who may only read is shown nothing on these pages that would end in a refusal. */
export async function readOnly(browsers: BrowserWorld, paths: readonly string[]): Promise<void> {
  const { world } = browsers;
  const { client, signal } = world;
  const { key } = await client.call(createKey, { body: { name: "reader", scopes: ["read"] }, signal });
  const { page, complaints, open, close } = await visitOf(browsers.browser, { ...world, adminKey: key });
  // Pages of nothing, and those that are for admins.
  complaints.expect(/40[34]/);
  const found: string[] = [];
  for (const path of paths) {
    await open(path);
    const names = await page
      .getByRole("main")
      .locator("button, a[class*=bg-accent], [role=button]")
      .evaluateAll((all) => all.map((one) => (one.ariaLabel ?? one.textContent ?? "").trim()));
    const wrong = names.filter(
      (name) => changing.test(name) && !(harmlessAt.test(path) && harmless.test(name)),
    );
    if (wrong.length > 0) found.push(`${path}: ${wrong.join(", ")}`);
  }
  expect(found).toEqual([]);
  expect(complaints.list()).toEqual([]);
  await close();
}
