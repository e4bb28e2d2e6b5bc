import type { Page } from "playwright-core";
import { axeViolations } from "./axe.ts";
import type { BrowserWorld, Visit } from "./browser.ts";

type Language = "en" | "es";
type Theme = "light" | "dark" | "contrast";

/** A page that asks the gateway for nothing. */
const between = "/device";

const problemMostMs = 10_000;
const quietSeconds = 3;
/** In both languages. */
const withoutAccount = /^(Go on without an account|Seguir sin cuenta)$/;
/** Counted below. */
const noProblem = () => undefined;

/** High contrast has no language of its own: it is looked at in one. */
const themesIn: Record<Language, readonly Theme[]> = {
  en: ["light", "dark", "contrast"],
  es: ["light", "dark"],
};

/** What is wrong with each of these pages in every theme and both languages: axe, the console, the policy. Empty: nothing. */
export async function wrongInEveryLook(browsers: BrowserWorld, paths: readonly string[]): Promise<string[]> {
  const inLanguage = async (language: Language) => {
    const visit = await browsers.visit({ language });
    // Pages about what is not there.
    visit.complaints.expect(/404|422/);
    const wrong: string[] = [];
    for (const [at, path] of paths.entries()) {
      // The first is loaded, as everybody's first page is; to the others the dashboard goes by itself.
      await (at === 0 ? visit.open(path) : goTo(visit.page, path));
      wrong.push(...(await wrongInThemes(visit, language, path)));
    }
    await visit.close();
    return wrong;
  };
  return (await Promise.all([inLanguage("en"), inLanguage("es")])).flat();
}

/** The same of pages that are no part of the dashboard. */
export async function wrongBeside(browsers: BrowserWorld, paths: readonly string[]): Promise<string[]> {
  const visit = await browsers.visit({});
  const wrong: string[] = [];
  for (const path of paths) {
    await visit.page.goto(browsers.world.url + path);
    wrong.push(...(await wrongInThemes(visit, "en", path)));
  }
  await visit.close();
  return wrong;
}

/** The same of the page where one signs in. */
export async function wrongSignedOut(browsers: BrowserWorld): Promise<string[]> {
  const inLanguage = async (language: Language) => {
    const visit = await browsers.visit({ language, signedIn: false });
    visit.complaints.expect(/401/);
    await visit.open("/executions");
    const wrong = await wrongInThemes(visit, language, "signed out");
    await visit.close();
    return wrong;
  };
  return (await Promise.all([inLanguage("en"), inLanguage("es")])).flat();
}

/**
 * The same of pages that ask a gateway that is gone; `end` ends it once the dashboard is there whole. Those that show no problem are wrong too, unless
 * they ask for nothing: `silent`.
 */
export async function wrongWithoutGateway(
  browsers: BrowserWorld,
  paths: readonly string[],
  silent: readonly string[],
  end: () => Promise<void>,
): Promise<string[]> {
  const languages = ["en", "es"] as const;
  const visits = await Promise.all(languages.map((language) => browsers.visit({ language })));
  const strangers = await Promise.all(languages.map((language) => comeAsStranger(browsers, language)));
  await Promise.all(visits.map(fetchAll));
  for (const { complaints } of visits)
    complaints.expect(/ERR_|Failed to load resource|Failed to fetch dynamically imported module/);
  await end();
  const inLanguage = async (visit: Visit, language: Language) => {
    const wrong: string[] = [];
    for (const path of paths) {
      await goTo(visit.page, path).catch((error: unknown) => {
        throw new Error(`${path} has no heading`, { cause: error });
      });
      const alerts = visit.page.getByRole("alert");
      const isSilent = silent.includes(path);
      // A page tries again before it says so.
      if (!isSilent) await alerts.first().waitFor({ timeout: problemMostMs }).catch(noProblem);
      const problems = await alerts.count();
      if (problems > 0 === isSilent) wrong.push(`${language} ${path}: ${problems} problems are shown`);
      wrong.push(...(await wrongInThemes(visit, language, `${path} without the gateway`)));
    }
    await visit.close();
    return wrong;
  };
  const asStrangers = await Promise.all(strangers.map((tryToEnter) => tryToEnter()));
  const walked = await Promise.all(visits.map((visit, at) => inLanguage(visit, languages[at] ?? "en")));
  return [...asStrangers, ...walked].flat();
}

