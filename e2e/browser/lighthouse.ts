import lighthouse, { desktopConfig } from "lighthouse";
import { freePort } from "../platforms/node.ts";
import type { BrowserWorld } from "./browser.ts";
import { startChromium } from "./chromium.ts";

/** What each of these has at least, of 100. */
const leastScore = 95;
const categories = ["performance", "accessibility", "best-practices", "seo"] as const;
const runsMost = 3;

type Scores = Record<(typeof categories)[number], number>;

const nothing: Scores = { performance: 0, accessibility: 0, "best-practices": 0, seo: 0 };

/** What Lighthouse says of a page: its scores of 100, and what cost points. */
interface Verdict {
  scores: Scores;
  lost: string[];
}

/**
 * Lighthouse for desktops over these addresses, signed in with `session` or not; one line for each score that is too low, none where all is well.
 * The best of a few runs counts: a machine that is too busy to show a page gives it nothing, and no machine gives it more than it deserves.
 */
export async function tooLowScores(
  browsers: BrowserWorld,
  pages: readonly { path: string; session: boolean }[],
): Promise<string[]> {
  const port = await freePort();
  const browser = await startChromium([`--remote-debugging-port=${port}`]);
  try {
    const cookie = await sessionCookie(browsers);
    const low: string[] = [];
    for (const { path, session } of pages) {
      const url = browsers.world.url + path;
      const best: Partial<Scores> = {};
      let lost: string[] = [];
      for (let run = 0; run < runsMost && tooLow(best).length > 0; run += 1) {
        const verdict = await judge(url, port, session ? { Cookie: cookie } : {});
        for (const name of categories) best[name] = Math.max(best[name] ?? 0, verdict.scores[name]);
        lost = verdict.lost;
      }
      process.stderr.write(`Lighthouse ${path}: ${JSON.stringify(best)} ${lost.join("; ")}\n`);
      for (const name of tooLow(best)) low.push(`${path}: ${name} ${best[name]}; ${lost.join("; ")}`);
    }
    return low;
  } finally {
    await browser.close();
  }
}

const tooLow = (scores: Partial<Scores>) => categories.filter((name) => (scores[name] ?? 0) < leastScore);

async function judge(url: string, port: number, extraHeaders: Record<string, string>): Promise<Verdict> {
  const flags = {
    port,
    extraHeaders,
    onlyCategories: [...categories],
    logLevel: "error" as const,
    throttlingMethod: "simulate" as const,
    // The stream of changes never ends: the page is loaded when nothing else has come for a while.
    maxWaitForLoad: 8000,
  };
  const result = await lighthouse(url, flags, desktopConfig);
  const report = result?.lhr;
  if (report === undefined) throw new Error(`Lighthouse said nothing of ${url}`);
  // A busy machine did not let it see the page.
  if (report.runtimeError !== undefined) return { scores: nothing, lost: [report.runtimeError.message] };
  const scores = Object.fromEntries(
    categories.map((name) => [name, Math.round((report.categories[name]?.score ?? 0) * 100)]),
  ) as Scores;
  const weighing = Object.values(report.categories).flatMap(({ auditRefs }) => auditRefs);
  const lost = weighing.flatMap(({ id, weight }) => {
    const audit = report.audits[id];
    const isLow = weight > 0 && audit !== undefined && audit.score !== null && audit.score < 1;
    return isLow ? [`${id} ${audit.displayValue ?? audit.score} ${foundBy(audit)}`.trim()] : [];
  });
  const shifts = report.audits["layout-shifts"];
  if (shifts !== undefined) lost.push(foundBy(shifts));
  return { scores, lost: [...new Set(lost)].filter((one) => one !== "") };
}

/** What an audit lists: of each row its element, or its own words. */
function foundBy({ details }: { details?: unknown }): string {
  const { items = [] } = (details ?? {}) as { items?: { node?: { snippet?: string } }[] };
  return items.map((item) => (item.node?.snippet ?? JSON.stringify(item)).slice(0, 300)).join(" ");
}

/** A session as a browser sends it. */
async function sessionCookie(browsers: BrowserWorld): Promise<string> {
  const { context, close } = await browsers.visit();
  const cookies = await context.cookies();
  await close();
  return cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
}
