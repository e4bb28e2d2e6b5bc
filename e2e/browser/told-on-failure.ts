import type { Page } from "playwright-core";
import { onTestFailed } from "vitest";

const textMost = 250;

/** Has a test that fails say where this page stood then: its address, its dialog or what it shows, and its alerts. Outside of a test it does nothing. */
export function tellOnFailure(page: Page): void {
  try {
    onTestFailed(async ({ task }) => {
      const said = await stateOf(page).catch((error: unknown) => `cannot be read: ${error}`);
      for (const error of task.result?.errors ?? []) {
        error.message = `${error.message}\nThe page ${said}`;
        if (error.stack !== undefined)
          error.stack = error.stack.replace(/(?=\n\s+at )/, `\nThe page ${said}`);
      }
      process.stderr.write(`The page ${said}\n`);
    });
  } catch {
    // A hook opens a page too.
  }
}

async function stateOf(page: Page): Promise<string> {
  if (page.isClosed()) return "was closed";
  return page.evaluate((most) => {
    const textOf = (element: Element | null) =>
      (element?.textContent ?? "").replace(/\s+/g, " ").slice(0, most);
    const alerts = [...document.querySelectorAll("[role=alert]")].map(textOf);
    const shown = document.querySelector("[role=dialog]") ?? document.querySelector("main");
    return `at ${location.pathname}${location.search} shows ${JSON.stringify(textOf(shown))}, alerts ${JSON.stringify(alerts)}`;
  }, textMost);
}