/** Stands before the sign-in and the set-up; what comes back tries to get in, and tells what is wrong with what is said then. */
async function comeAsStranger(browsers: BrowserWorld, language: Language): Promise<() => Promise<string[]>> {
  const doors = [
    { path: "/executions", knock: (page: Page) => page.keyboard.press("Enter") },
    {
      path: "/setup#t=wrong",
      knock: (page: Page) => page.getByRole("button", { name: withoutAccount }).click(),
    },
  ];
  const visits = await Promise.all(
    doors.map(async ({ path, knock }) => {
      const visit = await browsers.visit({ language, signedIn: false });
      visit.complaints.expect(/401|ERR_|Failed to load resource/);
      await visit.open(path);
      return { visit, path, knock };
    }),
  );
  return async () => {
    const wrong: string[] = [];
    for (const { visit, path, knock } of visits) {
      await visit.page.locator("input").first().fill("nobody");
      await knock(visit.page);
      await visit.page.getByRole("alert").first().waitFor();
      wrong.push(...(await wrongInThemes(visit, language, `signed out, ${path} without the gateway`)));
      await visit.close();
    }
    return wrong;
  };
}

/** What is wrong with each of these pages on a screen of 320 px, each loaded anew as behind a link: the same, and what sticks out. */
export async function wrongOnTelephone(browsers: BrowserWorld, paths: readonly string[]): Promise<string[]> {
  const width = 320;
  const walk = async (some: readonly string[]) => {
    const { page, complaints, open, close } = await browsers.visit({ width, language: "es" });
    complaints.expect(/404|422/);
    const wrong: string[] = [];
    for (const path of some) {
      await open(path);
      wrong.push(...(await axeViolations(page)).map((one) => `${path} at ${width} px: ${one}`));
      const over = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (over > 0) wrong.push(`${path} is ${over} px wider than a screen of ${width} px`);
    }
    wrong.push(...complaints.list());
    await close();
    return wrong;
  };
  const half = Math.ceil(paths.length / 2);
  return (await Promise.all([walk(paths.slice(0, half)), walk(paths.slice(half))])).flat();
}

async function wrongInThemes(visit: Visit, language: Language, path: string): Promise<string[]> {
  const wrong: string[] = [];
  const { page, complaints } = visit;
  for (const theme of themesIn[language]) {
    await wear(page, theme);
    // What the markup alone decides is the same in every theme.
    const found = await axeViolations(page, theme !== "light");
    wrong.push(...found.map((one) => `${theme} ${language} ${path}: ${one}`));
  }
  await wear(page, "light");
  // Each complaint once, at the first page after it came.
  wrong.push(...complaints.take().map((one) => `${language} ${path}: ${one}`));
  return wrong;
}

async function wear(page: Page, theme: Theme): Promise<void> {
  await page.emulateMedia({ colorScheme: theme === "dark" ? "dark" : "light" });
  await page.evaluate((isHigh) => {
    if (isHigh) document.documentElement.dataset.theme = "contrast";
    else delete document.documentElement.dataset.theme;
  }, theme === "contrast");
}

/** Goes to a page as the browser's own way back does, over one that asks for nothing, so that it is a new page also where it is of the same kind. */
export async function goTo(page: Page, path: string): Promise<void> {
  await move(page, between);
  await move(page, path);
  await page.waitForFunction(() => document.querySelector(".appear-late") === null);
}

async function move(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    document.querySelector("h1")?.setAttribute("data-left", "");
    history.pushState(null, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
  }, path);
  await page.locator("h1:not([data-left])").waitFor();
}

/** Waits until the dashboard has fetched its other pages, and those of the settings, which it does a while after the first one stands. */
async function fetchAll({ page, open }: Visit): Promise<void> {
  // Of no part of the settings has anything been read then.
  await open("/settings/nothing");
  await goTo(page, "/nowhere");
  const fetched = () =>
    page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .map(({ name }) => name)
        .join(),
    );
  const last = Date.now() + 60_000;
  // On a busy machine there may be seconds between two parts.
  for (let before = "", quiet = 0; Date.now() < last; ) {
    const now = await fetched();
    const isAll = now.includes("/assets/prompt-page-") && now.includes("/assets/health-page-");
    quiet = isAll && now === before ? quiet + 1 : 0;
    if (quiet === quietSeconds) return;
    before = now;
    await page.waitForTimeout(1000);
  }
  throw new Error(`the other pages were not fetched: ${await fetched()}`);
}
