import axe from "axe-core";
import type { Page } from "playwright-core";

/** The rules whose answer may change with the colours alone. */
const colourRules = ["color-contrast", "link-in-text-block"];

/**
 * What axe-core finds wrong with a page as it stands: one line a violation, with the elements. Empty: nothing. With `coloursOnly` only what colours can
 * have to do with, for a page that was looked at whole and has another theme now.
 */
export async function axeViolations(page: Page, coloursOnly = false): Promise<string[]> {
  // Of a stylesheet that is on its way axe would make a copy, which the policy of the page forbids.
  await page.waitForFunction(() =>
    [...document.styleSheets].every((sheet) => {
      try {
        return sheet.cssRules.length >= 0;
      } catch {
        return false;
      }
    }),
  );
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  return page.evaluate(
    async (rules) => {
      const run = (globalThis as unknown as { axe: typeof import("axe-core") }).axe.run;
      const { violations } = await run(document, {
        resultTypes: ["violations"],
        ...(rules === null ? {} : { runOnly: { type: "rule" as const, values: rules } }),
      });
      return violations.map(
        ({ id, help, nodes }) =>
          `${id}: ${help}\n${nodes.map((node) => `    ${node.html.slice(0, 300)}\n    ${node.failureSummary}`).join("\n")}`,
      );
    },
    coloursOnly ? colourRules : null,
  );
}
