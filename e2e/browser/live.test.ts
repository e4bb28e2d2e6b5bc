import { patchRunner } from "@pulse/schema/wire/runners";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrowserWorld, startBrowserWorld } from "./browser.ts";
import { hasChromium } from "./chromium.ts";
import { callWith, deploySeeds } from "./seeds.ts";

/** The addresses under which a page opened the stream of changes, as they come. */
function streamsOf(page: Page): string[] {
  const opened: string[] = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.pathname === "/v1/events") opened.push(url.search);
  });
  return opened;
}

/** When a page first shows a text behind what is done now, epoch ms, to the frame: nobody asks the page in between. */
async function shownAt(page: Page, text: string, change: () => Promise<void>): Promise<number> {
  const shown = page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        const look = () => {
          if (document.querySelector("main")?.textContent?.includes(wanted)) resolve(Date.now());
          else requestAnimationFrame(look);
        };
        look();
      }),
    text,
  );
  await change();
  return await shown;
}

const pill = (page: Page) => page.getByRole("button", { name: /new execution/ });

describe.skipIf(!hasChromium())("what changes while one looks", () => {
  let browsers: BrowserWorld;
  beforeAll(async () => {
    browsers = await startBrowserWorld();
    await deploySeeds(browsers.world);
    await callWith(browsers.world, "greet", {});
  });
  afterAll(() => browsers?.stop());

  test("all tabs of a browser share one stream; when its tab closes another goes on where it was", async () => {
    const { page: first, context, complaints, open } = await browsers.visit();
    const streams = [streamsOf(first)];
    await open("/executions");
    const others = [await context.newPage(), await context.newPage()];
    for (const tab of others) {
      streams.push(streamsOf(tab));
      await tab.goto("/executions");
      await tab.locator("tbody tr").first().waitFor();
    }
    await callWith(browsers.world, "greet", {});
    for (const tab of [first, ...others]) await pill(tab).waitFor();
    expect(streams.map(({ length }) => length)).toEqual([1, 0, 0]);
    expect(complaints.list()).toEqual([]);

    await first.close();
    await expect.poll(() => streams.slice(1).flat().length).toBe(1);
    expect(streams.slice(1).flat()[0]).toMatch(/after=\d+/);
    await callWith(browsers.world, "greet", {});
    for (const tab of others) await tab.getByRole("button", { name: "2 new executions" }).waitFor();
    await context.close();
  });

  test("a tab that was put to sleep with the stream loses it to one that is looked at", async () => {
    const { page: asleep, context, complaints, open } = await browsers.visit();
    await open("/executions");
    const awake = await context.newPage();
    const streams = streamsOf(awake);
    await awake.clock.install();
    await awake.goto("/executions");
    await awake.locator("tbody tr").first().waitFor();
    const browserOfIt = await context.newCDPSession(asleep);
    await browserOfIt.send("Page.setWebLifecycleState", { state: "frozen" });
    // Silence for as long as it takes to be sure.
    for (let i = 0; i < 5; i++) await awake.clock.runFor(15_000);
    await expect.poll(() => streams.length).toBe(1);
    await callWith(browsers.world, "greet", {});
    await expect
      .poll(async () => {
        await awake.clock.runFor(100);
        return await pill(awake).count();
      })
      .toBe(1);
    expect(complaints.list()).toEqual([]);
    await context.close();
  });

  test("a stream that drops is said to be reconnecting, and what changed meanwhile is there afterwards", async () => {
    const { page, context, complaints, open, close } = await browsers.visit();
    const streams = streamsOf(page);
    // The stream alone is gone, as behind a proxy that allows none.
    await open("/executions");
    await expect.poll(() => streams.length).toBe(1);
    complaints.expect(/ERR_|Failed to load resource|502/);
    await context.route("**/v1/events*", (route) => route.fulfill({ status: 502, body: "" }));
    await browsers.world.crashGateway();
    await page.getByText("Reconnecting…").or(page.getByText("No live updates")).waitFor();
    await callWith(browsers.world, "greet", {});
    // Without a stream the page asks by itself.
    await pill(page).waitFor();
    await context.unroute("**/v1/events*");
    await expect.poll(() => page.locator("[data-live]").count(), { timeout: 30_000 }).toBe(0);
    await callWith(browsers.world, "greet", {});
    await page.getByRole("button", { name: "2 new executions" }).waitFor();
    await close();
  });

  test("what changes on each page appears as it changes, and not because a page asks", async () => {
    const { world } = browsers;
    const { page, complaints, open, close } = await browsers.visit();
    const send = async (method: string, path: string, body: unknown) => {
      const headers = { "content-type": "application/json" };
      const answer = await world.call(path, { method, headers, body: JSON.stringify(body) });
      expect([path, answer.ok || (await answer.clone().text())]).toEqual([path, true]);
      return await answer.json();
    };
    const steps = (message: string) => ({ steps: [{ id: "ask", name: "Ask", type: "prompt", message }] });
    await send("PUT", "/v1/workflows/live-0", steps("Before?"));
    const target = { workflow: "live-0" };
    const hook = await send("POST", "/v1/webhooks", { name: "live-hook", provider: "github", target });

    /** From the request that changes something to the frame that shows it, ms, of four changes on a page. */
    const seen = async (path: string, changeOf: (i: number) => readonly [string, () => Promise<unknown>]) => {
      await open(path);
      const late: number[] = [];
      for (let i = 1; i <= 4; i++) {
        const [text, change] = changeOf(i);
        const sentAt = Date.now();
        late.push((await shownAt(page, text, async () => void (await change()))) - sentAt);
      }
      return late;
    };
    const settings = { type: "slack", url: "https://hooks.example.test/x" };
    const measured = async (round: number) => {
      const name = (kind: string, i: number) => `${kind}-${round}-${i}`;
      const greet = () => callWith(world, "greet", {});
      return [
        ...(await seen("/executions", (i) => [`${i} new execution`, greet])),
        ...(await seen("/functions", (i) => {
          const written = name("written", i);
          return [written, () => world.deploy(written, { "index.ts": "export const handler = () => 1;" })];
        })),
        ...(await seen("/runners", (i) => {
          const labels = { seen: name("label", i) };
          return [
            labels.seen,
            () =>
              world.client.call(patchRunner, {
                params: { name: "local" },
                body: { labels },
                signal: world.signal,
              }),
          ];
        })),
        ...(await seen("/workflows", (i) => {
          const workflow = name("flow", i);
          return [workflow, () => send("PUT", `/v1/workflows/${workflow}`, steps(`${workflow} goes on?`))];
        })),
        ...(await seen("/inbox", (i) => {
          const workflow = name("flow", i);
          return [`${workflow} goes on?`, () => send("POST", `/v1/workflows/${workflow}/executions`, {})];
        })),
        ...(await seen("/", (i) => {
          const flow = name("home", i);
          const ask = () => send("POST", `/v1/workflows/${flow}/executions`, {});
          return [
            `${flow} goes on?`,
            () => send("PUT", `/v1/workflows/${flow}`, steps(`${flow} goes on?`)).then(ask),
          ];
        })),
        ...(await seen("/triggers", (i) => {
          const hookName = name("hook", i);
          return [
            hookName,
            () => send("POST", "/v1/webhooks", { name: hookName, provider: "github", target }),
          ];
        })),
        ...(await seen(`/triggers/webhooks/${hook.id}`, (i) => {
          const event = name("event", i);
          return [event, () => send("POST", `/v1/webhooks/${hook.id}/test`, { event, payload: { event } })];
        })),
        ...(await seen("/triggers?tab=schedules", (i) => {
          const timed = name("timed", i);
          return [timed, () => send("POST", "/v1/schedules", { name: timed, every: "1h", target })];
        })),
        ...(await seen("/triggers?tab=channels", (i) => {
          const channel = name("channel", i);
          return [channel, () => send("POST", "/v1/channels", { name: channel, settings })];
        })),
      ].sort((one, other) => one - other);
    };
    // What else runs on the machine makes a round slow; what is slow by itself is so in each.
    let p95 = Number.POSITIVE_INFINITY;
    for (let round = 1; round <= 3 && p95 > 500; round++) {
      const late = await measured(round);
      p95 = late[Math.ceil(late.length * 0.95) - 1] ?? p95;
      console.log(`change to pixel: p50 ${late[late.length / 2]} ms, p95 ${p95} ms of ${late.length}`);
    }
    expect(p95).toBeLessThanOrEqual(500);

    // Nothing is asked for while nothing changes: it was the stream that told. What it told last, or its beginning, may come late once; a page that
    // asks by itself does so in each of the three times.
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await open("/triggers");
    const watched: string[][] = [];
    do {
      asked.length = 0;
      await page.waitForTimeout(6000);
      watched.push(asked.filter((path) => /^\/v1\/(workflows|webhooks|schedules|channels)/.test(path)));
    } while (watched.length < 3 && watched.at(-1)?.length !== 0);
    expect(watched.at(-1), JSON.stringify(watched)).toEqual([]);
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("after half a minute without the gateway nothing is missing and nothing is there twice", async () => {
    const { world } = browsers;
    const { page: first, context, complaints } = await browsers.visit();
    complaints.expect(/ERR_|Failed to load resource/);
    await context.clock.install();
    await first.goto("/executions");
    await first.locator("tbody tr").first().waitFor();
    const second = await context.newPage();
    await second.goto("/workflows");
    await second.getByRole("heading", { level: 1, name: "Workflows" }).waitFor();
    await world.gateway.kill();
    for (let second = 0; second < 30; second++) await context.clock.runFor(1000);
    await world.startGateway();
    const names = ["after-1", "after-2", "after-3"];
    const steps = [{ id: "w", name: "Wait", type: "wait", duration: 1 }];
    for (const name of names) {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ steps });
      expect((await world.call(`/v1/workflows/${name}`, { method: "PUT", headers, body })).status).toBe(201);
      await callWith(world, "greet", {});
    }
    const seen = async () => {
      await context.clock.runFor(500);
      const rows = await Promise.all(
        names.map((name) => second.getByRole("link", { name, exact: true }).count()),
      );
      return [...rows, await first.getByRole("button", { name: "3 new executions" }).count()];
    };
    await expect.poll(seen, { timeout: 60_000 }).toEqual([1, 1, 1, 1]);
    for (let i = 0; i < 10; i++) await context.clock.runFor(500);
    expect(await seen()).toEqual([1, 1, 1, 1]);
    await context.close();
  });

  test("a gateway that is away is said so, and the page recovers by itself when it is back", async () => {
    const { page, complaints, open, close } = await browsers.visit();
    complaints.expect(/ERR_|Failed to load resource/);
    await open("/runners");
    await page.getByRole("cell", { name: /^local/ }).waitFor();
    await browsers.world.gateway.kill();
    await page.getByText("The gateway cannot be reached.").waitFor();
    // What was read before is still to be read.
    await page.getByRole("cell", { name: /^local/ }).waitFor();
    await browsers.world.startGateway();
    await page.getByText("The gateway cannot be reached.").waitFor({ state: "hidden" });
    await page.getByText("online", { exact: true }).waitFor();
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("a page whose code cannot be fetched says so, the others go on, and it is tried again", async () => {
    const { page, context, complaints, open, close } = await browsers.visit();
    complaints.expect(/ERR_FAILED/);
    await context.route("**/assets/runners-page*", (route) => route.abort());
    await open("/settings");
    await page.getByRole("link", { name: "Runners" }).click();
    await page.getByText("This part of the page could not be loaded.").waitFor();
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
    await context.unroute("**/assets/runners-page*");
    await page.getByRole("link", { name: "Runners" }).click();
    await page.getByRole("heading", { level: 1, name: "Runners" }).waitFor();
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("a session that ends leads to the sign-in, and from there back to the same page", async () => {
    const { page, context, complaints, open, close } = await browsers.visit();
    complaints.expect(/401/);
    await open("/executions?name=greet");
    const { world } = browsers;
    await context.request.delete(`${world.url}/v1/session`, { headers: { origin: world.url } });
    // Nothing is pressed: the stream is what notices.
    await page.getByText("Your session has ended.").waitFor({ timeout: 30_000 });
    await page.getByRole("textbox", { name: "API key" }).fill("pk_wrong");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    await page.getByRole("textbox", { name: "API key" }).fill(world.adminKey);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Executions" }).waitFor();
    expect(new URL(page.url()).search).toBe("?name=greet");
    expect(complaints.list()).toEqual([]);
    await close();
  });
});
