import type { Browser, BrowserContext, Page } from "playwright-core";
import { startWorld, type World, type WorldOptions } from "../world.ts";
import { buildDashboard, startChromium } from "./chromium.ts";
import { type Complaints, listenTo } from "./complaints.ts";
import { tellOnFailure } from "./told-on-failure.ts";

/** How a person comes to the dashboard. */
export interface Look {
  theme?: "light" | "dark" | "contrast";
  language?: "en" | "es";
  width?: number;
  height?: number;
  /** Whether a session is open already (it is, unless `false`). */
  signedIn?: boolean;
  reducedMotion?: boolean;
}

/** A gateway, and the key that opens sessions there. */
type Where = Pick<World, "url" | "adminKey">;

/** A browser window of one person, with what it complained about. */
export interface Visit {
  page: Page;
  context: BrowserContext;
  complaints: Complaints;
  /** Goes to an address of the dashboard and waits until the page stands: its heading is there and nothing is loading. */
  open(path: string): Promise<void>;
  close(): Promise<void>;
}

/** A world with a browser in front of it. */
export interface BrowserWorld {
  world: World;
  browser: Browser;
  visit(look?: Look): Promise<Visit>;
  stop(): Promise<void>;
}

/** Starts a gateway that serves the dashboard, a runner, and a browser; `stop` ends all of them. */
export async function startBrowserWorld(options: WorldOptions = {}): Promise<BrowserWorld> {
  await buildDashboard();
  const browser = await startChromium();
  const world = await startWorld(options).catch(async (error: unknown) => {
    await browser.close();
    throw error;
  });
  return {
    world,
    browser,
    visit: (look = {}) => visitOf(browser, world, look),
    async stop() {
      await browser.close();
      await world.stop();
    },
  };
}

/** A window of its own for somebody who comes to this gateway. */
export async function visitOf(browser: Browser, world: Where, look: Look = {}): Promise<Visit> {
  const { theme = "light", language = "en", width = 1280, height = 900 } = look;
  const context = await browser.newContext({
    baseURL: world.url,
    locale: language === "es" ? "es-ES" : "en-GB",
    colorScheme: theme === "dark" ? "dark" : "light",
    reducedMotion: look.reducedMotion === false ? "no-preference" : "reduce",
    viewport: { width, height },
    permissions: ["clipboard-read", "clipboard-write"],
  });
  context.setDefaultTimeout(20_000);
  if (theme === "contrast")
    await context.addInitScript(() => localStorage.setItem("pulse.theme", "contrast"));
  if (look.signedIn !== false) await signIn(context, world);
  const page = await context.newPage();
  tellOnFailure(page);
  const complaints = await listenTo(page);
  return {
    page,
    context,
    complaints,
    async open(path) {
      // Nothing of ours is wrong when the machine's network changes while a page is loaded: it is loaded again.
      for (let tries = 0; ; tries += 1) {
        const change = complaints.nextNetworkChange().then(() => false);
        const isBroken = await page.goto(path).then(
          () => false,
          (error: unknown) => {
            if (tries < 3 && String(error).includes("ERR_NETWORK_CHANGED")) return true;
            throw error;
          },
        );
        if (isBroken) continue;
        const standing = stands(page).then(() => true);
        standing.catch(() => undefined);
        if (tries === 3 || (await Promise.race([standing, change]))) return void (await standing);
      }
    },
    close: () => context.close(),
  };
}

/** Opens a session in a browser window without the sign-in page. */
export async function signIn(context: BrowserContext, world: Where): Promise<void> {
  const answer = await context.request.post(`${world.url}/v1/session`, {
    data: { key: world.adminKey },
    headers: { origin: world.url },
  });
  if (answer.status() !== 201) throw new Error(`no session: ${answer.status()} ${await answer.text()}`);
}

/** Resolves when a page is there whole: a heading, and no part that says it is loading. */
export async function stands(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForFunction(() => document.querySelector(".appear-late") === null);
}
