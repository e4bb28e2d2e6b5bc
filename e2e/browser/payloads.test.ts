import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrowserWorld, startBrowserWorld } from "./browser.ts";
import { hasChromium } from "./chromium.ts";
import { storePayloads } from "./payload-seeds.ts";
import { canary, payloads } from "./payloads.ts";
import { type Receiver, startReceiver } from "./trigger-seeds.ts";

describe.skipIf(!hasChromium())("texts that would run as code", () => {
  let browsers: BrowserWorld;
  let receiver: Receiver;
  let paths: string[];
  beforeAll(async () => {
    receiver = await startReceiver();
    browsers = await startBrowserWorld({
      gatewayEnv: { PULSE_OUTBOUND_HOSTS: receiver.host },
      runnerEnv: { PULSE_COMMANDS: "allow" },
    });
    paths = await storePayloads(browsers.world, receiver);
  });
  afterAll(async () => {
    await browsers?.stop();
    receiver?.server.close();
  });

  test("forty of them, stored everywhere, run on no page, and the policy never has to step in", async () => {
    expect(new Set(payloads).size).toBe(40);
    const { page, context, complaints, open, close } = await browsers.visit();
    // Pages about what is not there, and what is no name or expression.
    complaints.expect(/4(00|04|22)/);
    const hits: string[] = [];
    await context.exposeFunction(canary, () => void hits.push(page.url()));
    // Nothing would be found either if nothing could be: one that is let in is.
    await open("/");
    await page.evaluate((name) => (globalThis as unknown as Record<string, () => void>)[name]?.(), canary);
    await expect.poll(() => hits.length).toBe(1);
    hits.length = 0;
    const dialogs: string[] = [];
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    const shown = new Map<string, number>();
    for (const path of paths) {
      await open(path);
      // Whatever can be unfolded is, and whatever would start under the mouse does.
      // One after the other: each that is open is no longer among the closed ones.
      const folded = page.locator("main details:not([open]) > summary:visible");
      for (let most = await folded.count(); most > 0 && (await folded.count()) > 0; most -= 1)
        await folded.first().evaluate((summary: HTMLElement) => summary.click());
      for (const row of (await page.locator("main tr:visible, main li:visible").all()).slice(0, 5))
        await row.hover({ timeout: 1000 }).catch(() => undefined);
      const text = (await page.locator("body").textContent()) ?? "";
      shown.set(path, payloads.filter((one) => text.includes(one.slice(0, 18))).length);
      expect(new URL(page.url()).pathname, path).toBe(new URL(path, page.url()).pathname);
      expect(await page.locator("main script, main iframe, main object, main embed").count(), path).toBe(0);
    }
    process.stderr.write(
      `payloads seen: ${[...shown].map(([path, many]) => `${path} ${many}`).join(", ")}\n`,
    );
    // The pages that show what people wrote did show it: as text.
    expect(Math.max(...shown.values())).toBeGreaterThan(30);
    expect([...shown.values()].filter((many) => many > 0).length).toBeGreaterThan(12);
    expect(hits).toEqual([]);
    expect(dialogs).toEqual([]);
    expect(complaints.list()).toEqual([]);
    await close();
    // It counts pages and not time: some thirty of them, each with all that was stored.
  }, 300_000);
});
